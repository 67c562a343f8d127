from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from members.api.v1.member import noted
from members.api.v1.privacy_answers import (
    AnswerItem,
    AnswersAnswer,
    ChoiceItem,
    ConflictItem,
    QuestionItem,
)
from members.models import MemberLook, Membership, ProfileAnswer, ProfileField
from members.selectors import find_membership
from members.services.answers import delete_answer, record_answer
from members.services.questions import open_questions


class AnswerSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer as the question's kind wants it; null deletes what is known.

    `is_from_member` when the member gave it in your own screen: then they are thanked.
    """

    field: Annotated[str, Meta(pattern=r"^[a-z0-9][-a-z0-9_]{0,39}(?![\s\S])")]
    value: Any
    is_from_member: bool = False


class MemberAnswers(APIView):
    """What a member answered, and what they can be asked."""

    scopes = {"GET": "members:read", "PUT": "members:write"}
    operations = {
        "GET": Operation(id="list_answers", answers={200: AnswersAnswer}),
        "PUT": Operation(id="answer_question", body=AnswerSaid, answers={200: AnswersAnswer}),
    }

    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        query(request)
        caller = caller_of(request)
        membership = find_membership(caller.programme_id, str(member_id))
        answer = _told(membership)
        noted(caller, membership, MemberLook.Deed.SEEN, timezone.now(), "answers")
        return answered(answer)

    def put(self, request: Request, member_id: UUID) -> HttpResponse:
        caller, now = caller_of(request), timezone.now()
        said = decode(request, AnswerSaid)
        membership = find_membership(caller.programme_id, str(member_id))
        who: dict[str, Any] = {
            "programme_id": caller.programme_id,
            "member_id": membership.member_id,
            "field": said.field,
            "actor": caller.actor,
            "at": now,
        }
        if said.value is None:
            delete_answer(**who)
        else:
            source = ProfileAnswer.Source
            source_of = source.MEMBER if said.is_from_member else source.API
            record_answer(value=said.value, source=source_of, **who)
        noted(caller, membership, MemberLook.Deed.CHANGED, now, "answers")
        return answered(_told(membership))


def _told(membership: Membership) -> AnswersAnswer:
    known = ProfileAnswer.objects.filter(
        member=membership.member_id, field__programme=membership.programme_id
    )
    return AnswersAnswer(
        answers=[
            AnswerItem(
                field=each.field.key,
                value=each.value,
                source=each.source,
                answered_at=each.answered_at,
                confirmed_at=each.confirmed_at,
                conflict=msgspec.convert(each.conflicting, ConflictItem)
                if each.conflicting
                else None,
            )
            for each in known.select_related("field").order_by("field__place", "field__pk")
        ],
        open=[_question(field) for field in open_questions(membership)],
    )


def _question(field: ProfileField) -> QuestionItem:
    return QuestionItem(
        field=field.key,
        kind=field.kind,
        label={"nl": field.label_nl, "en": field.label_en},
        why={"nl": field.why_nl, "en": field.why_en},
        benefit={"nl": field.benefit_nl, "en": field.benefit_en},
        purpose=field.purpose,
        points=field.points,
        keep_days=field.keep_days,
        choices=[
            ChoiceItem(key=choice["key"], name={"nl": choice["nl"], "en": choice["en"]})
            for choice in field.choices
        ],
    )
