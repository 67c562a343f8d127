"""Two records of one person become one, as if they had always been one."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from loyalty.services.merging import TakenOver, lock_holders, take_over
from loyalty.services.rulebook import current_rulebook
from loyalty.services.standings import locked_standings
from members.belongings import movers
from members.errors import AlreadyMerged, MemberErased, MemberUnknown
from members.events import MemberMerged
from members.identifiers import parse_identifier
from members.models import DuplicateCandidate, Identifier, Member, Membership, Merge
from members.selectors import account_of
from members.services.refold import Side, cause_of, fold_together

LONGEST_REASON = 300


class MovedLogin(msgspec.Struct, frozen=True, kw_only=True):
    """The absorbed one's login: whether it went over, else it is left without a member."""

    user: int
    went: bool
    address: int | None = None  # the identifier that its address became


class MovedProgramme(msgspec.Struct, frozen=True, kw_only=True):
    """What went over in one programme, from the absorbed membership to the kept one."""

    kept: int
    absorbed: int
    joined_at: datetime  # the kept one's own
    activities: list[UUID]
    taken: TakenOver
    belongings: dict[str, list[Any]]


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to part two records again, as `Merge.moved` keeps it."""

    login: MovedLogin | None = None
    memberships: list[int] = []  # of programmes where only the absorbed one was
    shells: list[UUID] = []  # of those who had been merged into the absorbed one
    belongings: dict[str, list[Any]] = {}
    programmes: list[MovedProgramme] = []


@transaction.atomic
def merge_members(
    *, kept_id: UUID, absorbed_id: UUID, reason: str, actor: str, at: datetime
) -> Merge:
    """Let the kept member have all that the absorbed one is found by, has and did.

    In each programme where both are, points, debts, tiers by hand and activities go over, and the
    two histories are judged as one: what that changes is booked. The absorbed record stays as a
    shell that leads to the kept one. Raises MemberUnknown, AlreadyMerged, MemberErased,
    PointsSetAside, InPool, AccountClosed, and InvalidRequest for the same record or without a reason.
    """
    check(kept_id, absorbed_id, reason)
    kept, absorbed = locked_pair(kept_id, absorbed_id)
    for member in (kept, absorbed):
        check_can_merge(member)
    merge = Merge.objects.create(
        id=uuid7(),
        kept=kept,
        absorbed=absorbed,
        reason=reason.strip(),
        actor=actor,
        merged_at=at,
    )
    shared, only = _memberships(kept, absorbed)
    belongings = {
        mover.key: list(mover.move(Membership(member=absorbed), Membership(member=kept)))
        for mover in movers()
        if mover.is_of_person
    }
    moved = Moved(
        login=_move_login(kept, absorbed, at),
        memberships=[membership.pk for membership in only],
        shells=_move_shells(kept, absorbed),
        belongings=belongings,
        programmes=[_merge_in(merge, *pair) for pair in shared],
    )
    Membership.objects.filter(pk__in=moved.memberships).update(member=kept)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["user", "merged_into"])
    merge.moved = msgspec.to_builtins(moved, str_keys=True)
    merge.save(update_fields=["moved"])
    decide_pair(kept.pk, absorbed.pk, DuplicateCandidate.State.MERGED, actor=actor, at=at)
    publish(
        MemberMerged(
            subject=kept.pk, occurred_at=at, merge=merge.pk, absorbed=absorbed.pk, actor=actor
        ),
        at=at,
    )
    return merge


def check(kept_id: UUID, absorbed_id: UUID, reason: str) -> None:
    """Raises InvalidRequest for the same record twice and without a reason."""
    if kept_id == absorbed_id:
        raise InvalidRequest("That is the same record.", field="other")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidRequest(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")


def locked_pair(first: UUID, second: UUID) -> tuple[Member, Member]:
    """Both members and then their memberships, held in the order of their ids. Raises MemberUnknown."""
    held = Member.objects.select_for_update(no_key=True).filter(pk__in=[first, second])
    members = {member.pk: member for member in held.order_by("pk")}
    if len(members) != len({first, second}):
        raise MemberUnknown("There is no such member.", field="other")
    memberships = Membership.objects.select_for_update(no_key=True)
    list(memberships.filter(member__in=members).order_by("pk"))
    return members[first], members[second]


def check_can_merge(member: Member) -> None:
    """Raises AlreadyMerged and MemberErased."""
    if member.merged_into_id is not None:
        raise AlreadyMerged("This record was merged into another one.", field="other")
    if member.erased_at is not None:
        raise MemberErased("This person was forgotten.", field="other")


def held_pair(first: Membership, second: Membership) -> tuple[Side, Side]:
    """Both with their standings, held until the transaction ends, as are all their accounts."""
    mine, other = account_of(first), account_of(second)
    held = {each.account_id: each for each in locked_standings([mine, other])}
    lock_holders(programme_id=first.programme_id, holders=[first.holder, second.holder])
    return Side(first, held[mine]), Side(second, held[other])


def move_activities(source: int, target: int, ids: list[UUID] | None = None) -> list[UUID]:
    """Let the target membership have these activities of the source, or all; their ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT members_move_activities(%s, %s, %s)", [source, target, ids])
        moved: list[UUID] = cursor.fetchone()[0]
    return moved


