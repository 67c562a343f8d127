from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import JSON, NDJSON, decode_bytes, read_body
from loyalty.api.callers import book_of, caller_of, renewal
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.errors import DomainError, InvalidRequest
from loyalty.services.rulebook import Rulebook
from members.api.v1.answers import BatchAnswer, BatchResult, reason_answers
from members.services.activities import record_activities
from members.types import ActivitySubmission, RecordedActivity

MOST_ITEMS = 5000

_SHAPE: dict[str, Any] = {
    JSON: {
        "type": "array",
        "maxItems": MOST_ITEMS,
        "items": {"$ref": "#/components/schemas/ActivitySubmission"},
    },
    NDJSON: {"type": "string", "description": "An activity on each line."},
}


class TooManyItems(InvalidRequest):
    """The batch has more items than one request may have."""

    code = "too_many_items"


class ActivitiesBatch(APIView):
    """Tell of up to 5,000 activities: a JSON array, or one on each line (NDJSON).

    Every item has its own answer, as if it had come alone; what is refused harms no other. After
    an interruption send all of it again: what was recorded is answered as a repetition.
    """

    scopes = {"POST": "activities:write"}
    reads_configuration = True
    operations = {
        "POST": Operation(
            id="record_activities",
            other_bodies=_SHAPE,
            answers={200: BatchAnswer},
            parameters={"reasons": "true: every item is told why, as a single one is."},
        )
    }

    def post(self, request: Request) -> HttpResponse:
        caller, tells_why = caller_of(request), _tells_why(request)
        read = [_submission(item) for item in _items(request)]
        recorded = iter(
            record_activities(
                book=book_of(caller),
                submissions=[item for item in read if isinstance(item, ActivitySubmission)],
                actor=caller.actor,
                at=timezone.now(),
                renew=renewal(caller, self.scopes["POST"]),
                tells_all=tells_why,
            )
        )
        answers = [item if isinstance(item, DomainError) else next(recorded) for item in read]
        return answered(_batch(answers, book_of(caller) if tells_why else None))


def _tells_why(request: Request) -> bool:
    said = query(request, "reasons")["reasons"]
    if said not in ("", "true", "false"):
        raise InvalidRequest("Say true or false.", field="reasons")
    return said == "true"


def _items(request: Request) -> Sequence[bytes | msgspec.Raw]:
    body, content_type = read_body(request, JSON, NDJSON)
    items: Sequence[bytes | msgspec.Raw]
    if content_type == NDJSON:
        items = [line for line in body.split(b"\n") if line.strip()]
    else:
        items = decode_bytes(body, list[msgspec.Raw])
    if len(items) > MOST_ITEMS:
        raise TooManyItems(f"A batch has at most {MOST_ITEMS} items.")
    return items


def _submission(item: bytes | msgspec.Raw) -> ActivitySubmission | DomainError:
    try:
        return decode_bytes(item, ActivitySubmission)
    except DomainError as refusal:
        return refusal


def _batch(
    answers: Sequence[RecordedActivity | DomainError], told_by: Rulebook | None
) -> BatchAnswer:
    results = [_result(index, answer, told_by) for index, answer in enumerate(answers)]
    statuses = [result.status for result in results]
    return BatchAnswer(
        recorded=statuses.count(201),
        replayed=statuses.count(200),
        refused=len(statuses) - statuses.count(201) - statuses.count(200),
        results=results,
    )


def _result(
    index: int, answer: RecordedActivity | DomainError, told_by: Rulebook | None
) -> BatchResult:
    if isinstance(answer, DomainError):
        return BatchResult(
            index=index,
            status=answer.status,
            code=answer.code,
            detail=answer.detail,
            field=answer.field,
        )
    return BatchResult(
        index=index,
        status=200 if answer.is_replay else 201,
        id=answer.id,
        points=answer.award.points,
        balance=answer.balance,
        line_points=answer.award.line_points,
        reasons=reason_answers(told_by, answer.award.reasons) if told_by else None,
    )
