"""A shop with members and rewards, made through the doors that people use."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.db.models import Model

from loyalty.ledger.posting import Posting, post
from loyalty.models import Account, Hold, Lot, LotMove, OutboxEvent, Programme, Transfer
from loyalty.services.accounts import open_programme
from members.models import Membership
from members.services.enrolment import enrol_member
from rewards.models import (
    Fulfilment,
    Redemption,
    RedemptionStep,
    Reward,
    Shelf,
    Stock,
    Voucher,
)
from rewards.services.catalogue import publish_reward, save_reward, set_stock
from rewards.services.redemption import redeem_reward

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STAFF = "staff:jane@example.org"

_keys = count(1)


@pytest.fixture
def programme(db: None) -> Programme:
    programme = Programme(slug="shop", name="Shop")
    open_programme(programme=programme, at=NOON)
    return programme


@pytest.fixture
def other_programme(db: None) -> Programme:
    programme = Programme(slug="other", name="Other")
    open_programme(programme=programme, at=NOON)
    return programme


def earn(membership: Membership, points: int, **changes: Any) -> None:
    """Put points on the member's account."""
    accounts = Account.objects.filter(unit__programme_id=membership.programme_id)
    post(
        Posting(
            kind=Transfer.Kind.EARN,
            debit_account=accounts.get(kind="ISSUANCE").pk,
            credit_account=accounts.get(holder=membership.holder).pk,
            points=points,
            source="activity:till",
            external_id=f"receipt-{next(_keys)}",
            actor="api:till",
            effective_at=NOON,
            **changes,
        ),
        at=NOON,
    )


@pytest.fixture
def membership_factory(programme: Programme) -> Callable[..., Membership]:
    def make(*, points: int = 0, within: Programme = programme) -> Membership:
        membership = enrol_member(
            programme_id=within.pk, identifiers=[], touchpoint="api", actor=STAFF, at=NOON
        )
        if points:
            earn(membership, points)
        return membership

    return make


@pytest.fixture
def reward_factory(programme: Programme) -> Callable[..., Reward]:
    def make(*, stock: int | None = None, within: Programme = programme, **changes: Any) -> Reward:
        values = {"key": "brush", "name_nl": "Kwast", "name_en": "Brush", "points": 250}
        reward = save_reward(programme_id=within.pk, actor=STAFF, at=NOON, **{**values, **changes})
        if stock is not None:
            set_stock(reward_id=reward.pk, total=stock, actor=STAFF, at=NOON)
        return publish_reward(reward_id=reward.pk, actor=STAFF, at=NOON)

    return make


def redeem(membership: Membership, reward: Reward, **changes: Any) -> Redemption:
    """Redeem with everything said that a door would say."""
    wanted = {
        "membership_id": membership.pk,
        "reward_id": reward.pk,
        "request_key": f"request-{next(_keys)}",
        "channel": "web",
        "actor": "api:webshop",
        "at": NOON,
    }
    return redeem_reward(**{**wanted, **changes})


TABLES: list[type[Model]] = [
    Account,
    Fulfilment,
    Hold,
    Lot,
    LotMove,
    OutboxEvent,
    Redemption,
    RedemptionStep,
    Shelf,
    Stock,
    Transfer,
    Voucher,
]


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row that a redemption could touch."""
    return {model.__name__: sorted(model.objects.values_list(), key=str) for model in TABLES}
