"""By what a member is found: added, removed, blocked when it was lost, and moved to a new card."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.errors import (
    IdentifierBlocked,
    IdentifierOfLogin,
    IdentifierTaken,
    IdentifierUnknown,
    LastIdentifier,
    MemberUnknown,
)
from members.events import CardBlocked, CardUnblocked, IdentifierAdded, IdentifierRemoved
from members.identifiers import Kind, ParsedIdentifier, new_card_number, parse_identifier
from members.models import Identifier, Member
from members.services.joining import MOST_IDENTIFIERS


class BlockReason(models.TextChoices):
    """Why something no longer finds a member."""

    LOST = "LOST", _("Lost")
    STOLEN = "STOLEN", _("Stolen")
    DAMAGED = "DAMAGED", _("Damaged")
    REPLACED = "REPLACED", _("Replaced by another")


@transaction.atomic
def add_identifier(
    *, member_id: UUID, identifier: str, verified: bool = False, actor: str, at: datetime
) -> Identifier:
    """Let the member be found by this too; what they have already is left as it is.

    `verified` says that it was proved to be theirs. Raises MemberUnknown, InvalidRequest,
    IdentifierTaken when it is somebody else's, and IdentifierBlocked when it is the member's own
    but blocked: what was lost never comes back by itself.
    """
    member = _locked(member_id)
    return _added(member, parse_identifier(identifier), verified, actor, at)


@transaction.atomic
def remove_identifier(*, member_id: UUID, identifier_id: int, actor: str, at: datetime) -> None:
    """Let the member be found by this no more, so that somebody else can have it.

    Raises MemberUnknown, IdentifierUnknown, LastIdentifier when nothing else finds them,
    IdentifierOfLogin for the address that they sign in with, and IdentifierBlocked for a lost card,
    which nobody may ever have again.
    """
    member = _locked(member_id)
    identifier = _of(member, identifier_id)
    if identifier.blocked_at:
        raise IdentifierBlocked("A blocked card stays blocked; nobody may have it again.")
    others = member.identifiers.filter(blocked_at__isnull=True).exclude(pk=identifier.pk)
    if not others.exists():
        raise LastIdentifier("Nothing else finds this member.")
    login = member.user.email.lower() if member.user else ""
    if identifier.kind == Kind.EMAIL and identifier.value == login:
        raise IdentifierOfLogin("The member signs in with this address.")
    event = IdentifierRemoved(
        subject=member.pk,
        occurred_at=at,
        identifier=identifier.pk,
        kind=identifier.kind,
        actor=actor,
    )
    identifier.delete()
    publish(event, at=at)


@transaction.atomic
def block_card(
    *, member_id: UUID, identifier_id: int, reason: str, actor: str, at: datetime
) -> Identifier:
    """From now on a lost card, or whatever else it is, finds nobody; the balance is untouched.

    Also the last one may be blocked: a thief spends faster than a desk makes a new card. Raises
    MemberUnknown, IdentifierUnknown, InvalidRequest for a reason that we do not know, and
    IdentifierBlocked when it is blocked already.
    """
    return _blocked(_locked(member_id), identifier_id, reason, actor, at)


@transaction.atomic
def unblock_card(*, member_id: UUID, identifier_id: int, actor: str, at: datetime) -> Identifier:
    """It was found again, and finds the member as before; what was not blocked stays as it is.

    Raises MemberUnknown and IdentifierUnknown.
    """
    member = _locked(member_id)
    identifier = _of(member, identifier_id)
    if identifier.blocked_at is None:
        return identifier
    identifier.blocked_at = None
    identifier.save(update_fields=["blocked_at"])
    event = CardUnblocked(
        subject=member.pk,
        occurred_at=at,
        identifier=identifier.pk,
        kind=identifier.kind,
        actor=actor,
    )
    publish(event, at=at)
    return identifier


@transaction.atomic
def move_card(
    *,
    member_id: UUID,
    identifier_id: int,
    number: str = "",
    reason: str = BlockReason.LOST,
    actor: str,
    at: datetime,
) -> Identifier:
    """The member goes on with another card: the one with this number, or a new virtual one.

    The old one is blocked, with whatever it was worth: points are the member's, not the card's.
    Raises as `block_card` and `add_identifier` do, with nothing changed.
    """
    member = _locked(member_id)
    old = _blocked(member, identifier_id, reason, actor, at)
    if old.kind != Kind.CARD:
        raise InvalidRequest("Only a card is replaced by a card.", field="identifier")
    if number:
        key = parse_identifier(f"card:{number}")
        return _added(member, key, False, actor, at)
    return _added(member, _fresh_card(), False, actor, at, is_virtual=True)


def _locked(member_id: UUID) -> Member:
    """The member, who does nothing else meanwhile. Raises MemberUnknown for one who is no more."""
    member = (
        Member.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=member_id, merged_into__isnull=True, erased_at__isnull=True)
        .first()
    )
    if member is None:
        raise MemberUnknown("There is no such member.")
    return member


def _of(member: Member, identifier_id: int) -> Identifier:
    identifier = member.identifiers.filter(pk=identifier_id).first()
    if identifier is None:
        raise IdentifierUnknown("The member has no such identifier.", field="identifier")
    return identifier


def _fresh_card() -> ParsedIdentifier:
    while True:
        number = new_card_number()
        if not Identifier.objects.filter(kind=Kind.CARD, value=number).exists():
            return ParsedIdentifier(Kind.CARD.value, "", number)


def _added(
    member: Member,
    key: ParsedIdentifier,
    verified: bool,
    actor: str,
    at: datetime,
    *,
    is_virtual: bool = False,
) -> Identifier:
    known = Identifier.objects.filter(kind=key.kind, system=key.system, value=key.value).first()
    if known is not None:
        return _known(member, known, verified, at)
    if member.identifiers.count() >= MOST_IDENTIFIERS:
        raise InvalidRequest(f"At most {MOST_IDENTIFIERS} identifiers.", field="identifier")
    identifier = Identifier(
        member=member,
        kind=key.kind,
        system=key.system,
        value=key.value,
        is_virtual=is_virtual,
        added_at=at,
        verified_at=at if verified else None,
    )
    try:
        with transaction.atomic():
            identifier.save(force_insert=True)
    except IntegrityError as taken:  # somebody was quicker
        raise _taken() from taken
    event = IdentifierAdded(
        subject=member.pk,
        occurred_at=at,
        identifier=identifier.pk,
        kind=identifier.kind,
        is_verified=verified,
        actor=actor,
    )
    publish(event, at=at)
    return identifier


def _known(member: Member, known: Identifier, verified: bool, at: datetime) -> Identifier:
    if known.member_id != member.pk:
        raise _taken()
    if known.blocked_at:
        raise IdentifierBlocked("This one was blocked.", field="identifier")
    if verified and known.verified_at is None:
        known.verified_at = at
        known.save(update_fields=["verified_at"])
    return known


def _taken() -> IdentifierTaken:
    return IdentifierTaken("Somebody has this identifier.", field="identifier")


def _blocked(
    member: Member, identifier_id: int, reason: str, actor: str, at: datetime
) -> Identifier:
    if reason not in BlockReason.values:
        raise InvalidRequest(f"A reason is {', '.join(BlockReason.values)}.", field="reason")
    identifier = _of(member, identifier_id)
    if identifier.blocked_at:
        raise IdentifierBlocked("It is blocked already.", field="identifier")
    identifier.blocked_at = at
    identifier.save(update_fields=["blocked_at"])
    event = CardBlocked(
        subject=member.pk,
        occurred_at=at,
        identifier=identifier.pk,
        kind=identifier.kind,
        reason=reason,
        actor=actor,
    )
    publish(event, at=at)
    return identifier
