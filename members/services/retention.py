"""How long each kind of data is kept, and the job that lets go of it when that time is over.

Apps register their kinds when they start. What concerns a whole person is listed for a colleague
to decide on, never carried out by itself.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Max, QuerySet

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Programme
from members.models import Membership, Retention

BATCH = 5_000
LONGEST = 36_500
INACTIVE = "inactive_members"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data. `remove` deletes at most so many that are from before a moment.

    `days` is how long it is kept unless the programme says otherwise, `least` what it needs to do
    its work. Without `remove` it is only listed; `is_said_elsewhere` when it is kept for as long as
    something else says, so that `remove` is given the present.
    """

    key: str
    title: Any
    explained: Any
    days: int
    least: int = 1
    is_said_elsewhere: bool = False
    remove: Callable[[int, datetime, int], int] | None = None  # (programme, before, at most)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A kind as a programme keeps it."""

    kind: Kind
    days: int
    last_run_at: datetime | None
    last_removed: int


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A member of whom nothing was heard for so long that they may be forgotten."""

    member_id: UUID
    name: str
    joined_at: datetime
    last_at: datetime | None


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """Have this kind kept for a time."""
    _kinds[kind.key] = kind


def kept_kinds(programme_id: int) -> list[Kept]:
    """Every kind with the days that hold for the programme."""
    rows = {row.kind: row for row in Retention.objects.filter(programme=programme_id)}
    return [
        Kept(
            kind=kind,
            days=row.days if row and not kind.is_said_elsewhere else kind.days,
            last_run_at=row.last_run_at if row else None,
            last_removed=row.last_removed if row else 0,
        )
        for kind in _kinds.values()
        for row in [rows.get(kind.key)]
    ]


@transaction.atomic
def set_retention(
    *, programme_id: int, kind: str, days: int, actor: str, at: datetime
) -> Retention:
    """Keep this kind so many days from now on. Raises NotFound, and InvalidRequest for the days."""
    known = _kinds.get(kind)
    if known is None or known.is_said_elsewhere:
        raise NotFound("There is no such kind of data.")
    if not known.least <= days <= LONGEST:
        raise InvalidRequest(f"Keep it {known.least} to {LONGEST} days.", field="days")
    row, _is_new = Retention.objects.update_or_create(
        programme_id=programme_id, kind=kind, defaults={"days": days}
    )
    return row


def carry_out(*, programme_id: int, at: datetime) -> dict[str, int]:
    """Let go of everything whose time is over; how many rows of each kind.

    In batches, each a transaction of its own: stopped halfway it goes on the next time.
    """
    removed: dict[str, int] = {}
    for kept in kept_kinds(programme_id):
        if kept.kind.remove is None:
            continue
        before, count = at - timedelta(days=kept.days), 0
        while True:
            with transaction.atomic():
                some = kept.kind.remove(programme_id, before, BATCH)
            count += some
            if some < BATCH:
                break
        Retention.objects.update_or_create(
            programme_id=programme_id,
            kind=kept.kind.key,
            defaults={"last_run_at": at, "last_removed": count},
            create_defaults={"days": kept.days, "last_run_at": at, "last_removed": count},
        )
        removed[kept.kind.key] = count
    return removed


def deleted(rows: QuerySet[Any], most: int) -> int:
    """Delete at most so many of the rows; how many of the model itself those were."""
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    _all, by_model = rows.model.objects.filter(pk__in=chosen).delete()
    return int(by_model.get(rows.model._meta.label, 0))


def inactive_members(
    programme: Programme, *, at: datetime, limit: int = 200
) -> tuple[int, Sequence[Candidate]]:
    """How many members did nothing for the time that the programme keeps them, and the longest so.

    For a colleague to decide on. Who holds points, or signed in since, is among them too: nothing
    but their own activities counts.
    """
    days = next(kept.days for kept in kept_kinds(programme.pk) if kept.kind.key == INACTIVE)
    before = at - timedelta(days=days)
    silent = (
        Membership.objects.filter(
            programme=programme,
            joined_at__lt=before,
            member__erased_at=None,
            member__merged_into=None,
        )
        .exclude(activities__occurred_at__gte=before)
        .select_related("member")
    )
    longest = silent.annotate(last_at=Max("activities__occurred_at")).order_by("joined_at", "pk")
    candidates = [
        Candidate(
            member_id=each.member_id,
            name=str(each.member),
            joined_at=each.joined_at,
            last_at=each.last_at,
        )
        for each in longest[:limit]
    ]
    return silent.count(), candidates
