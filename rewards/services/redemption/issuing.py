"""How a member gets what is paid: a voucher, a delivery, a partner's code, or at once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from rewards.codes import code_of, digest_of
from rewards.events import RedemptionFulfilled
from rewards.kinds import CashCard, EarlyAccess, Experience, Proof, Terms, proof_of
from rewards.models import Fulfilment, Redemption, Voucher
from rewards.redeeming import DeliveryWish, voucher_end
from rewards.services.redemption.steps import say, say_redeemed, write_step

State = Redemption.State
DONE_WHEN_PAID = frozenset({Proof.CODE, Proof.AT_ONCE})
"""What a member has the moment it is paid."""


def note_wish(redemption: Redemption, wish: DeliveryWish | None, *, at: datetime) -> None:
    """Keep how it is to be delivered; nobody has to do anything until it is paid."""
    if wish is None:
        return
    Fulfilment.objects.create(
        redemption=redemption,
        way=wish.way,
        state=Fulfilment.State.DROPPED,
        location=wish.location or redemption.location,
        recipient=wish.recipient,
        street=wish.street,
        postal_code=wish.postal_code,
        town=wish.town,
        country=wish.country,
        asked_at=at,
    )


def state_when_paid(terms: Terms) -> Redemption.State:
    """Paid, or had already."""
    return State.FULFILLED if proof_of(terms) in DONE_WHEN_PAID else State.CAPTURED


def undo_end(redemption: Redemption, at: datetime) -> datetime | None:
    """Until when the member may change their mind; None when they may not."""
    minutes = redemption.reward.undo_minutes
    return at + timedelta(minutes=minutes) if minutes else None


def hand_out(redemption: Redemption, terms: Terms, *, actor: str, at: datetime) -> None:
    """Give the member what proves it, write the steps and say them; the redemption is stored."""
    voucher: Voucher | None = None
    write_step(redemption, "CAPTURED", actor=actor, at=at, params=_paid(redemption))
    match proof_of(terms):
        case Proof.VOUCHER:
            voucher = _issue_voucher(redemption, terms, at)
        case Proof.DELIVERY:
            wished = Fulfilment.objects.filter(redemption=redemption)
            wished.update(state=Fulfilment.State.TO_DO, asked_at=at)
        case Proof.CODE:
            from rewards.services.pools import take_code  # noqa: PLC0415

            take_code(redemption=redemption, at=at)
    say_redeemed(redemption, voucher, at=at)
    if redemption.state == State.FULFILLED:
        write_step(redemption, "FULFILLED", actor=actor, at=at)
        say(RedemptionFulfilled, redemption, at=at)


def _paid(redemption: Redemption) -> dict[str, int]:
    return {"points": redemption.points} if redemption.points else {}


def _issue_voucher(redemption: Redemption, terms: Terms, at: datetime) -> Voucher:
    voucher_id, reward = uuid7(), redemption.reward
    begin, end = validity(redemption, terms, at)
    return Voucher.objects.create(
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
