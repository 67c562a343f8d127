"""A till's day as a file: every receipt, the totals, and whether they tie out to the books.

Points are compared with the ledger's transfers, vouchers with the log of their uses; the till's own
figures are those it was answered. Of cancelled receipts the figures stand in the file, and not in
the totals.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from rewards.models import JournalEntry, Till, TillReceipt
from rewards.sales import NOTHING, BookedUse
from rewards.services.till_proof import BOOKS

_BOOKS = f"""
    SELECT r.id, coalesce(earned.points, 0), coalesce(spent.points, 0), coalesce(back.points, 0),
           log.used, log.rolled_back
    {BOOKS}
    WHERE r.till_id = %s AND r.day = %s
"""

HEADS = (
    "kind", "receipt", "state", "committed_at", "offline", "goods", "discount", "amount", "due",
    "tendered", "cards", "to_pay", "earned", "redeemed", "vouchers", "voucher_value",
    "differences",
)  # fmt: skip


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt comes to, or all of a day."""

    goods: Decimal = NOTHING
    discount: Decimal = NOTHING
    amount: Decimal = NOTHING
    due: Decimal = NOTHING
    tendered: Decimal = NOTHING
    cards: Decimal = NOTHING
    to_pay: Decimal = NOTHING
    earned: int = 0
    redeemed: int = 0
    vouchers: int = 0
    voucher_value: Decimal = NOTHING


class DayReceipt(DayFigures, frozen=True, kw_only=True):
    """A receipt; `differences` name the figures that the books have otherwise."""

    receipt: str
    state: str
    committed_at: datetime
    offline: bool
    uses: tuple[BookedUse, ...] = ()
    differences: tuple[str, ...] = ()


class DayEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the till noted without a line and uploaded, by the number that it gave it."""

    number: int
    kind: str
    happened_at: datetime
    received_at: datetime
    outcome: str
    refusal: str
    marks: tuple[str, ...]
    value: Decimal


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison: what the receipts say all together, and what the books have."""

    name: str
    receipts: int
    books: int

    @property
    def is_tied(self) -> bool:
        return self.receipts == self.books


class TillDay(msgspec.Struct, frozen=True, kw_only=True):
    """A till's day. `is_tied` says that every receipt and every sum is as the books have it."""

    till: str
    location: str
    day: date
    currency: str
    made_at: datetime
    is_tied: bool
    totals: DayFigures
    cancelled: DayFigures
    ties: tuple[Tie, ...]
    receipts: tuple[DayReceipt, ...]
    entries: tuple[DayEntry, ...]


class _Books(msgspec.Struct, frozen=True):
    earned: int = 0
    redeemed: int = 0
    given_back: int = 0
    used: int = 0
    rolled_back: int = 0


def till_day(*, till: Till, day: date, at: datetime) -> TillDay:
    """Everything that a till did on a day in the programme's zone, against the books."""
    books = _books(till, day)
    rows = TillReceipt.objects.filter(till=till, day=day).order_by("committed_at", "number")
    receipts = tuple(_receipt(row, books.get(row.pk, _Books())) for row in rows)
    booked = [each for each in receipts if each.state == TillReceipt.State.COMMITTED]
    cancelled = [each for each in receipts if each.state == TillReceipt.State.CANCELLED]
    ties = _ties(receipts, cancelled, list(books.values()))
    return TillDay(
        till=till.key,
        location=till.location,
        day=day,
        currency=till.programme.currency,
        made_at=at,
        is_tied=all(tie.is_tied for tie in ties) and not any(each.differences for each in receipts),
        totals=_sum(booked),
        cancelled=_sum(cancelled),
        ties=ties,
        receipts=receipts,
        entries=_entries(till, day),
    )


