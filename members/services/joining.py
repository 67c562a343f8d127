"""Joining, step by step: check what is said, see whether it is free, write it down."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
import uuid_utils.compat
from django.db import transaction

from loyalty.errors import DomainError, InvalidRequest
from loyalty.events import DomainEvent, publish_all
from loyalty.services.accounts import open_member_accounts
from members.errors import IdentifierTaken
from members.events import ConsentChanged, MemberEnrolled
from members.identifiers import Kind, ParsedIdentifier, new_card_number, parse_identifier
from members.models import Consent, Identifier, Member, Membership
from members.services.consent_texts import versions_of
from members.services.consents import check_text
from members.types import ConsentGiven

LANGUAGES = ("nl", "en")
MOST_IDENTIFIERS = 20
LONGEST_NAME = 100


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who joins. `joined_at` is when, for those who joined elsewhere before.

    `location`, `campaign` and `join_link` are where and by what they were brought.
    """

    identifiers: Sequence[str]
    given_name: str = ""
    family_name: str = ""
    language: str = "nl"
    location: str = ""
    campaign: str = ""
    join_link: int | None = None
    consents: Sequence[ConsentGiven] = ()
    user_id: int | None = None
    joined_at: datetime | None = None


class Joining(msgspec.Struct, kw_only=True):
    """An enrolment on its way to the database."""

    enrolment: Enrolment
    identifiers: list[ParsedIdentifier]
    member: Member
    membership: Membership
    virtual_card: ParsedIdentifier | None = None


def judged(
    enrolments: Sequence[Enrolment], programme_id: int, touchpoint: str, at: datetime
) -> list[Joining | DomainError]:
    """Each enrolment ready to be stored, or why it cannot be."""
    words = versions_of(programme_id) if any(each.consents for each in enrolments) else {}
    parsed = [_parsed(enrolment, words) for enrolment in enrolments]
    taken = _taken([key for keys in parsed if not isinstance(keys, DomainError) for key in keys])
    cards = iter(_fresh_cards(len(enrolments)))
    answers: list[Joining | DomainError] = []
    for enrolment, keys in zip(enrolments, parsed, strict=True):
        if isinstance(keys, DomainError):
            answers.append(keys)
        elif any(key in taken for key in keys):
            answers.append(IdentifierTaken("Somebody has this identifier.", field="identifiers"))
        else:
            taken.update(keys)
            membership = _membership(enrolment, programme_id, touchpoint, at)
            answers.append(_joining(enrolment, keys, cards, membership))
    return answers


def _fresh_cards(count: int) -> list[ParsedIdentifier]:
    """So many new card numbers that nobody has."""
    fresh: set[ParsedIdentifier] = set()
    while missing := count - len(fresh):
        drawn = [ParsedIdentifier(Kind.CARD.value, "", new_card_number()) for _ in range(missing)]
        fresh.update(set(drawn) - _taken(drawn))
    return list(fresh)


def _joining(
    enrolment: Enrolment,
    identifiers: list[ParsedIdentifier],
    cards: Iterator[ParsedIdentifier],
    membership: Membership,
) -> Joining:
    """Ready to be stored, with a virtual card for who brings none."""
    has_card = any(key.kind == Kind.CARD for key in identifiers)
    virtual_card = None if has_card else next(cards)
    return Joining(
        enrolment=enrolment,
        identifiers=[*identifiers, virtual_card] if virtual_card else identifiers,
        member=membership.member,
        membership=membership,
        virtual_card=virtual_card,
    )


def _membership(
    enrolment: Enrolment, programme_id: int, touchpoint: str, at: datetime
) -> Membership:
    member = Member(
        id=uuid_utils.compat.uuid7(),
        user_id=enrolment.user_id,
        given_name=enrolment.given_name.strip(),
        family_name=enrolment.family_name.strip(),
        language=enrolment.language,
    )
    return membership_of(member, programme_id, enrolment, touchpoint, at)


def membership_of(
    member: Member, programme_id: int, enrolment: Enrolment, touchpoint: str, at: datetime
) -> Membership:
    return Membership(
        member=member,
        programme_id=programme_id,
        holder=uuid_utils.compat.uuid7(),
        joined_at=enrolment.joined_at or at,
        joined_through=touchpoint,
        joined_location=enrolment.location,
        joined_campaign=enrolment.campaign,
        join_link_id=enrolment.join_link,
    )


