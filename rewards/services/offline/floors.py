"""What a till did beyond its floor or its hours: booked all the same, and marked."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from rewards.models import JournalEntry, OfflinePack

CLOCKS_DIFFER_BY = timedelta(minutes=5)


def mark(packs: Iterable[OfflinePack]) -> None:
    """Mark the entries of these packs, in the order in which the till did them.

    What counts is all that it took in, whoever had the voucher in the end: so the marks follow from
    the entries that are here, and not from when they came.
    """
    for pack in packs:
        _mark(pack)


def _mark(pack: OfflinePack) -> None:
    entries = JournalEntry.objects.filter(till_id=pack.till_id, pack=pack.number)
    total, count = Decimal(0), 0
    for entry in entries.order_by("number"):
        marks = _marks_of_time(pack, entry)
        if entry.kind == JournalEntry.Kind.USE:
            total, count = total + entry.value, count + 1
            marks += _marks_of_floor(pack, entry.value, total, count)
        if marks != entry.marks:
            entry.marks = marks
            entry.save(update_fields=["marks"])


def _marks_of_time(pack: OfflinePack, entry: JournalEntry) -> list[str]:
    if entry.happened_at >= pack.valid_until:
        return ["after_pack"]
    return ["before_pack"] if entry.happened_at < pack.issued_at - CLOCKS_DIFFER_BY else []


def _marks_of_floor(pack: OfflinePack, value: Decimal, total: Decimal, count: int) -> list[str]:
    over = {
        "over_floor_value": value > pack.floor_value,
        "over_floor_total": total > pack.floor_total,
        "over_floor_count": count > pack.floor_count,
    }
    return [said for said, is_over in over.items() if is_over]
