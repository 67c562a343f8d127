"""What colleagues write down about a member, for the next who helps them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty.errors import InvalidRequest
from members.errors import MemberUnknown, NoteUnknown
from members.models import Member, Note

LONGEST = 2_000
MOST = 500
"""Notes about one member; who needs more needs another kind of file."""


@transaction.atomic
def write_note(*, member_id: UUID, text: str, author: str, at: datetime) -> Note:
    """Keep a note about the member. It is the member's own data: exported and erased with them.

    Raises MemberUnknown, and InvalidRequest for no words, too many, or too many notes.
    """
    text = text.replace("\0", "").strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidRequest(f"A note has 1 to {LONGEST} characters.", field="text")
    _locked(member_id)
    if Note.objects.filter(member=member_id).count() >= MOST:
        raise InvalidRequest(f"At most {MOST} notes about one member.", field="text")
    return Note.objects.create(member_id=member_id, text=text, author=author, written_at=at)


@transaction.atomic
def pin_note(*, member_id: UUID, note_id: int, is_pinned: bool) -> Note:
    """Keep a note on top, or no longer. Raises MemberUnknown and NoteUnknown."""
    _locked(member_id)
    note = _of(member_id, note_id)
    note.is_pinned = is_pinned
    note.save(update_fields=["is_pinned"])
    return note


@transaction.atomic
def remove_note(*, member_id: UUID, note_id: int) -> None:
    """Drop a note for good. Raises MemberUnknown and NoteUnknown."""
    _locked(member_id)
    _of(member_id, note_id).delete()


def _locked(member_id: UUID) -> None:
    living = Member.objects.select_for_update(no_key=True).filter(
        pk=member_id, merged_into__isnull=True, erased_at__isnull=True
    )
    if living.first() is None:
        raise MemberUnknown("There is no such member.")


def _of(member_id: UUID, note_id: int) -> Note:
    note = Note.objects.filter(pk=note_id, member=member_id).first()
    if note is None:
        raise NoteUnknown("There is no such note about this member.")
    return note
