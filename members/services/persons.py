"""All that one person is in the tables: their record and those merged into it, and their words."""

from uuid import UUID

import msgspec
from allauth.account.models import EmailAddress

from members.errors import MemberUnknown
from members.models import Identifier, Member, Membership, User

SHORTEST = 3
_DIGITS_OF_A_NUMBER = 9


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, under all ids; `marks` point to nobody else, `names` may be others' too.

    Both are in lower case.
    """

    member: Member
    members: list[Member]  # the record itself, then those that were merged into it
    memberships: list[Membership]
    user_ids: list[int]
    marks: list[str]
    names: list[str]

    @property
    def ids(self) -> list[UUID]:
        return [member.pk for member in self.members]

    @property
    def holders(self) -> list[UUID]:
        return [membership.holder for membership in self.memberships]

    @property
    def needles(self) -> list[str]:
        return [*self.marks, *self.names]


def person_of(member_id: UUID) -> Person:
    """The person whose record this is, or was before a merge; locked until the transaction ends.

    Raises MemberUnknown.
    """
    member = _kept(member_id)
    members = [member, *_absorbed([member.pk])]
    ids = [each.pk for each in members]
    user_ids = [each.user_id for each in members if each.user_id is not None]
    names = {part.lower() for each in members for part in _parts(each)}
    return Person(
        member=member,
        members=members,
        memberships=list(Membership.objects.filter(member__in=ids).order_by("pk")),
        user_ids=user_ids,
        marks=sorted(_marks(ids, user_ids)),
        names=sorted(name for name in names if len(name) >= SHORTEST),
    )


def _kept(member_id: UUID) -> Member:
    locked = Member.objects.select_for_update(no_key=True)
    member = locked.filter(pk=member_id).first()
    while member is not None and member.merged_into_id is not None:
        member = locked.filter(pk=member.merged_into_id).first()
    if member is None:
        raise MemberUnknown("There is no such member.", field="member")
    return member


def _absorbed(ids: list[UUID]) -> list[Member]:
    found = list(Member.objects.select_for_update(no_key=True).filter(merged_into__in=ids))
    return [*found, *_absorbed([each.pk for each in found])] if found else []


def _parts(member: Member) -> list[str]:
    return [*member.given_name.split(), *member.family_name.split()]


def _marks(ids: list[UUID], user_ids: list[int]) -> set[str]:
    rows = Identifier.objects.filter(member__in=ids).values_list("kind", "value")
    marks = {value.lower() for _, value in rows}
    marks |= {value[-_DIGITS_OF_A_NUMBER:] for kind, value in rows if kind == Identifier.Kind.PHONE}
    addresses = EmailAddress.objects.filter(user__in=user_ids)
    marks |= {email.lower() for email in addresses.values_list("email", flat=True)}
    logins = User.objects.filter(pk__in=user_ids)
    marks |= {email.lower() for email in logins.values_list("email", flat=True)}
    return {mark for mark in marks if len(mark) >= SHORTEST}
