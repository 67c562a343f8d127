from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.api.answers import answered
from loyalty.api.bodies import ONE_LINE, decode
from loyalty.api.callers import book_of, caller_of
from loyalty.api.operations import Operation
from members.api.v1.activities import REPLAYED
from members.services.guest_sales import claim_token, keep_guest_sale
from members.types import ActivitySubmission, LineSubmission, Number, Text40, Text60, Text100


class GuestSaleSubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase without a member, or a return of one; otherwise as an activity.

    `receipt` is the number that stands on the receipt, `external_id` when it is left out. Whoever
    has the receipt claims it in the portal with this number, the amount and the time.
    """

    type: Annotated[str, Meta(pattern=r"^(purchase|return)(?![\s\S])")] = "purchase"
    external_id: Annotated[str, Meta(min_length=1, max_length=120, examples=["receipt-4711"])]
    receipt: Annotated[str, Meta(max_length=60, pattern=ONE_LINE, examples=["4711"])] = ""
    occurred_at: Annotated[datetime, Meta(tz=True)]
    source: Text60 = ""
    channel: Text40 = ""
    location: Text100 = ""
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?(?![\s\S])")] = ""
    amount: Number = None
    lines: Annotated[tuple[LineSubmission, ...], Meta(max_length=500)] = ()
    original: Annotated[str, Meta(max_length=120)] = ""
    original_source: Text60 = ""


class GuestSaleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`claim_url` claims it without typing: print it on the receipt as a QR code."""

    id: UUID
    claimable_until: datetime
    claim_url: str


class GuestSales(APIView):
    """Tell of a purchase at which nobody said who they are, to be claimed with its receipt."""

    scopes = {"POST": "activities:write"}
    operations = {
        "POST": Operation(
            id="keep_guest_sale",
            body=GuestSaleSubmission,
            answers={201: GuestSaleAnswer, 200: GuestSaleAnswer},
        )
    }

    def post(self, request: Request) -> HttpResponse:
        caller = caller_of(request)
        said = msgspec.structs.asdict(decode(request, GuestSaleSubmission))
        receipt = said.pop("receipt")
        sale, was_known = keep_guest_sale(
            book=book_of(caller),
            submission=ActivitySubmission(member="", **said),
            receipt=receipt,
            actor=caller.actor,
            at=timezone.now(),
        )
        page = reverse("portal:claim_by_link", args=[claim_token(sale)])
        answer = GuestSaleAnswer(
            id=sale.pk,
            claimable_until=sale.claimable_until,
            claim_url=request.build_absolute_uri(page),
        )
        status = 200 if was_known else 201
        return answered(answer, status=status, headers=REPLAYED if was_known else None)
