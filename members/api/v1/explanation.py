from typing import get_args
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.errors import InvalidRequest
from loyalty.services.earning import Audience
from members.api.v1.answers import (
    ExplainedLine,
    ExplainedReason,
    ExplanationAnswer,
    RevisionAnswer,
)
from members.explanations import Explanation, ToldReason, explanation

_AUDIENCES = "member (by default), cashier (short) or desk (with the rules' keys and all numbers)"


class ActivityExplanation(APIView):
    """Why an activity is worth its points and why not more, in words; language by Accept-Language.

    Judged again by the rules and facts of that moment, over what is kept of the basket: whatever
    has changed since, it tells what is booked.
    """

    scopes = {"GET": "activities:read"}
    operations = {
        "GET": Operation(
            id="explain_activity",
            answers={200: ExplanationAnswer},
            parameters={"audience": f"Who reads it: {_AUDIENCES}."},
        )
    }

    def get(self, request: Request, activity_id: UUID) -> HttpResponse:
        audience = _audience(query(request, "audience")["audience"])
        language = _language(request)
        told = explanation(
            activity_id,
            language,
            programme_id=caller_of(request).programme_id,
            audience=audience,
        )
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return answered(_answer(told, language), headers=headers)


def _language(request: Request) -> str:
    """Dutch, unless English is asked for before it."""
    for language, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if language[:2] in ("nl", "en"):
            return language[:2]
    return "nl"


def _audience(said: str) -> Audience:
    for audience in get_args(Audience):
        if said in ("", audience):
            return "member" if said == "" else audience
    raise InvalidRequest(f"An audience is {_AUDIENCES}.", field="audience")


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
        points=told.points,
        first_points=activity.points,
        balance=activity.balance_after,
        language=language,
        lines=[
            ExplainedLine(
                product=line.product,
                category=line.category,
                brand=line.brand,
                quantity=line.quantity,
                amount=line.amount,
                points=points,
            )
            for line, points in zip(told.lines, told.line_points, strict=True)
        ],
        reasons=[_reason(each) for each in told.reasons],
        revisions=[
            RevisionAnswer(
                at=each.recorded_at,
                points=each.points,
                cause=each.cause.pk,
                type=each.cause.type,
                source=each.cause.source,
                external_id=each.cause.external_id,
            )
            for each in told.revisions
        ],
    )


def _reason(each: ToldReason) -> ExplainedReason:
    reason = each.reason
    return ExplainedReason(
        rule=reason.rule,
        version=reason.version,
        outcome=reason.outcome.value,
        code=reason.code,
        points=reason.points,
        unit=reason.unit,
        lines=reason.lines,
        params=reason.params,
        name=reason.name,
        text=each.text,
        texts=each.texts,
    )
