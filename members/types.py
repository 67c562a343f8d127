"""What comes in about members' activities, and what goes out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

from loyalty.types import Activity, Award, Grant

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


_EARNS = (
    "What was bought, and every line is told what it earned; or, of a return, which lines of the"
    " sale come back, counted from 1, and how much of each."
)
_LINES = [{"product": "8710000000015", "category": "paint", "quantity": 1, "amount": "30.95"}]
_ORIGINAL = "Of a return: the `external_id` of its sale, which may still have to come."


class LineSubmission(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True
):
    """A line of a basket, with `product` and `amount`; or of a return, with `line`.

    `amount` is what was paid for the whole line, after discount; of a return what is paid back, by
    default the line's amount in proportion to the quantity. `quantity` is 1 when it is not said; of
    a return that says an amount only, nothing: the money comes back, the goods were kept.
    """

    product: Annotated[str, Meta(max_length=100, pattern=_ONE_LINE)] = ""
    amount: Number = None
    category: Text60 = ""
    brand: Text60 = ""
    quantity: Number = None
    kind: Annotated[
        str,
        Meta(
            pattern=r"^(GOODS|GIFT_CARD|DELIVERY)(?![\s\S])",
            description="Gift cards and delivery earn only where the programme says so.",
        ),
    ] = "GOODS"
    line: Annotated[int, Meta(ge=0, le=500, description="Of a return: the sale's line.")] = 0


class PointsPaid(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Points that pay for a part of the basket, and how much of its amount they stand for."""

    points: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    amount: Number


class ActivitySubmission(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True
):
    """What a member did, as a till or webshop tells it.

    (source, external_id) names it for ever, whichever way it comes again; without a source it is
    the client's own name. With lines, `amount` may be left out; else it is their sum. A return
    names its sale by `original`; without lines all that is kept comes back.
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
    points_paid: PointsPaid | None = None
    attributes: Annotated[
        dict[
            Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}(?![\s\S])")],
            Annotated[str, Meta(max_length=200, pattern=_ONE_LINE)],
        ],
        Meta(max_length=20, examples=[{"rating": "5"}], description="What rules may look at."),
    ] = {}
    original: Annotated[str, Meta(max_length=120, description=_ORIGINAL)] = ""
    original_source: Annotated[
        str, Meta(max_length=60, pattern=_ONE_LINE, description="When it is not the return's own.")
    ] = ""


Key = tuple[str, str]  # (source, external id)


class ReturnedPart(NamedTuple):
    """How much of a line comes back; zero for an amount that follows from the quantity.

    Lines are counted from 1; line 0 is the whole of a sale that has no lines.
    """

    line: int
    quantity: Decimal
    amount: Decimal


class Submitted(NamedTuple):
    """An activity as it was submitted, checked; `original` is the key of the sale it returns."""

    activity: Activity
    points_paid: int = 0
    original: str = ""
    returned: tuple[ReturnedPart, ...] = ()


class KeptAward(Award, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An award as an activity keeps it, with what else was answered at the time.

    Reasons of rules that were not met are left out: rule set, facts and basket give them again.
    `pending` is how many of the points were not usable yet, `tiers` the tier of each set after it,
    `balances` what the member holds of each unit.
    """

    pending: int = 0
    tiers: dict[str, str] = {}
    balances: dict[str, int] = {}


class RevisedAward(Award, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An award as a revision keeps it.

    `further` is what was granted for it besides, by the end of the transfers' keys ("r2:1");
    `restored` how many of the points that had paid are back, all revisions together.
    """

    further: dict[str, Grant] = {}
    restored: int = 0


class RecordedActivity(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An activity that is in the books; a repetition has the first one's figures."""

    id: UUID
    award: Award
    balance: int
    is_replay: bool
    pending: int = 0
    tiers: dict[str, str] = {}
    balances: dict[str, int] = {}


_NO_SEGMENTS: frozenset[str] = frozenset()


class Stay(NamedTuple):
    """Somebody was in a segment from then until then, exclusive; None: still is."""

    segment: str
    since: datetime
    until: datetime | None


class Holder(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A member of a programme as the hot path needs them.

    `sequence`, `last_at` and `standing` are those of their standing; `last_key` is the source and
    external id of the latest activity when it happened at the very moment of the one to come.
    `is_unfolded` when there are activities from before standings were kept; `stays` are those in
    segments that had not ended before the activities that it was asked for.
    """

    membership_id: int
    member_id: UUID
    holder: UUID
    account_id: int
    joined_at: datetime
    sequence: int = 0
    last_at: datetime | None = None
    standing: bytes = b"{}"
    last_key: tuple[str, str] | None = None
    is_unfolded: bool = False
    stays: tuple[Stay, ...] = ()

    def segments_at(self, at: datetime) -> frozenset[str]:
        """The segments that they were in at that moment."""
        if not self.stays:
            return _NO_SEGMENTS
        found = [
            segment
            for segment, since, until in self.stays
            if since <= at and (until is None or at < until)
        ]
        return frozenset(found) if found else _NO_SEGMENTS


class ConsentGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody agrees to, or declines, while joining."""

    purpose: Annotated[str, Meta(pattern=r"^(OFFERS|PROFILING|RESEARCH)(?![\s\S])")]
    is_given: bool
    text_version: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ONE_LINE)]
    channel: Annotated[str, Meta(pattern=r"^(EMAIL|SMS|PUSH|ANY)(?![\s\S])")] = "ANY"
