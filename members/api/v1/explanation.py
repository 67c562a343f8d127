from uuid import UUID

from django.http import HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from members.api.v1.answers import ExplainedLine, ExplainedReason, ExplanationAnswer
from members.selectors import Explanation, ToldReason, explanation


class ActivityExplanation(APIView):
    """Why an activity earned its points and why not more, in words; language by Accept-Language."""

    scopes = {"GET": "activities:read"}
    operations = {"GET": Operation(id="explain_activity", answers={200: ExplanationAnswer})}

    def get(self, request: Request, activity_id: UUID) -> HttpResponse:
        query(request)
        language = _language(request)
        told = explanation(activity_id, language, programme_id=caller_of(request).programme_id)
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return answered(_answer(told, language), headers=headers)


def _language(request: Request) -> str:
    """Dutch, unless English is asked for before it."""
    for language, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if language[:2] in ("nl", "en"):
            return language[:2]
    return "nl"


def _answer(told: Explanation, language: str) -> ExplanationAnswer:
    activity = told.activity
    return ExplanationAnswer(
        id=activity.pk,
        type=activity.type,
        source=activity.source,
        external_id=activity.external_id,
        occurred_at=activity.occurred_at,
        currency=told.currency,
        amount=activity.amount,
        points=activity.points,
        balance=activity.balance_after,
        language=language,
        lines=[
            ExplainedLine(
                product=line.product,
                category=line.category,
                brand=line.brand,
                quantity=line.quantity,
                amount=line.amount,
                points=line.points,
            )
            for line in told.lines
        ],
        reasons=[_reason(each) for each in told.reasons],
    )


def _reason(each: ToldReason) -> ExplainedReason:
    reason = each.reason
    return ExplainedReason(
        rule=reason.rule,
        version=reason.version,
        outcome=reason.outcome.value,
        code=reason.code,
        points=reason.points,
        lines=reason.lines,
        params=reason.params,
        name=reason.name,
        text=each.text,
        texts=each.texts,
    )
