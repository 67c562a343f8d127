"""Who is in a segment by its conditions: only what changed is written, and said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from loyalty.errors import InvalidRequest, NotFound
from members.events import SegmentEntered, SegmentLeft
from members.models import Membership, Segment, SegmentMembership
from members.segments.catalogue import attribute_of
from members.segments.document import Tree, read_document
from members.segments.document import questions as asked_by
from members.services.segments.compiling import UNHURRIED, compile_document

WANTED_IDS = "SELECT unnest(%(wanted)s::bigint[])"
# EXCEPT, for it is one pass however wrong the guess of how many there are
_SETTLE = """
WITH wanted (id) AS MATERIALIZED ({wanted}),
stays AS MATERIALIZED (
    SELECT g.membership_id FROM members_segmentmembership g
    JOIN members_membership s ON s.id = g.membership_id AND s.programme_id = %(programme)s
    WHERE g.segment = %(segment)s AND g.since <= %(at)s AND (g.until IS NULL OR g.until > %(at)s)),
gone AS (
    UPDATE members_segmentmembership g SET until = %(at)s
    FROM (SELECT membership_id FROM stays EXCEPT SELECT id FROM wanted) x
    WHERE g.membership_id = x.membership_id AND g.segment = %(segment)s
      AND g.since <= %(at)s AND (g.until IS NULL OR g.until > %(at)s)
    RETURNING g.membership_id),
come AS (
    INSERT INTO members_segmentmembership (membership_id, segment, since)
    SELECT x.id, %(segment)s, %(at)s
    FROM (SELECT id FROM wanted EXCEPT SELECT membership_id FROM stays) x
    RETURNING membership_id),
moves (name, membership_id) AS (
    SELECT %(entered)s::text, membership_id FROM come
    UNION ALL SELECT DISTINCT %(left)s::text, membership_id FROM gone),
told AS (
    INSERT INTO loyalty_outboxevent (name, subject, payload, occurred_at, recorded_at)
    SELECT m.name, s.holder, jsonb_build_object('segment', %(segment)s::text), %(at)s, %(at)s
    FROM moves m JOIN members_membership s ON s.id = m.membership_id)
SELECT count(*) FROM wanted
"""


@transaction.atomic
def refresh_segment(*, segment_id: int, at: datetime) -> int:
    """Let a live segment follow its conditions now; its size. One that is a list stays as it is.

    Raises NotFound, and InvalidRequest for one that is not live.
    """
    segment = locked_segment(segment_id)
    if segment.state != Segment.State.LIVE:
        raise InvalidRequest("The segment is not live.", field="segment")
    if segment.kind != Segment.Kind.DYNAMIC:
        return segment.size or 0
    return settle_by_conditions(segment, at=at)


def refresh_segments(*, at: datetime) -> int:
    """Refresh every live segment, each by itself, those that ask for others last; how many."""
    for segment in in_order(live_segments()):
        refresh_segment(segment_id=segment.pk, at=at)
    return live_segments().count()


def audience(
    *, programme_id: int, segment_keys: Sequence[str], without_keys: Sequence[str], at: datetime
) -> QuerySet[Membership]:
    """Members in any of these segments (of none: everybody) and in none of the others."""
    stays = SegmentMembership.objects.filter(
        Q(until=None) | Q(until__gt=at), membership=OuterRef("pk"), since__lte=at
    )
    found = Membership.objects.filter(
        programme_id=programme_id, member__erased_at=None, member__merged_into=None
    )
    if segment_keys:
        found = found.filter(Exists(stays.filter(segment__in=segment_keys)))
    if without_keys:
        found = found.exclude(Exists(stays.filter(segment__in=without_keys)))
    return found


def settle_by_conditions(segment: Segment, *, at: datetime) -> int:
    """Have in the locked segment whom its version in force describes."""
    statement, params = compile_document(tree_of(segment), segment.programme_id, at)
    return _settle(segment, statement, params, at)


def settle_by_ids(segment: Segment, membership_ids: Sequence[int], *, at: datetime) -> int:
    """Have exactly these in the locked segment."""
    params = {"wanted": list(membership_ids), "programme": segment.programme_id, "at": at}
    return _settle(segment, WANTED_IDS, params, at)


def tree_of(segment: Segment) -> Tree:
    """The conditions in force."""
    return read_document(segment.versions.get(number=segment.version).document)


def live_segments() -> QuerySet[Segment]:
    """Those that follow conditions."""
    return Segment.objects.filter(
        state=Segment.State.LIVE, kind=Segment.Kind.DYNAMIC, version__gt=0
    ).order_by("pk")


def in_order(segments: QuerySet[Segment]) -> list[Segment]:
    """Those that ask who is in another segment come after those that do not."""
    return sorted(segments, key=lambda each: (asks_segments(tree_of(each)), each.pk))


def asks_segments(tree: Tree) -> bool:
    """Whether it asks for a stay in another segment."""
    return any(attribute_of(each.attribute).key == "segment" for each in asked_by(tree))


def locked_segment(segment_id: int) -> Segment:
    """The segment, for one change at a time. Raises NotFound."""
    found = Segment.objects.select_for_update(no_key=True).filter(pk=segment_id).first()
    if found is None:
        raise NotFound("There is no such segment.", field="segment")
    return found


def _settle(segment: Segment, wanted: str, params: dict[str, Any], at: datetime) -> int:
    more = {
        "segment": segment.key,
        "entered": SegmentEntered.name,
        "left": SegmentLeft.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNHURRIED)
        cursor.execute(_SETTLE.replace("{wanted}", wanted), {**params, **more})
        size: int = cursor.fetchone()[0]
    segment.size, segment.refreshed_at = size, at
    segment.save(update_fields=["size", "refreshed_at"])
    return size
