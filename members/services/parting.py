"""A merge undone: two people again, each with what was theirs, as far as it is still there."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from loyalty.services.merging import give_back
from loyalty.services.rulebook import current_rulebook
from members.belongings import movers
from members.errors import MemberErased, MergeEnded, PartLaterMergeFirst
from members.events import MemberParted
from members.models import DuplicateCandidate, Identifier, Member, Membership, Merge
from members.services.merging import (
    LONGEST_REASON,
    Moved,
    MovedLogin,
    MovedProgramme,
    decide_pair,
    held_pair,
    locked_pair,
    move_activities,
)
from members.services.refold import cause_of, fold_again

# What goes back: what came over, and what came back since of the sales among it; but no return of
# a sale that stays.
_GOING_BACK = """
SELECT a.id FROM members_activity a
LEFT JOIN members_activity s
       ON a.original <> '' AND s.programme_id = a.programme_id
      AND s.source || ':' || s.external_id = a.original AND s.membership_id = %(kept)s
WHERE a.membership_id = %(kept)s
  AND CASE WHEN s.id IS NULL THEN a.id = ANY (%(moved)s) ELSE s.id = ANY (%(moved)s) END
ORDER BY a.id
"""


@transaction.atomic
def part_members(*, merge_id: UUID, reason: str, actor: str, at: datetime) -> Merge:
    """Give the absorbed member back what the merge moved, as far as it is there; judge both again.

    What was spent since stays spent; what the kept one did and got since stays theirs. Raises
    NotFound, MergeEnded, PartLaterMergeFirst, MemberErased, PointsSetAside, and InvalidRequest
    without a reason.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidRequest(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    found = Merge.objects.filter(pk=merge_id).first()
    if found is None:
        raise NotFound("There is no such merge.")
    kept, absorbed = locked_pair(found.kept_id, found.absorbed_id)
    merge = Merge.objects.select_for_update().get(pk=merge_id)
    _check(merge, kept, absorbed)
    moved = msgspec.convert(merge.moved, Moved, str_keys=True)
    for each in moved.programmes:
        _part_in(merge, each, actor=actor, at=at)
    for mover in reversed(movers()):
        if mover.is_of_person and mover.key in moved.belongings:
            mover.move_back(moved.belongings[mover.key], Membership(member=absorbed))
    Membership.objects.filter(pk__in=moved.memberships, member=kept).update(member=absorbed)
    Member.objects.filter(pk__in=moved.shells, merged_into=kept).update(merged_into=absorbed)
    absorbed.merged_into = None
    if moved.login:
        _give_back_login(moved.login, kept, absorbed)
    absorbed.save(update_fields=["user", "merged_into"])
    merge.parted_at, merge.parted_by, merge.parted_reason = at, actor, reason.strip()
    merge.save(update_fields=["parted_at", "parted_by", "parted_reason"])
    decide_pair(kept.pk, absorbed.pk, DuplicateCandidate.State.DISMISSED, actor=actor, at=at)
    publish(
        MemberParted(
            subject=kept.pk, occurred_at=at, merge=merge.pk, absorbed=absorbed.pk, actor=actor
        ),
        at=at,
    )
    return merge


def _check(merge: Merge, kept: Member, absorbed: Member) -> None:
    if merge.parted_at is not None:
        raise MergeEnded("This merge was undone before.")
    if kept.merged_into_id is not None:
        raise PartLaterMergeFirst("The kept record was merged too; undo that first.")
    if kept.erased_at is not None or absorbed.erased_at is not None:
        raise MemberErased("This person was forgotten.")


def _part_in(merge: Merge, moved: MovedProgramme, *, actor: str, at: datetime) -> None:
    kept = Membership.objects.get(pk=moved.kept)
    absorbed = Membership.objects.get(pk=moved.absorbed)
    book = current_rulebook(programme_id=kept.programme_id)
    mine, other = held_pair(kept, absorbed)
    back = move_activities(kept.pk, absorbed.pk, _going_back(kept.pk, moved.activities))
    give_back(
        programme_id=kept.programme_id,
        kept=kept.holder,
        absorbed=absorbed.holder,
        merge=merge.pk,
        merged_at=merge.merged_at,
        taken=moved.taken,
        activities=[str(activity) for activity in back],
        actor=actor,
        at=at,
    )
    for mover in reversed(movers()):
        if not mover.is_of_person and mover.key in moved.belongings:
            mover.move_back(moved.belongings[mover.key], absorbed)
    kept.joined_at = moved.joined_at
    kept.save(update_fields=["joined_at"])
    cause = cause_of(merge.pk, deed="parted", at=at)
    fold_again(book, other, cause=cause, actor=actor)
    fold_again(book, mine, cause=cause, actor=actor)


def _going_back(kept: int, moved: list[UUID]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_GOING_BACK, {"kept": kept, "moved": moved})
        return [activity for (activity,) in cursor.fetchall()]


def _give_back_login(login: MovedLogin, kept: Member, absorbed: Member) -> None:
    """The login is the absorbed one's again, unless it has become somebody else's meanwhile."""
    if login.address is not None:
        Identifier.objects.filter(pk=login.address, member=kept).delete()
    if login.went and kept.user_id == login.user:
        kept.user = None
        kept.save(update_fields=["user"])
    if not Member.objects.filter(user=login.user).exists():
        absorbed.user_id = login.user
