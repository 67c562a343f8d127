"""What comes in about members' activities, and what goes out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from loyalty.types import Award

# A text of one line: no control characters, so no NUL either (PostgreSQL refuses it).
_ONE_LINE = r"^[^\x00-\x1f\x7f]*(?![\s\S])"
_KEY = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?(?![\s\S])"  # no space around it

Text40 = Annotated[str, Meta(max_length=40, pattern=_ONE_LINE)]
Text60 = Annotated[str, Meta(max_length=60, pattern=_ONE_LINE)]
Text100 = Annotated[str, Meta(max_length=100, pattern=_ONE_LINE)]
# A number, or a text of digits: both are taken exactly, none through binary fractions.
Number = Annotated[
    Any,
    Meta(
        examples=["30.95", 30.95],
        extra_json_schema={
            "anyOf": [
                {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"},
                {"type": "number"},
            ]
        },
    ),
]


_EARNS = "What was bought; every line is told what it earned."
_LINES = [{"product": "8710000000015", "category": "paint", "quantity": 1, "amount": "30.95"}]


class LineSubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a basket. `amount` is what was paid for the whole line, after discount."""

    product: Annotated[str, Meta(min_length=1, max_length=100, pattern=_ONE_LINE)]
    amount: Number
    category: Text60 = ""
    brand: Text60 = ""
    quantity: Number = 1


class ActivitySubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member did, as a till or webshop tells it.

    (source, external_id) names it for ever, whichever way it comes again; without a source it is
    the client's own name. With lines, `amount` may be left out; else it is their sum.
    """

    type: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])", examples=["purchase"])]
    member: Annotated[str, Meta(min_length=1, max_length=300, examples=["card:2990000000019"])]
    external_id: Annotated[
        str, Meta(min_length=1, max_length=120, pattern=_KEY, examples=["receipt-4711"])
    ]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    source: Annotated[str, Meta(max_length=60, pattern=_ONE_LINE)] = ""
    channel: Text40 = ""
    location: Text100 = ""
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?(?![\s\S])", examples=["EUR"])] = ""
    amount: Number = None
    lines: Annotated[
        tuple[LineSubmission, ...], Meta(max_length=500, examples=[_LINES], description=_EARNS)
    ] = ()


class RecordedActivity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity that is in the books; a repetition has the first one's figures."""

    id: UUID
    award: Award
    balance: int
    is_replay: bool


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a programme as the hot path needs them."""

    membership_id: int
    member_id: UUID
    holder: UUID
    account_id: int
    joined_at: datetime


class ConsentGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody agrees to, or declines, while joining."""

    purpose: Annotated[str, Meta(pattern=r"^(OFFERS|PROFILING)(?![\s\S])")]
    is_given: bool
    text_version: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ONE_LINE)]
    channel: Annotated[str, Meta(pattern=r"^(EMAIL|SMS|PUSH|ANY)(?![\s\S])")] = "ANY"
