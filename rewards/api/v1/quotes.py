from datetime import datetime
from typing import Annotated

import msgspec
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import caller_of
from loyalty.api.operations import Operation
from loyalty.services.rulebook import rulebook
from loyalty.types import Words
from members.types import ActivitySubmission, LineSubmission
from rewards.api.v1.rewards import OfferAnswer, offer_answer
from rewards.services.quotes import Quote, Said, quote_basket


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket at checkout; without a member it is quoted as for somebody new."""

    lines: Annotated[tuple[LineSubmission, ...], Meta(min_length=1, max_length=500)]
    member: Annotated[str, Meta(max_length=300, examples=["card:2990000000019"])] = ""
    channel: Annotated[str, Meta(max_length=40, pattern=ONE_LINE)] = ""
    location: Annotated[str, Meta(max_length=100, pattern=ONE_LINE)] = ""
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?(?![\s\S])", examples=["EUR"])] = ""


class ReasonAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's say; for a near miss `params` tells what is missing and what it would earn."""

    rule: str
    version: int
    points: int
    lines: tuple[int, ...]
    params: dict[str, str]
    text: Words


class QuoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the basket would earn, line by line, and the rewards that the balance buys now."""

    points: int
    line_points: tuple[int, ...]
    reasons: list[ReasonAnswer]
    near_misses: list[ReasonAnswer]
    rewards: list[OfferAnswer]


class Quotes(APIView):
    """What a basket would earn if it were bought now, and why. Nothing is kept."""

    scopes = {"POST": "quotes:read"}
    operations = {
        "POST": Operation(id="quote_basket", body=QuoteRequest, answers={200: QuoteAnswer})
    }

    def post(self, request: Request) -> Response:
        caller, now = caller_of(request), timezone.now()
        basket = decode(request, QuoteRequest)
        quote = quote_basket(
            book=rulebook(programme_id=caller.programme_id, configuration=caller.configuration),
            submission=_submission(basket, now),
            at=now,
        )
        return Response(msgspec.to_builtins(_answer(quote)))


def _submission(basket: QuoteRequest, at: datetime) -> ActivitySubmission:
    """The purchase that it would be; it gets no name, for it is not kept."""
    return ActivitySubmission(
        type="purchase",
        member=basket.member,
        external_id="",
        occurred_at=at,
        channel=basket.channel,
        location=basket.location,
        currency=basket.currency,
        lines=basket.lines,
    )


def _answer(quote: Quote) -> QuoteAnswer:
    return QuoteAnswer(
        points=quote.award.points,
        line_points=quote.award.line_points,
        reasons=[_reason(said) for said in quote.reasons],
        near_misses=[_reason(said) for said in quote.near_misses],
        rewards=[offer_answer(offer) for offer in quote.offers],
    )


def _reason(said: Said) -> ReasonAnswer:
    reason = said.reason
    return ReasonAnswer(
        rule=reason.rule,
        version=reason.version,
        points=reason.points,
        lines=reason.lines,
        params=reason.params,
        text=said.text,
    )
