"""Completing a membership that somebody else began: at a till, by a webshop, on paper.

A link, as a QR code on the till's screen for instance, lets whoever holds it put their own name and
address to that membership. It says nothing of the person, works for thirty days, and is dead as
soon as the member signs in: a copy of it opens nobody's account.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from datetime import datetime, timedelta
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction

from loyalty.events import publish
from members.errors import CompletionEnded
from members.events import MembershipCompleted
from members.identifiers import ParsedIdentifier
from members.models import Identifier, Member, Membership
from members.services.matching import SURE, note_duplicate

VALID_FOR = timedelta(days=30)

_signer = TimestampSigner(salt="members.completion")


def completion_token(member_id: UUID) -> str:
    """What stands in the link: the member's id, signed, with the moment. Nothing is kept of it."""
    return _signer.sign(urlsafe_b64encode(member_id.bytes).decode().rstrip("="))


def member_to_complete(token: str) -> Member:
    """The member whom this link completes. Raises CompletionEnded for whatever reason."""
    try:
        said = _signer.unsign(token, max_age=VALID_FOR)
        member_id = UUID(bytes=urlsafe_b64decode(f"{said}=="))
    except (BadSignature, NoBase64, ValueError) as wrong:
        raise _ended() from wrong
    member = Member.objects.filter(pk=member_id).first()
    if member is not None and member.merged_into_id:
        member = Member.objects.filter(pk=member.merged_into_id).first()
    if member is None or not _is_open(member):
        raise _ended()
    return member


def is_to_complete(member_id: UUID) -> bool:
    """Whether the member does not sign in yet."""
    member = Member.objects.filter(pk=member_id).first()
    return member is not None and _is_open(member)


@transaction.atomic
def completed(
    *, member_id: UUID, user_id: int, address: ParsedIdentifier, at: datetime
) -> Member | None:
    """The member, who signs in with this login from now on and is found by the proved address.

    The address must be nobody's yet. None when the member signs in otherwise, was merged or
    forgotten: then nothing was changed.
    """
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None or not _is_open(member):
        return None
    member.user_id = user_id
    member.save(update_fields=["user"])
    Identifier.objects.create(
        member=member,
        kind=address.kind,
        system=address.system,
        value=address.value,
        added_at=at,
        verified_at=at,
    )
    for holder in Membership.objects.filter(member=member).values_list("holder", flat=True):
        event = MembershipCompleted(subject=holder, occurred_at=at, member=member.pk)
        publish(event, at=at)
    return member


def note_completed(*, member_id: UUID, by: Member, at: datetime) -> None:
    """Somebody who is a member already holds the link of another: perhaps they are one person."""
    other = Member.objects.filter(pk=member_id).first()
    if other is not None and _is_open(other) and other.pk != by.pk:
        pair = (other.pk, by.pk)
        note_duplicate(members=pair, score=SURE, reasons=["completed_by_member"], at=at)


def _is_open(member: Member) -> bool:
    return member.user_id is None and member.merged_into_id is None and member.erased_at is None


def _ended() -> CompletionEnded:
    return CompletionEnded("This link works no more.")
