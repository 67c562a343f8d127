"""Segments: which members are in which, from when until when. Rules know them as facts.

A stay is ended, never deleted: what a member did is judged by the segments of that moment.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from loyalty.errors import InvalidRequest, NotFound
from members.models import Membership, SegmentMembership


@transaction.atomic
def join_segment(
    *, membership_id: int, segment: str, at: datetime, until: datetime | None = None
) -> SegmentMembership:
    """Have the member in the segment from `at` until `until`, exclusive; without it, for good.

    Who is in it already stays in it, until the later of the two moments. Raises NotFound, also for
    somebody who was erased, and InvalidRequest for a stay that is over before it begins.
    """
    if until is not None and until <= at:
        raise InvalidRequest("It ends after it begins.", field="until")
    lock_member(membership_id)
    stay = _stays(membership_id, at).filter(segment=segment).first()
    if stay is None:
        return SegmentMembership.objects.create(
            membership_id=membership_id, segment=segment, since=at, until=until
        )
    if stay.until is not None and (until is None or until > stay.until):
        stay.until = until
        stay.save(update_fields=["until"])
    return stay


@transaction.atomic
def leave_segment(
    *, membership_id: int, segment: str, at: datetime, until: datetime | None = None
) -> bool:
    """Let a member's stay in the segment end: now, or at `until` if that is still to come.

    Whether they were in it. What they did in it keeps what it earned. Raises NotFound.
    """
    lock_member(membership_id)
    end = max(at, until or at)
    return _stays(membership_id, at).filter(segment=segment).update(until=end) > 0


def segments_of(membership_id: int, *, at: datetime) -> frozenset[str]:
    """The segments that the member is in at that moment."""
    return frozenset(_stays(membership_id, at).values_list("segment", flat=True))


def stay_of(membership_id: int, segment: str, *, at: datetime) -> SegmentMembership | None:
    """The member's stay in that segment at that moment, if they are in it."""
    return _stays(membership_id, at).filter(segment=segment).first()


def members_in(programme_id: int, segments: list[str], *, at: datetime) -> set[int]:
    """Of which memberships one of the segments is told at that moment; in one query."""
    stays = SegmentMembership.objects.filter(
        _over(at), membership__programme_id=programme_id, segment__in=segments
    )
    return set(stays.values_list("membership_id", flat=True))


def lock_member(membership_id: int) -> None:
    """One change at a time of what a member is in. Raises NotFound, also for somebody erased."""
    there = Membership.objects.select_for_update(of=("self",), no_key=True)
    found = there.filter(pk=membership_id, member__erased_at=None).values_list("pk", flat=True)
    if found.first() is None:
        raise NotFound("There is no such member.", field="member")


def _stays(membership_id: int, at: datetime) -> QuerySet[SegmentMembership]:
    """Those that the moment falls in, the longest first; a merge can have made them several."""
    stays = SegmentMembership.objects.filter(_over(at), membership_id=membership_id)
    return stays.order_by("-until", "pk")


def _over(at: datetime) -> Q:
    return Q(since__lte=at) & (Q(until=None) | Q(until__gt=at))