def _parsed(
    enrolment: Enrolment, words: Mapping[str, set[str]]
) -> list[ParsedIdentifier] | DomainError:
    """The identifiers, each once; or what is wrong with the enrolment.

    `words` are the versions of the words that can be agreed to, by the purpose.
    """
    try:
        _check(enrolment)
        for consent in enrolment.consents:
            if consent.is_given:
                check_text(words.get(consent.purpose, set()), consent.text_version)
        keys = [
            _identifier(text, f"identifiers.{number}")
            for number, text in enumerate(enrolment.identifiers)
        ]
    except DomainError as refusal:
        return refusal
    return list(dict.fromkeys(keys))


def _identifier(text: str, place: str) -> ParsedIdentifier:
    try:
        return parse_identifier(text)
    except InvalidRequest as refusal:
        raise InvalidRequest(refusal.detail, field=place) from refusal


def _check(enrolment: Enrolment) -> None:
    if enrolment.language not in LANGUAGES:
        raise InvalidRequest(f"A language is {' or '.join(LANGUAGES)}.", field="language")
    if len(enrolment.identifiers) > MOST_IDENTIFIERS:
        raise InvalidRequest(f"At most {MOST_IDENTIFIERS} identifiers.", field="identifiers")
    for field in ("given_name", "family_name"):
        check_name(getattr(enrolment, field), field)


def check_name(name: str, field: str) -> None:
    """Raises InvalidRequest for a name that is too long or holds control characters."""
    if len(name) > LONGEST_NAME or not all(
        character.isprintable() or character == "\u200d" for character in name
    ):
        raise InvalidRequest(f"A name has at most {LONGEST_NAME} readable characters.", field=field)


def _taken(keys: Sequence[ParsedIdentifier]) -> set[ParsedIdentifier]:
    """Those of the keys that belong to somebody."""
    rows = Identifier.objects.filter(value__in={key.value for key in keys})
    found = {ParsedIdentifier(*row) for row in rows.values_list("kind", "system", "value")}
    return found.intersection(keys)


@transaction.atomic
def store(
    programme_id: int,
    joining: list[Joining],
    *,
    touchpoint: str,
    is_verified: bool,
    actor: str,
    at: datetime,
) -> None:
    """Write all of them down. Raises IntegrityError when an identifier was taken meanwhile."""
    Member.objects.bulk_create([each.member for each in joining])
    Membership.objects.bulk_create([each.membership for each in joining])
    Identifier.objects.bulk_create(
        Identifier(
            member=each.member,
            kind=key.kind,
            system=key.system,
            value=key.value,
            is_virtual=key == each.virtual_card,
            added_at=at,
            verified_at=at if is_verified else None,
        )
        for each in joining
        for key in each.identifiers
    )
    Consent.objects.bulk_create(
        Consent(
            member=each.member,
            **msgspec.structs.asdict(consent),
            touchpoint=touchpoint,
            actor=actor,
            recorded_at=at,
        )
        for each in joining
        for consent in each.enrolment.consents
    )
    open_accounts(programme_id, joining, touchpoint, at)


def open_accounts(programme_id: int, joining: list[Joining], touchpoint: str, at: datetime) -> None:
    """Open the accounts and tell of everyone who joined, and of what they agreed to."""
    holders = [each.membership.holder for each in joining]
    open_member_accounts(programme_id=programme_id, holders=holders, at=at)
    publish_all([event for each in joining for event in _events(each, touchpoint, at)], at=at)


def _events(each: Joining, touchpoint: str, at: datetime) -> list[DomainEvent]:
    enrolled: DomainEvent = MemberEnrolled(
        subject=each.membership.holder,
        occurred_at=each.membership.joined_at,
        member=each.member.pk,
        touchpoint=touchpoint,
        location=each.membership.joined_location,
    )
    consents: list[DomainEvent] = [
        ConsentChanged(
            subject=each.member.pk,
            occurred_at=at,
            touchpoint=touchpoint,
            **msgspec.structs.asdict(consent),
        )
        for consent in each.enrolment.consents
    ]
    return [enrolled, *consents]
