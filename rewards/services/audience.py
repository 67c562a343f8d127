"""Whom an occasion is for: its programme, its moment, the tiers and the segments that it names."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from members.models import Membership
from members.selectors import tiers_of
from members.services.segments import segments_of
from rewards.models import Occasion


def live_occasions(moments: Sequence[str], *, programme_id: int | None = None) -> list[Occasion]:
    """Those that are live for one of these moments, whatever their period; in one query."""
    live = Occasion.objects.filter(state=Occasion.State.LIVE, moment__in=moments)
    if programme_id is not None:
        live = live.filter(programme_id=programme_id)
    return list(live.order_by("pk"))


def is_on(occasion: Occasion, at: datetime) -> bool:
    """Whether it gives for what happens at that moment."""
    has_begun = occasion.starts_at is None or occasion.starts_at <= at
    return has_begun and (occasion.ends_at is None or at < occasion.ends_at)


def is_for(occasion: Occasion, membership: Membership, *, at: datetime) -> bool:
    """Whether the member is one of those whom it is for, as they stand at that moment."""
    if occasion.programme_id != membership.programme_id:
        return False
    if occasion.segments and not segments_of(membership.pk, at=at) & set(occasion.segments):
        return False
    if not occasion.tiers:
        return True
    return any(held.tier in occasion.tiers for held in tiers_of(membership, "nl", at=at))


def members_of(holders: Iterable[UUID | None]) -> dict[UUID, Membership]:
    """The memberships by these holders; of who was merged whom they are now, of erased ones none."""
    wanted = {holder for holder in holders if holder}
    own = Membership.objects.select_related("member").filter(holder__in=wanted)
    found = {each.holder: each for each in own.filter(member__erased_at=None)}
    gone = {
        holder: each for holder, each in found.items() if each.member.merged_into_id is not None
    }
    found |= _kept(list(gone.values()))
    return {holder: one for holder, one in found.items() if one.member.merged_into_id is None}


def _kept(absorbed: Sequence[Membership]) -> dict[UUID, Membership]:
    if not absorbed:
        return {}
    into = {each.member.merged_into_id for each in absorbed}
    there = Membership.objects.select_related("member").filter(
        member__in=into, member__erased_at=None
    )
    by_key: dict[tuple[UUID | None, int], Membership] = {
        (each.member_id, each.programme_id): each for each in there
    }
    keys = {each.holder: (each.member.merged_into_id, each.programme_id) for each in absorbed}
    return {holder: by_key[key] for holder, key in keys.items() if key in by_key}
