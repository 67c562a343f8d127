"""Segments that are lists: drawn once by conditions, or uploaded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from loyalty.errors import InvalidRequest
from members.identifiers import ParsedIdentifier, typed_identifier
from members.models import Identifier, Membership, Segment
from members.services.segments.refreshing import (
    locked_segment,
    settle_by_conditions,
    settle_by_ids,
)

AT_ONCE = 1_000


@transaction.atomic
def draw_list(*, segment_id: int, actor: str, at: datetime) -> int:
    """Draw a static segment's members by its conditions anew; its size. `actor` asked for it.

    Raises NotFound, and InvalidRequest for one that is not live, or no static one.
    """
    segment = locked_segment(segment_id)
    if segment.kind != Segment.Kind.STATIC or segment.state != Segment.State.LIVE:
        raise InvalidRequest("Only a live segment of this kind is drawn.", field="segment")
    return settle_by_conditions(segment, at=at)


@transaction.atomic
def upload_list(
    *, segment_id: int, identifiers: Sequence[str], actor: str, at: datetime
) -> tuple[int, list[str]]:
    """Have exactly these in an uploaded segment, and make it live.

    How many members were found, and the lines by which nobody was. Raises NotFound, and
    InvalidRequest for a segment that is no uploaded list.
    """
    segment = locked_segment(segment_id)
    if segment.kind != Segment.Kind.UPLOADED:
        raise InvalidRequest("This segment is not a list.", field="segment")
    segment.state = Segment.State.LIVE
    segment.save(update_fields=["state"])
    found, unknown = find_listed(programme_id=segment.programme_id, identifiers=identifiers)
    return settle_by_ids(segment, found, at=at), unknown


def find_listed(*, programme_id: int, identifiers: Sequence[str]) -> tuple[list[int], list[str]]:
    """The memberships that the lines of a list mean, and the lines that mean nobody."""
    found: set[int] = set()
    unknown: list[str] = []
    for start in range(0, len(identifiers), AT_ONCE):
        lines = identifiers[start : start + AT_ONCE]
        by_line = _members_of(lines, programme_id)
        found |= set(by_line.values())
        unknown += [line for line in lines if line not in by_line]
    return sorted(found), unknown


def _members_of(lines: Sequence[str], programme_id: int) -> dict[str, int]:
    """The membership that each line means, of those that mean one."""
    read = {line: key for line in lines if (key := _read(line)) is not None}
    by_key = _holders_of(read.values())
    members = set(by_key.values())
    rows = Membership.objects.filter(
        programme_id=programme_id, member__in=members, member__erased_at=None
    )
    memberships = dict(rows.values_list("member_id", "pk"))
    return {
        line: memberships[member]
        for line, key in read.items()
        if (member := by_key.get((key.kind, key.system, key.value))) in memberships
    }


def _holders_of(keys: Iterable[ParsedIdentifier]) -> dict[tuple[str, str, str], UUID]:
    wanted: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        wanted.setdefault((key.kind, key.system), []).append(key.value)
    meant = Q(pk__in=[])
    for (kind, system), values in wanted.items():
        meant |= Q(kind=kind, system=system, value__in=values)
    rows = Identifier.objects.filter(meant, blocked_at=None)
    return {
        (kind, system, value): member
        for kind, system, value, member in rows.values_list("kind", "system", "value", "member_id")
    }


def _read(line: str) -> ParsedIdentifier | None:
    try:
        return typed_identifier(line)
    except InvalidRequest:
        return None
