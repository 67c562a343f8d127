"""A few members looked at again because something happened to them: in which segments are they?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from loyalty.events import DomainEvent, publish_all
from members.events import SegmentEntered, SegmentLeft
from members.models import Membership, Segment, SegmentMembership
from members.segments.document import Tree, questions
from members.segments.matching import matches
from members.services.segments.knowing import facts_of
from members.services.segments.refreshing import asks_segments, live_segments, tree_of


def follow_members(*, subjects: Iterable[UUID], at: datetime) -> int:
    """Have these holders or members in the live segments they belong to now; how many changes.

    Whom we do not know, and who was erased or merged into another, is passed by.
    """
    wanted = set(subjects)
    meant = Q(holder__in=wanted) | Q(member__in=wanted)
    rows = Membership.objects.filter(meant, member__erased_at=None, member__merged_into=None)
    by_programme: dict[int, list[int]] = {}
    for programme_id, pk in rows.order_by("pk").values_list("programme_id", "pk"):
        by_programme.setdefault(programme_id, []).append(pk)
    return sum(_follow(*each, at=at) for each in by_programme.items())


@transaction.atomic
def _follow(programme_id: int, membership_ids: list[int], *, at: datetime) -> int:
    live = live_segments().filter(programme_id=programme_id)
    # a refresh of the whole segment waits for this, and this for a refresh
    ids = list(live.values_list("pk", flat=True))
    segments = Segment.objects.raw(
        "SELECT * FROM members_segment WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ids]
    )
    trees = {each.key: tree_of(each) for each in segments if each.state == Segment.State.LIVE}
    locked = Membership.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    holders = dict(locked.filter(pk__in=membership_ids).values_list("pk", "holder"))
    alone = {key: tree for key, tree in trees.items() if not asks_segments(tree)}
    rest = {key: tree for key, tree in trees.items() if key not in alone}
    return _settle(alone, holders, at) + _settle(rest, holders, at)


def _settle(trees: dict[str, Tree], holders: dict[int, UUID], at: datetime) -> int:
    if not trees or not holders:
        return 0
    asked = list(dict.fromkeys(each for tree in trees.values() for each in questions(tree)))
    known = facts_of(list(holders), asked, at)
    belongs = {
        (pk, key)
        for pk, facts in known.items()
        for key, tree in trees.items()
        if matches(tree, facts, at=at).is_in
    }
    stays = SegmentMembership.objects.filter(
        Q(until=None) | Q(until__gt=at),
        since__lte=at,
        membership__in=holders,
        segment__in=list(trees),
    )
    is_in = set(stays.values_list("membership_id", "segment"))
    come, gone = sorted(belongs - is_in), sorted(is_in - belongs)
    _write(stays, come, gone, at)
    _tell(come, gone, holders, at)
    return len(come) + len(gone)


def _write(
    stays: QuerySet[SegmentMembership],
    come: Sequence[tuple[int, str]],
    gone: Sequence[tuple[int, str]],
    at: datetime,
) -> None:
    SegmentMembership.objects.bulk_create(
        SegmentMembership(membership_id=pk, segment=key, since=at) for pk, key in come
    )
    for pk, key in gone:
        stays.filter(membership_id=pk, segment=key).update(until=at)


def _tell(
    come: Sequence[tuple[int, str]],
    gone: Sequence[tuple[int, str]],
    holders: dict[int, UUID],
    at: datetime,
) -> None:
    events: list[DomainEvent] = [
        SegmentEntered(subject=holders[pk], occurred_at=at, segment=key) for pk, key in come
    ]
    events += [SegmentLeft(subject=holders[pk], occurred_at=at, segment=key) for pk, key in gone]
    if events:
        publish_all(events, at=at)
