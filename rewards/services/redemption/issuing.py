"""How a member gets what is paid: a voucher, a delivery, a partner's code, or at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from loyalty.events import DomainEvent, publish_all
from rewards.codes import code_of, digest_of
from rewards.events import RedemptionFulfilled, RewardRedeemed
from rewards.kinds import CashCard, EarlyAccess, Experience, Proof, Terms, proof_of
from rewards.models import Fulfilment, Redemption, RedemptionStep, Voucher
from rewards.redeeming import DeliveryWish, voucher_end
from rewards.services.pools import take_code
from rewards.services.redemption.steps import said_of

State = Redemption.State
DONE_WHEN_PAID = frozenset({Proof.CODE, Proof.AT_ONCE})
"""What a member has the moment it is paid."""


def state_when_paid(terms: Terms) -> Redemption.State:
    """Paid, or had already."""
    return State.FULFILLED if proof_of(terms) in DONE_WHEN_PAID else State.CAPTURED


def undo_end(redemption: Redemption, at: datetime) -> datetime | None:
    """Until when the member may change their mind; None when they may not."""
    minutes = redemption.reward.undo_minutes
    return at + timedelta(minutes=minutes) if minutes else None


def delivery_of(
    redemption: Redemption, wish: DeliveryWish, *, state: Fulfilment.State, at: datetime
) -> Fulfilment:
    """How it is delivered; DROPPED until it is paid, for nobody has to do anything yet."""
    return Fulfilment(
        redemption=redemption,
        way=wish.way,
        state=state,
        location=wish.location or redemption.location,
        recipient=wish.recipient,
        street=wish.street,
        postal_code=wish.postal_code,
        town=wish.town,
        country=wish.country,
        asked_at=at,
    )


def steps_when_paid(
    redemption: Redemption, *, first: int, actor: str, at: datetime
) -> list[RedemptionStep]:
    """That it is paid, and had if it is had at once; the first of them numbered so."""
    names = ["CAPTURED", *(["FULFILLED"] if redemption.state == State.FULFILLED else [])]
    return [
        RedemptionStep(
            redemption=redemption,
            number=number,
            name=name,
            params={"points": redemption.points}
            if name == "CAPTURED" and redemption.points
            else {},
            actor=actor,
            at=at,
        )
        for number, name in enumerate(names, first)
    ]


def voucher_of(redemption: Redemption, terms: Terms, *, at: datetime) -> Voucher | None:
    """What is handed in for it, not stored yet; None for what is proved otherwise."""
    if proof_of(terms) is not Proof.VOUCHER:
        return None
    voucher_id, reward = uuid7(), redemption.reward
    begin, end = validity(redemption, terms, at)
    return Voucher(
        id=voucher_id,
        reward=reward,
        redemption=redemption,
        membership=None if reward.is_bearer else redemption.membership,
        digest=digest_of(code_of(voucher_id)),
        max_uses=None if isinstance(terms, CashCard) else 1,
        value_left=terms.value if isinstance(terms, CashCard) else None,
        issued_at=at,
        valid_from=begin,
        expires_at=end,
    )


def validity(
    redemption: Redemption, terms: Terms, at: datetime
) -> tuple[datetime | None, datetime]:
    """From when until when its voucher is good: as the reward says, or as what it is for is."""
    match terms:
        case Experience(ends_at=end):
            return None, end
        case EarlyAccess(opens_at=begin, for_all_at=end):
            return begin, end
    end = voucher_end(
        issued_at=at,
        valid_days=redemption.reward.voucher_valid_days,
        zone=ZoneInfo(redemption.membership.programme.time_zone),
    )
    return None, end


def hand_out_code(redemption: Redemption, terms: Terms, *, at: datetime) -> None:
    """The partner's next code, for a reward that is one. Raises RewardSoldOut."""
    if proof_of(terms) is Proof.CODE:
        take_code(redemption=redemption, at=at)


def say_paid(redemption: Redemption, voucher: Voucher | None, *, at: datetime) -> None:
    """Announce that it is paid, and had if it is had at once."""
    events: list[DomainEvent] = [
        RewardRedeemed(
            subject=redemption.membership.holder,
            occurred_at=at,
            redemption=redemption.pk,
            reward=redemption.reward.key,
            voucher=voucher.pk if voucher else None,
            points=redemption.points,
            balance=redemption.balance_after,
            channel=redemption.channel,
        )
    ]
    if redemption.state == State.FULFILLED:
        events.append(said_of(RedemptionFulfilled, redemption, at=at))
    publish_all(events, at=at)


def rows_when_paid(
    redemption: Redemption,
    voucher: Voucher | None,
    *,
    first: int,
    actor: str,
    at: datetime,
) -> Sequence[RedemptionStep | Voucher]:
    """What is stored besides, the moment it is paid."""
    steps = steps_when_paid(redemption, first=first, actor=actor, at=at)
    return [*steps, *([voucher] if voucher else [])]
