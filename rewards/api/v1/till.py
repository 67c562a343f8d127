from datetime import date, datetime
from typing import Annotated

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import Caller, caller_of
from loyalty.api.operations import Operation
from loyalty.api.pages import query
from loyalty.errors import InvalidRequest
from rewards.models import Till
from rewards.sales import CancelAnswer, Found, Receipt, Sale, SaleAnswer, SaleQuote
from rewards.services.guessing import guessed
from rewards.services.reconciliation import TillDay, as_csv, till_day
from rewards.services.till import cancel_sale, commit_sale, lookup, quote_sale
from rewards.services.tills import find_till

SCOPE = "till:use"

TillKey = Annotated[
    str,
    Meta(max_length=40, description="The till's key; when the connection has one, not needed."),
]


class LookupRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whatever was scanned or typed: card, phone, e-mail, member's id, code, signed ticket."""

    code: Annotated[
        str,
        Meta(min_length=1, max_length=300, pattern=ONE_LINE, examples=["2990000000019"]),
    ]
    till: TillKey = ""


class QuoteSaleRequest(Sale, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket to reckon. `reserve` sets its points aside for two minutes; `hold` is the number of
    the quote before, which this one replaces."""

    till: TillKey = ""
    reserve: bool = False
    hold: int | None = None


class CommitRequest(Sale, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sale to book under its receipt, which is its key for ever. `hold` is that of the quote."""

    receipt: Receipt
    till: TillKey = ""
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    hold: int | None = None


class CancelSaleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A booked sale to undo, all of it."""

    receipt: Receipt
    till: TillKey = ""


class TillLookup(APIView):
    """Who or what was scanned, and what fits them at this till now. Changes nothing."""

    scopes = {"POST": SCOPE}
    operations = {"POST": Operation(id="till_lookup", body=LookupRequest, answers={200: Found})}

    def post(self, request: Request) -> HttpResponse:
        caller, asked, now = caller_of(request), decode(request, LookupRequest), timezone.now()
        till = _till(caller, asked.till)
        found = guessed(
            lambda: lookup(till=till, scanned=asked.code, at=now), actor=caller.actor, at=now
        )
        return answered(found)


class TillQuote(APIView):
    """What a sale would earn, what each thing takes off, and what is left to pay.

    What cannot be used says why in `uses`. Keeps nothing, save for points with `reserve`.
    """

    scopes = {"POST": SCOPE}
    operations = {
        "POST": Operation(id="till_quote", body=QuoteSaleRequest, answers={200: SaleQuote})
    }

    def post(self, request: Request) -> HttpResponse:
        asked = decode(request, QuoteSaleRequest)
        quote = quote_sale(
            till=_till(caller_of(request), asked.till),
            sale=_sale(asked),
            reserves=asked.reserve,
            hold=asked.hold,
            at=timezone.now(),
        )
        return answered(quote)


class TillCommit(APIView):
    """Book the sale: all of it or nothing. Without an answer, send the same again.

    The same receipt with the same body gives the same answer for ever; with another body it is
    refused. No Idempotency-Key: the receipt is one.
    """

    scopes = {"POST": SCOPE}
    operations = {
        "POST": Operation(id="till_commit", body=CommitRequest, answers={200: SaleAnswer})
    }

    def post(self, request: Request) -> HttpResponse:
        caller, asked = caller_of(request), decode(request, CommitRequest)
        booked = commit_sale(
            till=_till(caller, asked.till),
            receipt=asked.receipt,
            sale=_sale(asked),
            occurred_at=asked.occurred_at,
            hold=asked.hold,
            actor=caller.actor,
            at=timezone.now(),
        )
        return answered(booked)


class TillCancel(APIView):
    """Undo a booked sale, once: vouchers, points and what it earned. Again gives the same answer."""

    scopes = {"POST": SCOPE}
    operations = {
        "POST": Operation(id="till_cancel", body=CancelSaleRequest, answers={200: CancelAnswer})
    }

    def post(self, request: Request) -> HttpResponse:
        caller, asked = caller_of(request), decode(request, CancelSaleRequest)
        undone = cancel_sale(
            till=_till(caller, asked.till),
            receipt=asked.receipt,
            actor=caller.actor,
            at=timezone.now(),
        )
        return answered(undone)


class TillReconciliation(APIView):
    """A till's day: every receipt with its figures, and whether they tie out to the books."""

    scopes = {"GET": SCOPE}
    operations = {
        "GET": Operation(
            id="get_till_reconciliation",
            answers={200: TillDay},
            parameters={
                "day": "Which day, 2026-11-22, in the programme's zone.",
                "till": "The till's key; when the connection has one, not needed.",
                "as": "json, or csv for the same figures as a file.",
            },
        )
    }

    def get(self, request: Request) -> HttpResponse:
        asked = query(request, "day", "till", "as")
        till = _till(caller_of(request), asked["till"])
        day = till_day(till=till, day=_day(asked["day"]), at=timezone.now())
        if asked["as"] == "csv":
            name = f"{till.key}-{day.day}.csv"
            return HttpResponse(
                as_csv(day),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{name}"'},
            )
        if asked["as"] not in ("", "json"):
            raise InvalidRequest("There are json and csv.", field="as")
        return answered(day)


def _till(caller: Caller, key: str) -> Till:
    return find_till(programme_id=caller.programme_id, client_id=caller.client_id, key=key)


def _sale(asked: Sale) -> Sale:
    """Of the request, what is the sale's: the rest is how it is asked."""
    return Sale(**{name: getattr(asked, name) for name in Sale.__struct_fields__})


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise InvalidRequest("Say which day: 2026-11-22.", field="day") from None
