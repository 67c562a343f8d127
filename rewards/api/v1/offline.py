from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import decode
from loyalty.api.callers import Caller, caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from rewards.models import Till
from rewards.offline.entries import Journal, JournalAnswer
from rewards.services.offline.journal import upload_journal
from rewards.services.offline.packs import Pack, issue_pack
from rewards.services.tills import find_till

SCOPE = "till:use"


class TillPack(APIView):
    """What a till needs to check vouchers by itself while the line is down.

    Public keys, floor, revoked serials, and digests of the digits of vouchers that may be typed. Ask
    for a new one every hour, and after each upload of the journal.
    """

    scopes = {"GET": SCOPE}
    operations = {
        "GET": Operation(
            id="get_till_pack",
            answers={200: Pack},
            parameters={"till": "The till's key; when the connection has one till, not needed."},
        )
    }

    def get(self, request: Request) -> HttpResponse:
        caller = caller_of(request)
        till = _till(caller, query(request, "till")["till"])
        pack = issue_pack(till_id=till.pk, actor=caller.actor, at=timezone.now())
        return answered(pack, headers={"Cache-Control": "no-store"})


class TillJournal(APIView):
    """What a till did while the line was down: in any order, any number of times, with one result.

    The numbers of the entries are their keys for ever. An entry may be left out of the till's own
    journal once it has its answer here.
    """

    scopes = {"POST": SCOPE}
    operations = {
        "POST": Operation(id="upload_till_journal", body=Journal, answers={200: JournalAnswer})
    }

    def post(self, request: Request) -> HttpResponse:
        journal = decode(request, Journal)
        till = _till(caller_of(request), journal.till)
        return answered(upload_journal(till_id=till.pk, journal=journal, at=timezone.now()))


def _till(caller: Caller, key: str) -> Till:
    return find_till(programme_id=caller.programme_id, client_id=caller.client_id, key=key)
