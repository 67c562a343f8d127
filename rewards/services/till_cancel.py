"""A sale of a till undone, once: what was used, taken, paid and earned with it."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from loyalty.errors import DomainError
from loyalty.events import publish
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Activity, GuestSale, Membership
from members.services.activities import record_activity
from members.services.guest_sales import keep_guest_sale
from members.types import ActivitySubmission
from rewards.events import SaleCancelled
from rewards.models import Till, TillReceipt
from rewards.sales import CancelAnswer
from rewards.selectors import usable_points
from rewards.services.redemption import cancel_redemption
from rewards.services.till_sale import begin
from rewards.services.till_vouchers import CHANNEL, actor_of
from rewards.services.using import give_back

_UNDONE = "undone"


class ReceiptUnknown(DomainError):
    """The till has no receipt with this number."""

    code = "receipt_unknown"
    status = 404


@transaction.atomic
def cancel_sale(*, till: Till, receipt: str, actor: str, at: datetime) -> CancelAnswer:
    """Undo a sale of this till: vouchers are good again, points are back in their lots, and what the
    purchase earned is taken back. Again gives the same answer and changes nothing.

    What cannot be undone any more (a partner's code that was handed out, a voucher rolled back too
    late, goods that came back already) is refused, and then nothing has changed. Raises ReceiptUnknown,
    NotCancellable, what `cancel_redemption` does, and ReturnExceedsSale.
    """
    begin(till, receipt)
    row = TillReceipt.objects.filter(till=till, number=receipt).first()
    if row is None:
        raise ReceiptUnknown("This till has no such receipt.", field="receipt")
    if row.state == TillReceipt.State.CANCELLED:
        return _answer_of(row)
    membership = _locked(row)
    for use in sorted(row.uses):
        give_back(use_id=use, actor=actor_of(till), at=at)
    for redemption in reversed(row.redemptions):
        cancel_redemption(redemption_id=UUID(redemption), actor=actor_of(till), at=at)
    taken_back = _return_goods(row, till, at)
    row.state, row.cancelled_at = TillReceipt.State.CANCELLED, at
    answer = CancelAnswer(
        id=row.pk,
        receipt=row.number,
        taken_back=taken_back,
        given_back=row.redeemed,
        balance=usable_points(membership, at=at) if membership else None,
        vouchers=len(row.uses),
        cancelled_at=at,
    )
    row.answer = {**row.answer, _UNDONE: msgspec.to_builtins(answer)}
    row.save(update_fields=["state", "cancelled_at", "answer"])
    _announce(row, membership, actor, at)
    return answer


def _answer_of(row: TillReceipt) -> CancelAnswer:
    return msgspec.convert(row.answer[_UNDONE], CancelAnswer)


def _locked(row: TillReceipt) -> Membership | None:
    """Its member first, as everybody locks."""
    if row.membership_id is None:
        return None
    locked = Membership.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("programme").get(pk=row.membership_id)


def _return_goods(row: TillReceipt, till: Till, at: datetime) -> int:
    """Bring all of it back; how many points that took from the member.

    The points that paid for a part of it go back by the same return.
    """
    book = current_rulebook(programme_id=till.programme_id)
    if row.guest_sale is not None:
        sold = GuestSale.objects.values_list("source", "external_id").get(pk=row.guest_sale)
        returned = _returned(*sold, member="", till=till, at=at)
        keep_guest_sale(book=book, submission=returned, actor=actor_of(till), at=at)
        return 0
    if row.activity is None:
        return 0
    return _returned_by_member(row.activity, till, book, at)


def _returned_by_member(activity: UUID, till: Till, book: Rulebook, at: datetime) -> int:
    sold = Activity.objects.values_list(
        "source", "external_id", "membership__member_id", "occurred_at"
    )
    source, external_id, member, occurred_at = sold.get(pk=activity)
    recorded = record_activity(
        book=book,
        submission=_returned(
            source, external_id, member=str(member), till=till, at=max(at, occurred_at)
        ),
        actor=actor_of(till),
        at=at,
    )
    return -recorded.award.points


def _returned(
    source: str, external_id: str, *, member: str, till: Till, at: datetime
) -> ActivitySubmission:
    return ActivitySubmission(
        type="return",
        member=member,
        external_id=f"undone:{external_id}",
        occurred_at=at,
        source=source,
        channel=CHANNEL,
        location=till.location,
        original=external_id,
    )


def _announce(row: TillReceipt, membership: Membership | None, actor: str, at: datetime) -> None:
    event = SaleCancelled(
        subject=membership.holder if membership else None,
        occurred_at=at,
        sale=row.pk,
        till=row.till.key,
        activity=row.activity,
        amount=str(row.amount),
        earned=row.earned,
        redeemed=row.redeemed,
    )
    publish(event, at=at)