def decide_pair(
    one: UUID, other: UUID, state: DuplicateCandidate.State, *, actor: str, at: datetime
) -> None:
    """What became of the two as possible duplicates, if they were."""
    first, second = sorted((one, other))
    known = DuplicateCandidate.objects.filter(first=first, second=second)
    known.update(state=state, decided_at=at, decided_by=actor)


def _memberships(
    kept: Member, absorbed: Member
) -> tuple[list[tuple[Membership, Membership]], list[Membership]]:
    """Pairs (kept, absorbed) of the same programme; and those that only the absorbed one has."""
    own = {each.programme_id: each for each in kept.memberships.order_by("pk")}
    theirs = list(absorbed.memberships.order_by("pk"))
    shared = [(own[each.programme_id], each) for each in theirs if each.programme_id in own]
    return shared, [each for each in theirs if each.programme_id not in own]


def _move_login(kept: Member, absorbed: Member, at: datetime) -> MovedLogin | None:
    """The kept one's login stays. Without any it gets the absorbed one's; whose address finds it."""
    login = absorbed.user
    if login is None:
        return None
    went = kept.user_id is None
    absorbed.user = None
    absorbed.save(update_fields=["user"])
    if went:
        kept.user = login
        kept.save(update_fields=["user"])
    key = parse_identifier(f"email:{login.email}")
    address, is_new = Identifier.objects.get_or_create(
        kind=key.kind,
        system=key.system,
        value=key.value,
        defaults={"member": kept, "added_at": at},
    )
    return MovedLogin(user=login.pk, went=went, address=address.pk if is_new else None)


def _move_shells(kept: Member, absorbed: Member) -> list[UUID]:
    """Whoever was merged into the absorbed one leads to the kept one at once."""
    shells = Member.objects.filter(merged_into=absorbed)
    ids = list(shells.order_by("pk").values_list("pk", flat=True))
    shells.update(merged_into=kept)
    return ids


def _merge_in(merge: Merge, kept: Membership, absorbed: Membership) -> MovedProgramme:
    book = current_rulebook(programme_id=kept.programme_id)
    at, actor = merge.merged_at, merge.actor
    mine, other = held_pair(kept, absorbed)
    belongings = {
        mover.key: list(mover.move(absorbed, kept)) for mover in movers() if not mover.is_of_person
    }
    joined_at = kept.joined_at
    kept.joined_at = min(joined_at, absorbed.joined_at)
    kept.save(update_fields=["joined_at"])
    activities = move_activities(absorbed.pk, kept.pk)
    cause = cause_of(merge.pk, deed="merged", at=at)
    fold_together(book, mine, other, activities, cause=cause, actor=actor)
    taken = take_over(
        programme_id=kept.programme_id,
        kept=kept.holder,
        absorbed=absorbed.holder,
        merge=merge.pk,
        actor=actor,
        at=at,
    )
    return MovedProgramme(
        kept=kept.pk,
        absorbed=absorbed.pk,
        joined_at=joined_at,
        activities=activities,
        taken=taken,
        belongings=belongings,
    )
