"""Sealing the books: each day's transfers under a hash that covers the day before.

A seal closes a range of ids, not of moments: what is recorded after it belongs to a later day, so
a sealed day never changes. Whoever can rewrite the database could rewrite the seals as well, and
cut the newest off without a trace; so the heads are exported to where the database cannot write,
and the proof asks for those as well.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection, transaction

from loyalty.earning.terms import start_of_day
from loyalty.ledger.canon import lines
from loyalty.ledger.lot_dates import settled
from loyalty.models import Programme, Seal, Transfer

DAY = timedelta(days=1)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A seal as it is exported, a line of JSON; the digest stands for all up to that day."""

    programme: str
    day: date
    last_transfer: int
    transfers: int
    digest: str
    sealed_at: datetime


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The first day of a programme whose books are not as they were sealed, and what is wrong."""

    programme: str
    day: date
    problem: str


def seal_days(*, at: datetime) -> list[Head]:
    """Seal every day that is over and not sealed yet, of every programme; the new seals.

    Waits shortly for who is writing at that moment. Safe twice and at once.
    """
    upto = settled()  # alone in its transaction: the books are closed while it is asked
    programmes = list(Programme.objects.order_by("pk").values_list("pk", flat=True))
    return [head for programme in programmes for head in _seal_programme(programme, upto, at)]


def heads() -> list[Head]:
    """The newest seal of every programme."""
    newest = Seal.objects.order_by("programme_id", "-day").distinct("programme_id")
    return [_head(seal, seal.programme.slug) for seal in newest.select_related("programme")]


@transaction.atomic
def broken_seals(*, exported: Sequence[Head] = ()) -> list[Broken]:
    """Prove all seals again from the books, and that every exported one is still there.

    At most one finding for each programme: its first broken day. None when all is well.
    """
    _take_time()
    found = [_first_broken(programme) for programme in Programme.objects.order_by("pk")]
    known = {(head.programme, head.day): head.digest for head in _all_heads()}
    missing = [
        Broken(
            programme=head.programme,
            day=head.day,
            problem="the exported seal is gone"
            if (head.programme, head.day) not in known
            else "the exported seal is another",
        )
        for head in exported
        if known.get((head.programme, head.day)) != head.digest
    ]
    first: dict[str, Broken] = {}
    for broken in [each for each in found if each] + missing:
        known_one = first.get(broken.programme)
        if known_one is None or broken.day < known_one.day:
            first[broken.programme] = broken
    return list(first.values())


@transaction.atomic
def _seal_programme(programme_id: int, upto: int, at: datetime) -> list[Head]:
    _take_time()
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
    last = Seal.objects.filter(programme=programme).order_by("-day").first()
    sealed = []
    for day in _open_days(programme, last, at):
        last = _sealed(programme, day, last, upto, at)
        sealed.append(_head(last, programme.slug))
    return sealed


def _open_days(programme: Programme, last: Seal | None, at: datetime) -> Iterator[date]:
    """Every local day from the first that is not sealed until yesterday, empty ones included."""
    zone = ZoneInfo(programme.time_zone)
    day = last.day + DAY if last else _first_day(programme, zone)
    today = at.astimezone(zone).date()
    while day is not None and day < today:
        yield day
        day += DAY


def _first_day(programme: Programme, zone: ZoneInfo) -> date | None:
    own = Transfer.objects.filter(debit_account__unit__programme=programme)
    first = own.order_by("pk").values_list("recorded_at", flat=True).first()
    return first.astimezone(zone).date() if first else None


def _sealed(programme: Programme, day: date, last: Seal | None, upto: int, at: datetime) -> Seal:
    after, previous = (last.last_transfer, last.digest) if last else (0, "")
    end = start_of_day(day + DAY, ZoneInfo(programme.time_zone))
    of_the_day = Transfer.objects.filter(
        pk__gt=after,
        pk__lte=upto,
        recorded_at__lt=end,
        debit_account__unit__programme=programme,
    )
    newest = of_the_day.order_by("-pk").values_list("pk", flat=True).first() or after
    transfers, digest = _digest(programme, day, after=after, upto=newest, previous=previous)
    return Seal.objects.create(
        programme=programme,
        day=day,
        last_transfer=newest,
        transfers=transfers,
        previous=previous,
        digest=digest,
        sealed_at=at,
    )


def _digest(
    programme: Programme, day: date, *, after: int, upto: int, previous: str
) -> tuple[int, str]:
    """How many transfers, and the SHA-256 over the seal before, their lines and the seal's own."""
    sha = hashlib.sha256(previous.encode() + b"\n")
    transfers = 0
    for line in lines(programme.pk, after=after, upto=upto):
        sha.update(line + b"\n")
        transfers += 1
    sha.update(msgspec.json.encode([programme.slug, day, upto, transfers]))
    return transfers, sha.hexdigest()


def _first_broken(programme: Programme) -> Broken | None:
    last: Seal | None = None
    for seal in Seal.objects.filter(programme=programme).order_by("day").iterator():
        if problem := _problem(programme, seal, last):
            return Broken(programme=programme.slug, day=seal.day, problem=problem)
        last = seal
    return None


def _problem(programme: Programme, seal: Seal, last: Seal | None) -> str:
    if last is not None and seal.day != last.day + DAY:
        return "the day before has no seal"
    if seal.previous != (last.digest if last else ""):
        return "it does not follow the seal before"
    after = last.last_transfer if last else 0
    found = _digest(
        programme, seal.day, after=after, upto=seal.last_transfer, previous=seal.previous
    )
    if found[0] != seal.transfers:
        return f"{seal.transfers} transfers were sealed, {found[0]} are there"
    return "" if found[1] == seal.digest else "the transfers are not those that were sealed"


def _head(seal: Seal, slug: str) -> Head:
    return Head(
        programme=slug,
        day=seal.day,
        last_transfer=seal.last_transfer,
        transfers=seal.transfers,
        digest=seal.digest,
        sealed_at=seal.sealed_at.astimezone(UTC),
    )


def _all_heads() -> Iterator[Head]:
    for seal in Seal.objects.select_related("programme").iterator():
        yield _head(seal, seal.programme.slug)


def _take_time() -> None:
    """Whole days are read: what keeps a request short would only cut the work off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
