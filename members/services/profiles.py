"""What a member is called, and in which language we speak to them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.errors import MemberUnknown
from members.events import ProfileChanged
from members.models import Member
from members.services.joining import LANGUAGES, check_name


@transaction.atomic
def change_profile(
    *,
    member_id: UUID,
    actor: str,
    at: datetime,
    given_name: str | None = None,
    family_name: str | None = None,
    language: str | None = None,
) -> Member:
    """Change what is given and leave the rest; what is the same already is no change.

    Raises MemberUnknown, and InvalidRequest with the field that is wrong.
    """
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown("There is no such member.")
    asked = {"given_name": given_name, "family_name": family_name, "language": language}
    changed = {
        field: value.strip()
        for field, value in asked.items()
        if value is not None and value.strip() != getattr(member, field)
    }
    for field, value in changed.items():
        _check(field, value)
        setattr(member, field, value)
    if changed:
        member.save(update_fields=list(changed))
        event = ProfileChanged(
            subject=member.pk, occurred_at=at, fields=sorted(changed), actor=actor
        )
        publish(event, at=at)
    return member


def _check(field: str, value: str) -> None:
    if field != "language":
        check_name(value, field)
    elif value not in LANGUAGES:
        raise InvalidRequest(f"A language is {' or '.join(LANGUAGES)}.", field=field)
