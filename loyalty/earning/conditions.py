"""When a rule holds: the fields it may look at and the operators it may use.

Only what a document says is here. How it is looked up is beside it, by kind: `matching` (which
lines count), `situation` (channel, time, member: met or not), `threshold` (numbers that can say how
short they are) and `advanced` (an expression). A new field is a struct here, a maker in one of
those and a phrase in the wording.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

# Patterns end in $(?!\n) because Python's $ alone lets a last line feed through.
# No comma and no plus in front: a reason's params list keys as "paint,stain,+12".
Key = Annotated[str, Meta(pattern=r"^[^,+\s]([^,\x00-\x1f]{0,98}[^,\s])?$(?!\n)")]
Keys = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=1000)]
Money = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$(?!\n)", examples=["50.00"])]
Quantity = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$(?!\n)", examples=["3"])]
Number = Annotated[str, Meta(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$(?!\n)", examples=["4.5"])]
Trigger = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,63}$(?!\n)", examples=["purchase"])]
Hour = Annotated[
    str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)", examples=["17:00"])
]
MonthDay = Annotated[
    str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$(?!\n)", examples=["12-31"])
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Expression = Annotated[str, Meta(min_length=1, max_length=500)]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class AnyCondition(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="field"
):
    """What all conditions share: they are told apart by `field`, and unknown fields are refused."""


class KeyCondition(AnyCondition, frozen=True, kw_only=True):
    """The field is, or is not, one of the keys."""

    operator: Literal["in", "not_in"]
    value: Keys


class LineCategory(KeyCondition, frozen=True, kw_only=True, tag="line.category"):
    """The category of a basket line."""


class LineProduct(KeyCondition, frozen=True, kw_only=True, tag="line.product"):
    """The product code of a basket line."""


class LineBrand(KeyCondition, frozen=True, kw_only=True, tag="line.brand"):
    """The brand of a basket line."""


class LineKinds(AnyCondition, frozen=True, kw_only=True, tag="line.kind"):
    """Whether a basket line is goods, a gift card or delivery; the earning base comes first."""

    operator: Literal["in", "not_in"]
    value: Annotated[
        tuple[Literal["GOODS", "GIFT_CARD", "DELIVERY"], ...], Meta(min_length=1, max_length=3)
    ]


class LineAmount(AnyCondition, frozen=True, kw_only=True, tag="line.amount"):
    """Lines of at least so much each: a single line that is large enough."""

    operator: Literal["at_least"]
    value: Money


class ActivityChannel(KeyCondition, frozen=True, kw_only=True, tag="activity.channel"):
    """The channel the activity came through."""


class ActivityLocation(KeyCondition, frozen=True, kw_only=True, tag="activity.location"):
    """The location where the activity happened."""


class ActivityAttribute(AnyCondition, frozen=True, kw_only=True, tag="activity.attribute"):
    """What an activity carries under a name: one of some keys, or a number within a bound.

    An activity without the attribute meets only `not_in`; one that is no number meets no bound.
    """

    name: Key
    operator: Literal["in", "not_in", "at_least", "at_most"]
    value: Keys | Number


class BasketAmount(AnyCondition, frozen=True, kw_only=True, tag="basket.amount"):
    """What was paid for all that earns: excluded kinds and excluded tender left out."""

    operator: Literal["at_least", "at_most"]
    value: Money


class BasketQuantity(AnyCondition, frozen=True, kw_only=True, tag="basket.quantity"):
    """The quantity of the lines that meet the rule's other line conditions, together."""

    operator: Literal["at_least"]
    value: Quantity


class BasketContains(AnyCondition, frozen=True, kw_only=True, tag="basket.contains"):
    """Of every key, a category or a product, there is a line that earns."""

    operator: Literal["all"]
    value: Keys


class TimeWeekday(AnyCondition, frozen=True, kw_only=True, tag="time.weekday"):
    """The day of the week in the programme's zone."""

    operator: Literal["in", "not_in"]
    value: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)]


class TimeHours(AnyCondition, frozen=True, kw_only=True, tag="time.hours"):
    """From the first hour until just before the second; from 22:00 to 02:00 wraps midnight."""

    operator: Literal["between"]
    value: tuple[Hour, Hour]


class TimeMonthDay(AnyCondition, frozen=True, kw_only=True, tag="time.month_day"):
    """From the first day of the year through the second; from 12-15 to 01-06 wraps new year."""

    operator: Literal["between"]
    value: tuple[MonthDay, MonthDay]


