"""What goes back: cancelled before it was had, or returned after."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty.errors import InvalidRequest
from rewards.errors import NotCancellable, VoucherAlreadyUsed
from rewards.events import RedemptionCancelled, RedemptionReturned
from rewards.kinds import Proof, proof_of, read_terms
from rewards.models import Fulfilment, Redemption, Voucher
from rewards.redeeming import Step, check_cancellable, state_after
from rewards.services.redemption.addresses import forget_addresses
from rewards.services.redemption.paying import give_back
from rewards.services.redemption.steps import locked, say, write_step
from rewards.services.stock import return_to_stock

State = Redemption.State
LONGEST_REASON = 60


@transaction.atomic
def cancel_redemption(
    *, redemption_id: UUID, actor: str, at: datetime, by_member: bool = False
) -> Redemption:
    """Give back exactly what was taken: points to their lots, the reward to the stock.

    What has ended before stays as it is. A member may until `undo_until`, anybody with the right
    until it is had. Raises NotFound, WrongStep, NotCancellable, and VoucherAlreadyUsed.
    """
    redemption = locked(redemption_id, with_voucher=True)
    if redemption.state in (State.CANCELLED, State.EXPIRED):
        return redemption
    check_cancellable(
        read_terms(redemption.reward.kind, redemption.reward.terms),
        redemption.state,
        at=at,
        by_member=by_member,
        undo_until=redemption.undo_until,
        is_given=redemption.grant_id is not None,
    )
    _withdraw_voucher(redemption)
    _end(redemption, State.CANCELLED, actor=actor, at=at, params={})
    say(RedemptionCancelled, redemption, at=at)
    _back_to_stock(redemption)
    return redemption


@transaction.atomic
def return_redemption(*, redemption_id: UUID, reason: str, actor: str, at: datetime) -> Redemption:
    """Take back what a member had, and give them what they paid; again changes nothing.

    `reason` is a code of the shop's, not a word about anybody. Raises NotFound, InvalidRequest,
    and WrongStep for what was not had.
    """
    redemption = locked(redemption_id, with_voucher=True)
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidRequest("Say why it comes back.", field="reason")
    if redemption.state == State.RETURNED:
        return redemption
    state_after(redemption.state, Step.RETURN)
    Voucher.objects.filter(redemption=redemption, state=Voucher.State.ISSUED).update(
        state=Voucher.State.CANCELLED
    )
    _end(redemption, State.RETURNED, actor=actor, at=at, params={"reason": reason})
    say(RedemptionReturned, redemption, at=at, reason=reason)
    _back_to_stock(redemption)
    return redemption


def _withdraw_voucher(redemption: Redemption) -> None:
    voucher = Voucher.objects.filter(redemption=redemption).first()
    if voucher is None:
        return
    if voucher.uses or voucher.state == Voucher.State.USED:
        if voucher.used_at is None:
            raise NotCancellable("Its voucher was used.")
        raise VoucherAlreadyUsed(
            used_at=voucher.used_at,
            location=voucher.used_location,
            zone=ZoneInfo(redemption.membership.programme.time_zone),
        )
    voucher.state = Voucher.State.CANCELLED
    voucher.save(update_fields=["state"])


def _end(
    redemption: Redemption,
    state: Redemption.State,
    *,
    actor: str,
    at: datetime,
    params: dict[str, str],
) -> None:
    give_back(redemption, step=state, actor=actor, at=at)
    dropped = Fulfilment.objects.filter(redemption=redemption)
    if state == State.CANCELLED:
        dropped.update(state=Fulfilment.State.DROPPED)
    forget_addresses(dropped)
    redemption.state, redemption.ended_at = state, at
    redemption.save(update_fields=["state", "ended_at"])
    write_step(redemption, state, actor=actor, at=at, params=params)


def _back_to_stock(redemption: Redemption) -> None:
    """Last, for a shelf is many members'. A partner's code is gone for good."""
    terms = read_terms(redemption.reward.kind, redemption.reward.terms)
    is_gone = proof_of(terms) is Proof.CODE and redemption.state == State.RETURNED
    if is_gone or not redemption.is_from_stock:
        return
    redemption.is_from_stock = False
    redemption.save(update_fields=["is_from_stock"])
    return_to_stock(reward_id=redemption.reward_id, lot=redemption.membership_id)
