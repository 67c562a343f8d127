"""Forgetting a person: nothing about them is left anywhere, and the books are as they were.

The ledger knows a pseudonym only; the row of the member, their memberships and activities stay as
that, without a word. An erasure is noted by its ids, so that it can be carried out again on a
database that was restored from before it.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from loyalty.services.closing import close_holder
from members.belongings import keepers
from members.errors import MemberUnknown
from members.events import MemberErased
from members.models import Erasure
from members.services.persons import Person, person_of
from members.services.traces import traces

REASONS = ("asked", "retention", "support")


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was forgotten: how many rows of each kind, and the points that were given up."""

    member: UUID
    points: int
    counts: dict[str, int]
    is_again: bool


class ErasureNote(msgspec.Struct, frozen=True, kw_only=True):
    """One erasure as it is kept outside the database: ids, a code and a moment."""

    member: UUID
    holders: tuple[UUID, ...]
    reason: str
    actor: str
    erased_at: datetime


@transaction.atomic
def erase_member(*, member_id: UUID, reason: str, actor: str, at: datetime) -> Erased:
    """Forget a person, with the records that were merged into theirs; for good, and at once.

    `reason` is one of REASONS. Their points are given up and their accounts closed; no total of the
    books changes otherwise. Again is nothing. Raises MemberUnknown, InvalidRequest for another
    reason, and what closing an account refuses; then nothing was forgotten.
    """
    if reason not in REASONS:
        raise InvalidRequest(f"A reason is one of {', '.join(REASONS)}.", field="reason")
    person = person_of(member_id)
    if person.member.erased_at is not None:
        return Erased(member=person.member.pk, points=0, counts={}, is_again=True)
    points = sum(close_holder(holder=holder, actor=actor, at=at) for holder in person.holders)
    counts = _forget(person, at)
    _note(person, counts, reason=reason, actor=actor, at=at)
    event = MemberErased(
        subject=person.member.pk, occurred_at=at, holders=person.holders, actor=actor
    )
    publish(event, at=at)
    return Erased(member=person.member.pk, points=points, counts=counts, is_again=False)


def _forget(person: Person, at: datetime) -> dict[str, int]:
    """The newest kind of belonging first; what somebody is called and found by goes last."""
    counts: Counter[str] = Counter()
    for place, forget in traces().items():
        counts[place] = forget(person)
    for keeper in reversed(keepers()):
        counts[keeper.key] = sum(keeper.erase(member, at) for member in person.members)
    return dict(+counts)


def _note(person: Person, counts: dict[str, int], *, reason: str, actor: str, at: datetime) -> None:
    """One row for each of their records: a restore may be from before they were made one."""
    holders: dict[UUID, list[str]] = {each.pk: [] for each in person.members}
    for membership in person.memberships:
        holders[membership.member_id].append(str(membership.holder))
    Erasure.objects.bulk_create(
        Erasure(
            id=uuid7(),
            member=each.pk,
            holders=holders[each.pk],
            reason=reason,
            actor=actor,
            erased_at=at,
            counts=counts if each.pk == person.member.pk else {},
        )
        for each in person.members
    )


# --- After a restore -----------------------------------------------------------------------------


def erasures() -> list[ErasureNote]:
    """All that were forgotten, the first first, for keeping outside the database."""
    return [
        ErasureNote(
            member=each.member,
            holders=tuple(UUID(holder) for holder in each.holders),
            reason=each.reason,
            actor=each.actor,
            erased_at=each.erased_at,
        )
        for each in Erasure.objects.order_by("erased_at", "pk")
    ]


def erase_again(*, note: ErasureNote, at: datetime) -> bool:
    """Forget somebody whom a restore brought back; False when they are forgotten or not there."""
    try:
        return not erase_member(
            member_id=note.member, reason=note.reason, actor=note.actor, at=at
        ).is_again
    except MemberUnknown:
        return False
