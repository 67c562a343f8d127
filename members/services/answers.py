"""What members answer: checked, thanked for once, corrected, disagreed about, and deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from loyalty.events import publish
from loyalty.services.rulebook import current_rulebook
from loyalty.services.thanks import give_thanks
from loyalty.types import Words
from members.errors import MemberUnknown, QuestionClosed
from members.events import AnswerChanged
from members.models import Activity, Member, Membership, ProfileAnswer, ProfileField
from members.selectors import account_of
from members.services.activities import record_activity
from members.services.answer_values import checked_value
from members.services.questions import DONE, field_of
from members.types import ActivitySubmission

SOURCE = "questions"
Source = ProfileAnswer.Source


@transaction.atomic
def record_answer(
    *,
    programme_id: int,
    member_id: UUID,
    field: str,
    value: Any,
    source: str,
    actor: str,
    at: datetime,
    channel: str = "",
) -> ProfileAnswer:
    """Keep the answer to a question; the member's own word goes before everybody else's.

    When another source says something else than the member did, the member's answer stays and the
    other is kept beside it, for the member to see. Whoever answers themselves is thanked with the
    question's points, once for ever. Raises MemberUnknown, QuestionUnknown, QuestionClosed for a
    question that is not asked, and AnswerInvalid.
    """
    membership = _locked(programme_id, member_id)
    question = field_of(programme_id, field)
    known = ProfileAnswer.objects.filter(member=member_id, field=question).first()
    if question.state == ProfileField.State.DRAFT or (
        known is None and question.state != ProfileField.State.LIVE
    ):
        raise QuestionClosed("This question is not asked.", field="field")
    new = ProfileAnswer(
        member_id=member_id,
        field=question,
        value=checked_value(question, value),
        source=source,
        answered_at=at,
        confirmed_at=at if source == Source.MEMBER else None,
    )
    answer, deed = _kept(known, new)
    if source == Source.MEMBER:
        _thank(membership, question, actor=actor, at=at, channel=channel)
    _tell(membership, question, deed=deed, source=source, actor=actor, at=at)
    return answer


@transaction.atomic
def delete_answer(
    *, programme_id: int, member_id: UUID, field: str, actor: str, at: datetime
) -> bool:
    """Forget an answer; whether there was one. What it earned stays the member's.

    Raises MemberUnknown and QuestionUnknown.
    """
    membership = _locked(programme_id, member_id)
    question = field_of(programme_id, field)
    deleted, _per_model = ProfileAnswer.objects.filter(member=member_id, field=question).delete()
    if deleted:
        _tell(membership, question, deed="deleted", source="", actor=actor, at=at)
    return bool(deleted)


def _locked(programme_id: int, member_id: UUID) -> Membership:
    if not Member.objects.select_for_update().filter(pk=member_id, erased_at=None).exists():
        raise MemberUnknown("There is no such member.")
    membership = Membership.objects.filter(programme_id=programme_id, member_id=member_id).first()
    if membership is None:
        raise MemberUnknown("There is no such member.")
    return membership


def _kept(known: ProfileAnswer | None, new: ProfileAnswer) -> tuple[ProfileAnswer, str]:
    """The answer as it stands now, and what was done to it."""
    if known is None:
        new.save()
        return new, "answered"
    is_members = new.source == Source.MEMBER
    is_same = known.value == new.value
    if known.source == Source.MEMBER and not is_members:
        if not is_same:
            known.conflicting = _beside(new)
            known.save(update_fields=["conflicting"])
        return known, "answered" if is_same else "conflicting"
    if is_same and not is_members:
        return known, "answered"
    new.pk = known.pk
    new.conflicting = None if is_members else _beside(known)
    new.save()
    return new, "corrected"


def _beside(said: ProfileAnswer) -> dict[str, Any]:
    """What was said otherwise, as an answer keeps it beside itself."""
    return {"value": said.value, "source": said.source, "at": said.answered_at.isoformat()}


def _thank(
    membership: Membership, question: ProfileField, *, actor: str, at: datetime, channel: str
) -> None:
    """An activity that rules can reward, and the question's own points; each once for ever."""
    key = f"{question.key}:{membership.member_id}"
    is_known = Activity.objects.filter(
        programme=membership.programme_id, source=SOURCE, external_id=key
    ).exists()
    book = current_rulebook(programme_id=membership.programme_id)
    if not is_known:
        submission = ActivitySubmission(
            type=DONE,
            member=str(membership.member_id),
            source=SOURCE,
            external_id=key,
            occurred_at=at,
            channel=channel,
            attributes={"field": question.key},
        )
        record_activity(book=book, submission=submission, actor=actor, at=at)
    if question.points:
        give_thanks(
            book=book,
            account_id=account_of(membership),
            points=question.points,
            source=SOURCE,
            key=f"{question.pk}:{membership.member_id}",
            name=_thanks(question),
            actor=actor,
            at=at,
        )


def _thanks(question: ProfileField) -> Words:
    return {
        "nl": f"Bedankt voor je antwoord: {question.label_nl}",
        "en": f"Thanks for your answer: {question.label_en}",
    }


def _tell(
    membership: Membership,
    question: ProfileField,
    *,
    deed: str,
    source: str,
    actor: str,
    at: datetime,
) -> None:
    event = AnswerChanged(
        subject=membership.holder,
        occurred_at=at,
        field=question.key,
        deed=deed,
        source=source,
        actor=actor,
    )
    publish(event, at=at)
