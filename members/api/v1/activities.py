from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import book_of, caller_of, renewal
from loyalty.api.operations import Operation
from members.api.v1.answers import AwardAnswer, award_answer
from members.services.activities import record_activity
from members.types import ActivitySubmission

REPLAYED = {"Idempotency-Replayed": "true"}


class Activities(APIView):
    """Tell what a member did, and learn what it earned and why.

    (source, external_id) names the activity for ever: sent again it is answered with the first
    answer, status 200 and `Idempotency-Replayed: true`; with another content it is refused.
    """

    scopes = {"POST": "activities:write"}
    reads_configuration = True
    operations = {
        "POST": Operation(
            id="record_activity",
            body=ActivitySubmission,
            answers={201: AwardAnswer, 200: AwardAnswer},
        )
    }

    def post(self, request: Request) -> HttpResponse:
        caller = caller_of(request)
        book = book_of(caller)
        recorded = record_activity(
            book=book,
            submission=decode(request, ActivitySubmission),
            actor=caller.actor,
            at=timezone.now(),
            renew=renewal(caller, self.scopes["POST"]),
        )
        return answered(
            award_answer(book, recorded),
            status=200 if recorded.is_replay else 201,
            headers=REPLAYED if recorded.is_replay else None,
        )
