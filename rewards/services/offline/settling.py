"""Who has a voucher that was taken in without a line: one order for everybody, and a stated loser.

What was used with a line stands. Of the rest the earliest win, as many as the voucher still has
uses; at the same moment the till's key and then the entry's number decide. So the result follows
from what was uploaded and never from the order in which it came.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from loyalty.events import publish
from loyalty.services.idempotency import fingerprint_of
from rewards.events import DoubleUseFound, DoubleUseGone, VoucherUsed
from rewards.models import (
    DoubleUse,
    JournalEntry,
    Redemption,
    TillReceipt,
    Voucher,
    VoucherUse,
)
from rewards.services.redemption import fulfil_redemption, reopen_redemption

LOST, BOOKED = JournalEntry.Outcome.LOST, JournalEntry.Outcome.BOOKED
_ACTOR = "system:journal"


def settle(*, vouchers: Iterable[Voucher], at: datetime) -> list[JournalEntry]:
    """Give each voucher's uses to who wins them; the entries whose outcome this has changed.

    The caller has locked the vouchers.
    """
    changed: list[JournalEntry] = []
    for voucher in vouchers:
        changed += _settle(voucher, at)
    return changed


def _settle(voucher: Voucher, at: datetime) -> list[JournalEntry]:
    entries = _ranked(voucher)
    wins = _slots(voucher, len(entries))
    losers = entries[wins:]
    changed = [one for one in entries[:wins] if one.outcome != BOOKED or one.use_id is None]
    changed += [one for one in losers if one.outcome != LOST or not _is_stated(one)]
    if not changed:
        return []
    for entry in losers:
        if entry.outcome != LOST or not _is_stated(entry):
            _lose(entry, voucher, at)
    _renew(voucher)
    for entry in entries[:wins]:
        if entry.use_id is None:
            _win(entry, voucher, at)
            _renew(voucher)
    _follow(voucher, at)
    renew_receipts(changed)
    return changed


def _follow(voucher: Voucher, at: datetime) -> None:
    """The member has what they took once its voucher is used, and not before."""
    redemption = voucher.redemption
    if redemption is None:
        return
    is_used = voucher.state == Voucher.State.USED
    if is_used and redemption.state == Redemption.State.CAPTURED:
        fulfil_redemption(redemption_id=redemption.pk, actor=voucher.used_by, at=at)
    elif not is_used and redemption.state == Redemption.State.FULFILLED:
        reopen_redemption(redemption_id=redemption.pk, actor=_ACTOR, at=at)


def _ranked(voucher: Voucher) -> list[JournalEntry]:
    """Without those that won and were undone at their till since: they ask for it no more."""
    entries = JournalEntry.objects.filter(voucher=voucher, kind=JournalEntry.Kind.USE)
    valid = entries.exclude(outcome=JournalEntry.Outcome.REFUSED)
    asking = valid.filter(use__rolled_back_at=None)
    related = asking.select_related("till", "use", "double_use")
    return list(related.order_by("counted_at", "till__key", "number"))


def _slots(voucher: Voucher, asked: int) -> int:
    if voucher.max_uses is None:
        return asked
    online = voucher.use_log.filter(is_offline=False, rolled_back_at=None).count()
    return max(0, voucher.max_uses - online)


def _is_stated(entry: JournalEntry) -> bool:
    return hasattr(entry, "double_use")


def _lose(entry: JournalEntry, voucher: Voucher, at: datetime) -> None:
    """Take the use from it if it had one, and say whose the loss is."""
    had = entry.use
    if had is not None:
        had.rolled_back_at, had.rolled_back_by = at, _ACTOR
        had.save(update_fields=["rolled_back_at", "rolled_back_by"])
    entry.use, entry.outcome = None, LOST
    entry.save(update_fields=["use", "outcome"])
    DoubleUse.objects.create(voucher=voucher, loser=entry, value=entry.value, found_at=at)
    found = DoubleUseFound(
        subject=None,
        occurred_at=at,
        voucher=voucher.pk,
        till=entry.till.key,
        entry=entry.number,
        value=str(entry.value),
        is_moved=had is not None,
    )
    publish(found, at=at)


def _win(entry: JournalEntry, voucher: Voucher, at: datetime) -> None:
    if _is_stated(entry):
        entry.double_use.delete()
        gone = DoubleUseGone(
            subject=None,
            occurred_at=at,
            voucher=voucher.pk,
            till=entry.till.key,
            entry=entry.number,
        )
        publish(gone, at=at)
    entry.use, entry.outcome = _use(entry, voucher), BOOKED
    entry.save(update_fields=["use", "outcome"])
    _tell(entry, voucher, at)


def _use(entry: JournalEntry, voucher: Voucher) -> VoucherUse:
    actor = f"till:{entry.till.key}"
    times = voucher.use_log.filter(actor=actor, is_offline=True).count()
    return VoucherUse.objects.create(
        voucher=voucher,
        membership=voucher.membership,
        basket=entry.body.get("receipt", ""),
        channel="store",
        location=entry.till.location,
        actor=actor,
        request_key=fingerprint_of("journal", entry.till_id, entry.number, times),
        is_offline=True,
        used_at=min(entry.counted_at, entry.received_at),
    )


def _tell(entry: JournalEntry, voucher: Voucher, at: datetime) -> None:
    redemption = voucher.redemption
    if redemption is None:
        return
    used = VoucherUsed(
        subject=redemption.membership.holder,
        occurred_at=min(entry.counted_at, entry.received_at),
        voucher=voucher.pk,
        redemption=redemption.pk,
        reward=voucher.reward.key,
        location=entry.till.location,
    )
    publish(used, at=at)


def _renew(voucher: Voucher) -> None:
    """How the voucher stands by its uses."""
    uses = list(voucher.use_log.filter(rolled_back_at=None).order_by("used_at", "pk"))
    last = uses[-1] if uses else None
    voucher.uses = len(uses)
    is_used = voucher.max_uses is not None and len(uses) >= voucher.max_uses
    if voucher.state != Voucher.State.CANCELLED:
        voucher.state = Voucher.State.USED if is_used else Voucher.State.ISSUED
    voucher.used_at = last.used_at if last else None
    voucher.used_by = last.actor if last else ""
    voucher.used_location = last.location if last else ""
    voucher.save(update_fields=["uses", "state", "used_at", "used_by", "used_location"])


def renew_receipts(entries: Sequence[JournalEntry]) -> None:
    """Have the receipts of these entries name the uses that they have now."""
    wanted = {(one.till_id, one.body.get("receipt", "")) for one in entries}
    for till_id, number in sorted(wanted):
        uses = JournalEntry.objects.filter(
            till_id=till_id, body__receipt=number, use__isnull=False, kind=JournalEntry.Kind.USE
        )
        receipts = TillReceipt.objects.filter(till_id=till_id, number=number, is_offline=True)
        receipts.update(uses=list(uses.order_by("number").values_list("use_id", flat=True)))
