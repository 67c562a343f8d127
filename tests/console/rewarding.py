"""Rewards taken in every way, made as rows where their doors are somebody else's to try."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from uuid_utils.compat import uuid7

from loyalty.models import Programme
from members.models import Membership
from rewards.models import Fulfilment, Redemption, RedemptionStep, Reward, Till, Voucher
from tests.console.conftest import NOON

_keys = count(1)


def a_reward(programme: Programme, **changes: Any) -> Reward:
    number = next(_keys)
    said = {
        "key": f"brush-{number}",
        "name_nl": f"Kwast {number}",
        "name_en": f"Brush {number}",
        "points": 250,
        "state": Reward.State.LIVE,
    }
    return Reward.objects.create(programme=programme, **{**said, **changes})


def taken(membership: Membership, reward: Reward, **changes: Any) -> Redemption:
    """A redemption with its steps as far as its state."""
    said = {
        "state": "CAPTURED",
        "points": reward.points,
        "balance_after": 100,
        "request_key": f"r{next(_keys)}",
        "fingerprint": "",
        "channel": "web",
        "actor": f"member:{membership.member_id}",
        "redeemed_at": NOON,
    }
    redemption = Redemption.objects.create(
        id=uuid7(), membership=membership, reward=reward, **{**said, **changes}
    )
    RedemptionStep.objects.create(
        redemption=redemption, number=1, name="CAPTURED", actor=redemption.actor, at=NOON
    )
    return redemption


def a_voucher(redemption: Redemption, **changes: Any) -> Voucher:
    said = {
        "digest": f"{next(_keys):064}",
        "issued_at": NOON,
        "expires_at": NOON + timedelta(days=900),
    }
    return Voucher.objects.create(
        id=uuid7(), reward=redemption.reward, redemption=redemption, **{**said, **changes}
    )


def to_deliver(membership: Membership, reward: Reward, **changes: Any) -> Fulfilment:
    """Something to send to the member's address, asked at noon."""
    said = {
        "way": "SHIP",
        "recipient": "Anna de Vries",
        "street": "Dorpsstraat 1",
        "postal_code": "1234 AB",
        "town": "Utrecht",
        "country": "NL",
        "asked_at": NOON,
    }
    return Fulfilment.objects.create(redemption=taken(membership, reward), **{**said, **changes})


def a_till(programme: Programme, **changes: Any) -> Till:
    said = {
        "key": f"till-{next(_keys)}",
        "name": "Till 1",
        "location": "Utrecht",
        "floor_value": Decimal(10),
    }
    return Till.objects.create(programme=programme, **{**said, **changes})


def days(number: int) -> datetime:
    return NOON + timedelta(days=number)
