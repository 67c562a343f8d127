"""The journal of a till that went on without a line, uploaded: any order, any number of times."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.db import IntegrityError, OperationalError, connection, transaction

from loyalty.errors import KeyConflict
from loyalty.services.idempotency import fingerprint_of
from rewards.errors import TillUnknown
from rewards.models import JournalEntry, OfflinePack, Till, TillReceipt, VoucherUse
from rewards.offline.entries import (
    SALE,
    USE,
    Entry,
    EntryAnswer,
    Journal,
    JournalAnswer,
    Moved,
    Winner,
)
from rewards.services.offline.claims import Claims, Verdict
from rewards.services.offline.floors import CLOCKS_DIFFER_BY, mark
from rewards.services.offline.sales import Sale, record_sales
from rewards.services.offline.settling import renew_receipts, settle

ATTEMPTS = 3
_NONE = Decimal(0)


def upload_journal(*, till_id: int, journal: Journal, at: datetime) -> JournalAnswer:
    """Book what a till did without a line; all of it or, when something breaks, nothing.

    An entry is known by its till and number for ever: again with the same content it is answered as
    it stands now, with another one refused as `key_conflict`. What counts is the till's own moment,
    but never one before its pack was made; what is booked is never later than now. Raises
    TillUnknown for one that was put away.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _uploaded(till_id, journal, at)
        except (IntegrityError, OperationalError):
            # The same sale or member, by another door at the same time: it is there by now.
            if attempt == ATTEMPTS or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _uploaded(till_id: int, journal: Journal, at: datetime) -> JournalAnswer:
    till = _locked(till_id, at)
    upload = Upload(till, journal.entries, at)
    before = upload.kept()
    fresh = upload.fresh(before)
    claims = Claims(
        till,
        [one for one in fresh if one.kind == USE],
        upload.packs,
        others={one.voucher_id for one in before.values() if one.voucher_id},
    )
    sales = upload.record_sales([one for one in fresh if one.kind == SALE])
    for entry in fresh:
        if entry.kind == USE:
            verdict = claims.verdict(entry, upload.counted_at(entry))
            upload.keep_use(entry, verdict)
        else:
            upload.keep_sale(entry, sales[entry.number])
    settled = settle(vouchers=claims.locked, at=at)
    mark(upload.packs.values())
    own = upload.kept()
    renew_receipts([one for one in own.values() if one.kind == USE])
    off_by = _off_by(journal, at)
    return JournalAnswer(
        received_at=at,
        clock_off_by=int(off_by.total_seconds()),
        is_clock_off=abs(off_by) > CLOCKS_DIFFER_BY,
        entries=upload.answers(own),
        moved=[
            Moved(till=one.till.key, number=one.number, outcome=one.outcome)
            for one in settled
            if (one.till_id, one.number) not in {(till.pk, entry.number) for entry in fresh}
        ],
    )


def _locked(till_id: int, at: datetime) -> Till:
    tills = Till.objects.select_for_update(of=("self",), no_key=True)
    till = tills.select_related("programme", "client").filter(pk=till_id).first()
    if till is None or not till.is_active:
        raise TillUnknown("There is no such till.", field="till")
    till.last_seen_at = at
    till.save(update_fields=["last_seen_at"])
    return till


def _off_by(journal: Journal, at: datetime) -> timedelta:
    """How far the till's clock is ahead; without its word, how far its entries lie ahead of us."""
    if journal.clock is not None:
        return journal.clock - at
    return max(timedelta(0), max(entry.happened_at for entry in journal.entries) - at)


