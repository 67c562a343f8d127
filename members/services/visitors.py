"""Visitors who are no members yet: what they do is kept if they agreed, and becomes the member's."""

import json
from datetime import datetime
from uuid import UUID

import msgspec
import uuid_utils.compat
from django.db import transaction
from msgspec import structs

from loyalty.errors import InvalidRequest, KeyConflict
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.errors import VisitorUnknown
from members.models import Membership, Visitor, VisitorEvent
from members.services.activities import record_activities
from members.services.submissions import RETURN, check_submission
from members.types import ActivitySubmission, RecordedActivity

MOST_EVENTS = 200  # of one visitor


def remember_visitor(*, programme_id: int, text_version: str, at: datetime) -> Visitor:
    """A visitor who agreed to be remembered, in the words of that version."""
    if not text_version:
        raise InvalidRequest("Say which words were agreed to.", field="text_version")
    return Visitor.objects.create(
        id=uuid_utils.compat.uuid7(),
        programme_id=programme_id,
        agreed_at=at,
        text_version=text_version,
    )


@transaction.atomic
def keep_visitor_event(
    *, book: Rulebook, visitor_id: UUID, submission: ActivitySubmission, actor: str, at: datetime
) -> bool:
    """Keep what a visitor did until we know who it was; whether it was kept before.

    Of a visitor who is known by now it is recorded at once. Raises VisitorUnknown, InvalidRequest
    with the field that is wrong or past 200 events, and KeyConflict.
    """
    visitor = _locked(visitor_id, book.programme_id)
    if submission.type == RETURN or submission.points_paid is not None:
        raise InvalidRequest("A visitor returns nothing and pays with no points.", field="type")
    submission = structs.replace(submission, source=submission.source or actor.removeprefix("api:"))
    checked = check_submission(submission, book=book, source=submission.source, at=at)
    said = {n: v for n, v in json.loads(msgspec.json.encode(submission)).items() if n != "member"}
    events = VisitorEvent.objects.filter(visitor=visitor)
    known = events.filter(source=submission.source, external_id=submission.external_id).first()
    if known is not None:
        if known.submission != said:
            raise KeyConflict("This key was used before for something else.")
        return True
    if events.count() >= MOST_EVENTS:
        raise InvalidRequest(f"A visitor is remembered for {MOST_EVENTS} deeds.", field="visitor")
    VisitorEvent.objects.create(
        visitor=visitor,
        source=submission.source,
        external_id=submission.external_id,
        submission=said,
        occurred_at=checked.activity.occurred_at,
        recorded_at=at,
    )
    if visitor.member is not None:
        membership = Membership.objects.get(member=visitor.member, programme_id=book.programme_id)
        _record(visitor, membership, at)
    return False


@transaction.atomic
def know_visitor(
    *, visitor_id: UUID, membership: Membership, at: datetime
) -> list[RecordedActivity]:
    """From now on we know who the visitor is: what they did is the member's; again does nothing.

    Raises VisitorUnknown, and KeyConflict when the visitor is another member already.
    """
    visitor = _locked(visitor_id, membership.programme_id)
    if visitor.member_id not in (None, membership.member_id):
        raise KeyConflict("This visitor is another member.")
    if visitor.member_id is None:
        visitor.member, visitor.known_at = membership.member, at
        visitor.save(update_fields=["member", "known_at"])
    return _record(visitor, membership, at)


@transaction.atomic
def forget_visitor(*, visitor_id: UUID, programme_id: int) -> None:
    """A visitor withdraws: all that was kept apart goes; what is a member's stays theirs.

    Raises VisitorUnknown.
    """
    _locked(visitor_id, programme_id).delete()


def _locked(visitor_id: UUID, programme_id: int) -> Visitor:
    visitors = Visitor.objects.select_for_update()
    visitor = visitors.filter(pk=visitor_id, programme_id=programme_id).first()
    if visitor is None:
        raise VisitorUnknown("There is no such visitor.", field="visitor")
    return visitor


def _record(visitor: Visitor, membership: Membership, at: datetime) -> list[RecordedActivity]:
    """Record what was kept; what cannot be (a key that is taken by now) is left out for good."""
    events = list(visitor.events.order_by("occurred_at", "pk"))
    answers = record_activities(
        book=current_rulebook(programme_id=membership.programme_id),
        submissions=[
            msgspec.convert(
                event.submission | {"member": str(membership.member_id)}, ActivitySubmission
            )
            for event in events
        ],
        actor="visitor",
        at=at,
    )
    visitor.events.all().delete()
    return [answer for answer in answers if isinstance(answer, RecordedActivity)]
