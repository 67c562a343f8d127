"""A member takes a reward: at once, or set aside until it is paid."""

from datetime import datetime, timedelta
from typing import Unpack

from django.db import transaction

from loyalty.services.holds import WEBSHOP_TERM
from rewards.events import RedemptionAuthorised
from rewards.models import Fulfilment, Redemption, RedemptionStep
from rewards.services.redemption.asking import Begun, begin
from rewards.services.redemption.facts import Asked, Details
from rewards.services.redemption.issuing import (
    delivery_of,
    hand_out_code,
    rows_when_paid,
    say_paid,
    state_when_paid,
    undo_end,
    voucher_of,
)
from rewards.services.redemption.paying import pay, set_aside
from rewards.services.redemption.steps import say
from rewards.services.redemption.storing import store, take_one

State = Redemption.State


@transaction.atomic
def redeem_reward(
    *,
    membership_id: int,
    reward_id: int,
    request_key: str,
    channel: str,
    actor: str,
    at: datetime,
    **details: Unpack[Details],
) -> Redemption:
    """Take a reward and pay for it, once per actor's `request_key`; the member gets their voucher.

    `points` is how many where the member chooses, or the stamps of a full card (`unit`); what was
    given (`grant_id`) costs nothing. The same key and request give the first redemption, for ever.
    Raises NotFound, KeyConflict, InvalidRequest, RewardUnavailable, NotForYou, OtherPlace,
    LimitReached, RewardSoldOut and InsufficientPoints; then nothing has changed.
    """
    asked = Asked(
        membership_id=membership_id,
        reward_id=reward_id,
        request_key=request_key,
        channel=channel,
        actor=actor,
        **details,
    )
    begun = begin(asked, at=at)
    if begun.is_replay:
        return begun.redemption
    redemption = begun.redemption
    redemption.state = state_when_paid(begun.terms)
    redemption.undo_until = undo_end(redemption, at)
    pay(redemption, account_id=begun.account_id, at=at)
    voucher = voucher_of(redemption, begun.terms, at=at)
    besides = rows_when_paid(redemption, voucher, first=1, actor=actor, at=at)
    store([redemption, *besides, *_delivery(begun, Fulfilment.State.TO_DO, at)])
    hand_out_code(redemption, begun.terms, at=at)
    say_paid(redemption, voucher, at=at)
    take_one(redemption, at=at)  # last, for the shelf is everybody's
    return redemption


@transaction.atomic
def authorise_redemption(
    *,
    membership_id: int,
    reward_id: int,
    request_key: str,
    channel: str,
    actor: str,
    at: datetime,
    term: timedelta = WEBSHOP_TERM,
    **details: Unpack[Details],
) -> Redemption:
    """Set a reward and what it costs aside for `term`, as `redeem_reward` and as often.

    Nobody else gets them meanwhile; what is not captured in time is free again by itself. Raises
    what `redeem_reward` does, and InvalidRequest for a term over seven days.
    """
    asked = Asked(
        membership_id=membership_id,
        reward_id=reward_id,
        request_key=request_key,
        channel=channel,
        actor=actor,
        term=term,
        **details,
    )
    begun = begin(asked, at=at)
    if begun.is_replay:
        return begun.redemption
    redemption = begun.redemption
    redemption.state = State.AUTHORISED
    set_aside(redemption, account_id=begun.account_id, term=term, at=at)
    step = RedemptionStep(redemption=redemption, number=1, name="AUTHORISED", actor=actor, at=at)
    store([redemption, step, *_delivery(begun, Fulfilment.State.DROPPED, at)])
    say(RedemptionAuthorised, redemption, at=at, expires_at=redemption.expires_at)
    take_one(redemption, at=at)
    return redemption


def _delivery(begun: Begun, state: Fulfilment.State, at: datetime) -> list[Fulfilment]:
    if begun.wish is None:
        return []
    return [delivery_of(begun.redemption, begun.wish, state=state, at=at)]