class MemberTier(KeyCondition, frozen=True, kw_only=True, tag="member.tier"):
    """The tier the member has at that moment, in any of the tier sets."""


class MemberSegment(KeyCondition, frozen=True, kw_only=True, tag="member.segment"):
    """The segments the member is in: `in` wants at least one of them, `not_in` none."""


class MemberJoined(AnyCondition, frozen=True, kw_only=True, tag="member.joined"):
    """For how many days the member has been one; on the day of joining it is 0."""

    operator: Literal["at_least", "at_most"]
    value: Annotated[int, Meta(ge=0, le=36_500)]


class MemberAnniversary(AnyCondition, frozen=True, kw_only=True, tag="member.anniversary"):
    """The day, or the month, in which the member joined in an earlier year.

    Who joined on 29 February has 28 February in other years.
    """

    operator: Literal["is"]
    value: Literal["day", "month"]


class ActivityCount(AnyCondition, frozen=True, kw_only=True, tag="count"):
    """Which activity of a type it is for the member, this one included: every fifth purchase."""

    of: Trigger
    operator: Literal["every", "equals", "at_least", "at_most"]
    value: Annotated[int, Meta(ge=1, le=1_000_000)]


class CampaignVariant(KeyCondition, frozen=True, kw_only=True, tag="variant"):
    """The variant of a campaign that the member is in."""

    campaign: Key


class Advanced(AnyCondition, frozen=True, kw_only=True, tag="advanced"):
    """An expression in CEL over `activity`, `lines`, `member` and `now` (see `advanced`)."""

    operator: Literal["holds"] = "holds"
    value: Expression


Condition = (
    LineCategory
    | LineProduct
    | LineBrand
    | LineKinds
    | LineAmount
    | ActivityChannel
    | ActivityLocation
    | ActivityAttribute
    | BasketAmount
    | BasketQuantity
    | BasketContains
    | TimeWeekday
    | TimeHours
    | TimeMonthDay
    | MemberTier
    | MemberSegment
    | MemberJoined
    | MemberAnniversary
    | ActivityCount
    | CampaignVariant
    | Advanced
)

_NAMED = 5  # keys of one condition that a reason names
_PLAIN = frozenset({"in", "all", "between", "is", "holds"})  # operators that params need not say
_NOT = "not:"


def cents(money: str) -> int:
    """A Money text ("12.5") as whole cents (1250)."""
    return _scaled(money, 2)


def thousandths(quantity: str) -> int:
    """A Quantity text ("2.5") as whole thousandths (2500)."""
    return _scaled(quantity, 3)


def _scaled(number: str, places: int) -> int:
    whole, _, fraction = number.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def field_of(condition: AnyCondition) -> str:
    """The condition's field as the document writes it, "line.category"."""
    return str(type(condition).__struct_config__.tag)


def condition_params(condition: Condition) -> dict[str, str]:
    """A condition as a reason carries it: the field, with what it is not plain about in front.

    {"line.category": "paint,stain"}, {"not:activity.channel": "web"}, {"at_most:member.joined":
    "30"}, {"every:count": "5", "of": "purchase"}, {"time.hours": "17:00,21:00"}. At least is plain
    for amounts and quantities. A reason is stored with every transfer, so of a long list it names
    a few keys and a "+number"; of an expression nothing.
    """
    field, operator = field_of(condition), condition.operator
    is_plain = operator in _PLAIN or (operator == "at_least" and field.startswith(_AMOUNTS))
    prefix = "" if is_plain else _NOT if operator == "not_in" else f"{operator}:"
    params = {prefix + field: _said(condition)}
    match condition:
        case ActivityAttribute(name=name):
            params["name"] = name
        case ActivityCount(of=of):
            params["of"] = of
        case CampaignVariant(campaign=campaign):
            params["campaign"] = campaign
    return params


_AMOUNTS = ("basket.", "line.")


def _said(condition: Condition) -> str:
    if isinstance(condition, Advanced):
        return ""
    value = condition.value
    if not isinstance(value, tuple):
        return str(value)
    most = len(value) if isinstance(condition, TimeWeekday) else _NAMED
    named, more = tuple(value[:most]), len(value) - most
    return ",".join(named + ((f"+{more}",) if more > 0 else ()))