def as_csv(day: TillDay) -> str:
    """The same figures as a file: a line a receipt, then totals, entries, comparisons, the verdict."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(HEADS)
    for each in day.receipts:
        lines.writerow(_line("receipt", each, each.receipt, each))
    lines.writerow(_line("total", day.totals, "", None))
    lines.writerow(_line("cancelled", day.cancelled, "", None))
    for entry in day.entries:
        said = [entry.outcome, entry.happened_at.isoformat(), "yes"]
        told = [entry.value, entry.refusal or " ".join(entry.marks)]
        blank = [""] * (len(HEADS) - 2 - len(said) - len(told))
        lines.writerow([f"offline {entry.kind.lower()}", entry.number, *said, *blank, *told])
    for tie in day.ties:
        verdict = "ties out" if tie.is_tied else f"differs by {tie.receipts - tie.books}"
        blank = [""] * (len(HEADS) - 5)
        lines.writerow(["check", tie.name, tie.receipts, tie.books, *blank, verdict])
    blank = [""] * (len(HEADS) - 4)
    lines.writerow(["verdict", day.till, day.day, *blank, _verdict(day)])
    return text.getvalue()


def _verdict(day: TillDay) -> str:
    return "ties out to the books" if day.is_tied else "DIFFERS FROM THE BOOKS"


def _books(till: Till, day: date) -> dict[UUID, _Books]:
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, [till.pk, day])
        return {row[0]: _Books(*map(int, row[1:])) for row in cursor.fetchall()}


def _receipt(row: TillReceipt, books: _Books) -> DayReceipt:
    said = row.answer
    uses = msgspec.convert(said.get("uses", []), tuple[BookedUse, ...])
    used = [each for each in uses if each.use is not None]
    return DayReceipt(
        receipt=row.number,
        state=row.state,
        committed_at=row.committed_at,
        offline=row.is_offline,
        goods=_money(said, "goods", row.amount),
        discount=_money(said, "discount", NOTHING),
        amount=row.amount,
        due=_money(said, "due", NOTHING),
        tendered=row.tendered,
        cards=_money(said, "cards", NOTHING),
        to_pay=_money(said, "to_pay", row.amount - row.tendered),
        earned=row.earned,
        redeemed=row.redeemed,
        vouchers=len(used),
        voucher_value=sum((each.off + each.pays for each in used), NOTHING),
        uses=uses,
        differences=tuple(_differences(row, books)),
    )


def _differences(row: TillReceipt, books: _Books) -> Iterable[str]:
    is_undone = row.state == TillReceipt.State.CANCELLED
    if row.earned != books.earned:
        yield f"earned: {books.earned} in the ledger"
    if row.redeemed != books.redeemed:
        yield f"redeemed: {books.redeemed} in the ledger"
    if len(row.uses) != books.used:
        yield f"vouchers: {books.used} uses in the log"
    if is_undone and books.given_back != books.redeemed:
        yield f"given back: {books.given_back} in the ledger"
    if books.rolled_back != (books.used if is_undone else 0):
        yield f"rolled back: {books.rolled_back} uses in the log"


def _ties(
    receipts: Iterable[DayReceipt], cancelled: Iterable[DayReceipt], books: list[_Books]
) -> tuple[Tie, ...]:
    """All receipts of the day against the ledger and the log; cancelled ones once more."""
    every = _sum(receipts)
    undone = _sum(cancelled)
    return (
        Tie(name="points earned", receipts=every.earned, books=sum(b.earned for b in books)),
        Tie(name="points spent", receipts=every.redeemed, books=sum(b.redeemed for b in books)),
        Tie(name="vouchers used", receipts=every.vouchers, books=sum(b.used for b in books)),
        Tie(
            name="vouchers rolled back",
            receipts=undone.vouchers,
            books=sum(b.rolled_back for b in books),
        ),
    )


def _sum(receipts: Iterable[DayFigures]) -> DayFigures:
    every = list(receipts)
    return DayFigures(
        **{
            name: sum((getattr(each, name) for each in every), getattr(DayFigures(), name))
            for name in DayFigures.__struct_fields__
        }
    )


def _entries(till: Till, day: date) -> tuple[DayEntry, ...]:
    """By the day on which the till said they happened, like its receipts."""
    start = datetime.combine(day, time(), ZoneInfo(till.programme.time_zone))
    end = datetime.combine(day + timedelta(days=1), time(), start.tzinfo)
    noted = JournalEntry.objects.filter(counted_at__gte=start, counted_at__lt=end)
    return tuple(
        DayEntry(
            number=entry.number,
            kind=entry.kind,
            happened_at=entry.happened_at,
            received_at=entry.received_at,
            outcome=entry.outcome,
            refusal=entry.refusal,
            marks=tuple(entry.marks),
            value=entry.value,
        )
        for entry in noted.filter(till=till).order_by("number")
    )


def _money(said: dict[str, Any], name: str, otherwise: Decimal) -> Decimal:
    return Decimal(said[name]) if name in said else otherwise


def _line(kind: str, figures: DayFigures, name: str, each: DayReceipt | None) -> list[Any]:
    said = ["", "", ""]
    if each is not None:
        said = [each.state, each.committed_at.isoformat(), "yes" if each.offline else "no"]
    return [
        kind,
        _plain(name),
        *said,
        *(getattr(figures, head) for head in HEADS[5:16]),
        "; ".join(each.differences) if each else "",
    ]


def _plain(text: str) -> str:
    """A receipt's number, which a spreadsheet must not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@" and text else text