class Upload:
    """The entries of one upload, on their way into the journal."""

    def __init__(self, till: Till, entries: Sequence[Entry], at: datetime) -> None:
        self.till = till
        self.entries = entries
        self.at = at
        numbers = {entry.pack for entry in entries}
        found = OfflinePack.objects.filter(till=till, number__in=numbers)
        self.packs = {pack.number: pack for pack in found.order_by("number")}

    def kept(self) -> dict[int, JournalEntry]:
        """What the journal has of them, by number."""
        numbers = {entry.number for entry in self.entries}
        found = JournalEntry.objects.filter(till=self.till, number__in=numbers)
        return {one.number: one for one in found.select_related("voucher", "use")}

    def fresh(self, before: Mapping[int, JournalEntry]) -> list[Entry]:
        """Those that were never uploaded; of two with one number the first."""
        once = {entry.number: entry for entry in reversed(self.entries)}
        return [entry for number, entry in sorted(once.items()) if number not in before]

    def counted_at(self, entry: Entry) -> datetime:
        """The moment that counts: no till does anything with a pack before it is given it."""
        pack = self.packs.get(entry.pack)
        return max(entry.happened_at, pack.issued_at) if pack else entry.happened_at

    def record_sales(self, entries: Sequence[Entry]) -> dict[int, Sale]:
        moments = {entry.number: min(self.counted_at(entry), self.at) for entry in entries}
        return record_sales(till=self.till, entries=entries, moments=moments, at=self.at)

    def keep_use(self, entry: Entry, verdict: Verdict) -> None:
        """Lost, until it is settled who wins."""
        outcome = JournalEntry.Outcome.REFUSED if verdict.refusal else JournalEntry.Outcome.LOST
        body = {"receipt": entry.body.receipt}
        self._keep(
            entry,
            body,
            outcome=outcome,
            refusal=verdict.refusal,
            value=verdict.value,
            voucher=verdict.voucher,
        )

    def keep_sale(self, entry: Entry, sale: Sale) -> None:
        outcome = JournalEntry.Outcome.REFUSED if sale.refusal else JournalEntry.Outcome.BOOKED
        body = {"receipt": entry.body.receipt, "amount": str(sale.amount)}
        self._keep(entry, body, outcome=outcome, refusal=sale.refusal)

    def _keep(self, entry: Entry, body: dict[str, str], **became: Any) -> None:
        JournalEntry.objects.create(
            till=self.till,
            number=entry.number,
            kind=entry.kind,
            body=body,
            fingerprint=_fingerprint(entry),
            pack=entry.pack,
            happened_at=entry.happened_at,
            counted_at=self.counted_at(entry),
            received_at=self.at,
            **became,
        )

    def answers(self, own: Mapping[int, JournalEntry]) -> list[EntryAnswer]:
        """How each stands now, in the order of the upload."""
        receipts = TillReceipt.objects.filter(
            till=self.till, number__in=[one.body["receipt"] for one in own.values()]
        )
        points = dict(receipts.values_list("number", "earned"))
        return [self._answer(entry, own[entry.number], points) for entry in self.entries]

    def _answer(self, entry: Entry, kept: JournalEntry, points: Mapping[str, int]) -> EntryAnswer:
        if kept.fingerprint != _fingerprint(entry):
            return _said(entry, JournalEntry.Outcome.REFUSED, KeyConflict.code)
        is_sale = kept.kind == SALE and kept.outcome == JournalEntry.Outcome.BOOKED
        return EntryAnswer(
            number=entry.number,
            kind=kept.kind,
            outcome=kept.outcome,
            refusal=kept.refusal,
            marks=kept.marks,
            value=kept.value,
            points=points.get(kept.body["receipt"], 0) if is_sale else 0,
            winner=_winner(kept),
        )


def _said(entry: Entry, outcome: str, refusal: str) -> EntryAnswer:
    return EntryAnswer(
        number=entry.number,
        kind=entry.kind,
        outcome=outcome,
        refusal=refusal,
        marks=[],
        value=_NONE,
        points=0,
        winner=None,
    )


def _winner(kept: JournalEntry) -> Winner | None:
    """Of a lost one: the last of those who have the voucher's uses."""
    if kept.outcome != JournalEntry.Outcome.LOST or kept.voucher is None:
        return None
    uses = VoucherUse.objects.filter(voucher=kept.voucher, rolled_back_at=None)
    won = uses.order_by("-used_at", "-pk").first()
    return Winner(by=won.actor, location=won.location, used_at=won.used_at) if won else None


def _fingerprint(entry: Entry) -> str:
    return fingerprint_of(msgspec.to_builtins(entry))
