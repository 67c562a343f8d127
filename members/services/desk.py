"""What the service desk changes about a member, with the reason beside it as a note."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import InvalidRequest
from members.models import Member
from members.services.notes import write_note
from members.services.profiles import change_profile

LONGEST_REASON = 500


@transaction.atomic
def correct_profile(
    *,
    member_id: UUID,
    given_name: str,
    family_name: str,
    language: str,
    reason: str,
    actor: str,
    at: datetime,
) -> Member:
    """Put right what a member is called or how we speak to them; why stands in a note.

    What is the same already is no change, and needs no note. Raises MemberUnknown, and
    InvalidRequest with the field that is wrong.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InvalidRequest(f"A reason has 1 to {LONGEST_REASON} characters.", field="reason")
    before = Member.objects.filter(pk=member_id).values_list(
        "given_name", "family_name", "language"
    )
    known = before.first()
    member = change_profile(
        member_id=member_id,
        actor=actor,
        at=at,
        given_name=given_name,
        family_name=family_name,
        language=language,
    )
    if known != (member.given_name, member.family_name, member.language):
        write_note(member_id=member_id, text=reason, author=actor, at=at)
    return member
