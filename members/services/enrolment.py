"""How somebody becomes a member, anywhere: at the till, in the webshop, by signing in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty.errors import DomainError
from members.errors import IdentifierTaken
from members.identifiers import ParsedIdentifier, parse_identifier
from members.models import Identifier, Member, Membership, User
from members.services.completion import completed, note_completed
from members.services.joining import (
    LANGUAGES,
    Enrolment,
    Joining,
    judged,
    membership_of,
    open_accounts,
    store,
)
from members.services.matching import match_member, note_twin
from members.types import ConsentGiven

__all__ = ["Enrolment", "enrol_member", "enrol_members", "enrol_or_find", "member_for_login"]


def enrol_member(
    *,
    programme_id: int,
    identifiers: Sequence[str],
    given_name: str = "",
    family_name: str = "",
    language: str = "nl",
    touchpoint: str,
    location: str = "",
    campaign: str = "",
    join_link: int | None = None,
    consents: Sequence[ConsentGiven] = (),
    user_id: int | None = None,
    verified: bool = False,
    actor: str,
    at: datetime,
) -> Membership:
    """Make somebody a member: found by these identifiers, with a card and an empty account.

    Who brings no card gets a virtual one. `verified` says that whoever joins has proved to own the
    identifiers. Raises InvalidRequest with the field, and IdentifierTaken when somebody else, or
    the same person joining twice, has one of them; then nothing was written.
    """
    enrolment = Enrolment(
        identifiers=identifiers,
        given_name=given_name,
        family_name=family_name,
        language=language,
        location=location,
        campaign=campaign,
        join_link=join_link,
        consents=consents,
        user_id=user_id,
    )
    answer = enrol_members(
        programme_id=programme_id,
        enrolments=[enrolment],
        touchpoint=touchpoint,
        verified=verified,
        actor=actor,
        at=at,
    )[0]
    if isinstance(answer, DomainError):
        raise answer
    said = [parse_identifier(text) for text in identifiers]
    note_twin(member_id=answer.member_id, identifiers=said, at=at)
    return answer


def enrol_or_find(
    *, programme_id: int, identifiers: Sequence[str], at: datetime, **enrolment: Any
) -> tuple[Membership, bool]:
    """The member whom these identifiers mean, else a new one (as `enrol_member`); whether it is new.

    A known member stays exactly as they were: nothing else that was given is linked to them, as
    nothing proves it. However many try at once, one member comes of it. Raises IdentifierBlocked,
    IdentifiersOfTwoMembers, and IdentifierTaken when the member is not in this programme.
    """
    for text in identifiers:
        parse_identifier(text)
    known = match_member(programme_id=programme_id, identifiers=identifiers)
    if known is not None:
        return known, False
    try:
        new = enrol_member(programme_id=programme_id, identifiers=identifiers, at=at, **enrolment)
    except IdentifierTaken:  # perhaps meanwhile
        known = match_member(programme_id=programme_id, identifiers=identifiers)
        if known is None:
            raise
        return known, False
    return new, True


def enrol_members(
    *,
    programme_id: int,
    enrolments: Sequence[Enrolment],
    touchpoint: str,
    verified: bool = False,
    actor: str,
    at: datetime,
) -> list[Membership | DomainError]:
    """As `enrol_member` for each, in a handful of statements; what is refused harms no other.

    Raises IdentifierTaken, with nothing written, when another enrolment took one meanwhile.
    """
    answers = judged(enrolments, programme_id, touchpoint, at)
    joining = [answer for answer in answers if isinstance(answer, Joining)]
    if joining:
        try:
            store(
                programme_id,
                joining,
                touchpoint=touchpoint,
                is_verified=verified,
                actor=actor,
                at=at,
            )
        except IntegrityError as taken:
            raise IdentifierTaken("Somebody has this identifier.", field="identifiers") from taken
    return [answer.membership if isinstance(answer, Joining) else answer for answer in answers]


@transaction.atomic
def member_for_login(
    *,
    user_id: int,
    email: str,
    programme_id: int,
    touchpoint: str,
    language: str,
    location: str = "",
    campaign: str = "",
    join_link: int | None = None,
    completes: UUID | None = None,
    at: datetime,
) -> Membership:
    """The membership of whoever signed in, having proved that the e-mail address is theirs.

    That is: of the member linked to the login; else of the member with this address, who is linked
    from now on; else of the member whom they complete, when that one has no login; else a new one,
    who came by that touchpoint, location and campaign. Raises IdentifierTaken when the member with
    this address signs in otherwise.

    Who completes one member and turns out to be another is left to be decided as a duplicate.
    """
    User.objects.select_for_update().get(pk=user_id)  # two sign-ins at once make one member
    address = parse_identifier(f"email:{email}")
    member = Member.objects.filter(user_id=user_id).first() or _claimed(address, user_id, at)
    if completes is not None and member is None:
        member = completed(member_id=completes, user_id=user_id, address=address, at=at)
    elif completes is not None and member is not None:
        note_completed(member_id=completes, by=member, at=at)
    actor = f"login:{user_id}"
    if member is None:
        return enrol_member(
            programme_id=programme_id,
            identifiers=[str(address)],
            language=language if language in LANGUAGES else "nl",
            touchpoint=touchpoint,
            location=location,
            campaign=campaign,
            join_link=join_link,
            user_id=user_id,
            verified=True,
            actor=actor,
            at=at,
        )
    known = Membership.objects.filter(member=member, programme_id=programme_id).first()
    way = Enrolment(identifiers=(), location=location, campaign=campaign, join_link=join_link)
    return known or _joined_too(member, programme_id, way, touchpoint, at)


def _claimed(address: ParsedIdentifier, user_id: int, at: datetime) -> Member | None:
    """The member with that address, linked to the login that proved to own it."""
    identifier = (
        Identifier.objects.select_for_update()
        .select_related("member")
        .filter(kind=address.kind, system="", value=address.value)
        .first()
    )
    if identifier is None:
        return None
    member = identifier.member
    if identifier.blocked_at is not None:
        raise IdentifierTaken("This address was blocked.")
    if member.user_id is not None:
        raise IdentifierTaken("This address belongs to a member with another login.")
    member.user_id = user_id
    member.save(update_fields=["user"])
    identifier.verified_at = at
    identifier.save(update_fields=["verified_at"])
    return member


def _joined_too(
    member: Member, programme_id: int, enrolment: Enrolment, touchpoint: str, at: datetime
) -> Membership:
    """A member of one programme joins another of the same firm."""
    membership = membership_of(member, programme_id, enrolment, touchpoint, at)
    joining = Joining(enrolment=enrolment, identifiers=[], member=member, membership=membership)
    membership.save(force_insert=True)
    open_accounts(programme_id, [joining], touchpoint, at)
    return membership
