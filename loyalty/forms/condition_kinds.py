"""Which conditions there are to choose from, in the words of the trade."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

Choices = Sequence[tuple[str, Any]]

TRIGGERS: Choices = [
    ("purchase", _("A purchase")),
    ("review", _("A review")),
    ("survey", _("A survey")),
    ("referral", _("Bringing in a new member")),
    ("share", _("Sharing")),
    ("check_in", _("A check-in")),
    ("visit", _("A visit")),
]
ACTIVITIES = [key for key, _label in TRIGGERS]
_ONE_OF: Choices = [("in", _("is one of")), ("not_in", _("is none of"))]
_AT_LEAST: Choices = [("at_least", _("at least"))]
_BOUNDS: Choices = [("at_least", _("at least")), ("at_most", _("at most"))]
COUNT_OPERATORS: Choices = [
    ("every", _("every so many")),
    ("equals", _("exactly the")),
    ("at_least", _("from the")),
    ("at_most", _("up to and including the")),
]
ATTRIBUTE_OPERATORS: Choices = [*_ONE_OF, *_BOUNDS]
_WEEKDAYS: Choices = [
    ("mon", _("Monday")),
    ("tue", _("Tuesday")),
    ("wed", _("Wednesday")),
    ("thu", _("Thursday")),
    ("fri", _("Friday")),
    ("sat", _("Saturday")),
    ("sun", _("Sunday")),
]
_LINE_KINDS: Choices = [
    ("GOODS", _("Goods")),
    ("GIFT_CARD", _("A gift card")),
    ("DELIVERY", _("Delivery")),
]
DAYS: Choices = [(f"{day:02}", str(day)) for day in range(1, 32)]
MONTHS: Choices = [
    ("01", _("January")),
    ("02", _("February")),
    ("03", _("March")),
    ("04", _("April")),
    ("05", _("May")),
    ("06", _("June")),
    ("07", _("July")),
    ("08", _("August")),
    ("09", _("September")),
    ("10", _("October")),
    ("11", _("November")),
    ("12", _("December")),
]


class ConditionKind(NamedTuple):
    """One that can be added: its name in the menu, its row, how it may compare."""

    title: Any
    row: str  # the class in loyalty.forms.conditions
    operators: Choices
    choices: Choices = ()
    is_free: bool = False  # whether keys may be written that nothing knows
    hint: Any = ""


CONDITIONS: dict[str, ConditionKind] = {
    "line.category": ConditionKind(_("Category"), "KeysRow", _ONE_OF),
    "line.product": ConditionKind(_("Product"), "KeysRow", _ONE_OF, is_free=True),
    "line.brand": ConditionKind(_("Brand"), "KeysRow", _ONE_OF, is_free=True),
    "line.kind": ConditionKind(
        _("Kind of line"),
        "TicksRow",
        _ONE_OF,
        _LINE_KINDS,
        hint=_("What the programme lets earn comes first; see the programme's settings."),
    ),
    "line.amount": ConditionKind(_("Amount of one line"), "MoneyRow", _AT_LEAST),
    "basket.amount": ConditionKind(_("Amount of the basket"), "MoneyRow", _BOUNDS),
    "basket.quantity": ConditionKind(
        _("Quantity"), "QuantityRow", _AT_LEAST, hint=_("Of the products that count, together.")
    ),
    "basket.contains": ConditionKind(
        _("Basket contains"),
        "KeysRow",
        [("all", _("all of"))],
        is_free=True,
        hint=_("Of each category or product that you choose there must be something."),
    ),
    "activity.channel": ConditionKind(_("Channel"), "KeysRow", _ONE_OF, is_free=True),
    "activity.location": ConditionKind(_("Location"), "KeysRow", _ONE_OF, is_free=True),
    "time.weekday": ConditionKind(_("Day of the week"), "TicksRow", _ONE_OF, _WEEKDAYS),
    "time.hours": ConditionKind(
        _("Hours"),
        "HoursRow",
        [("between", _("between"))],
        hint=_("By the programme's clock. From 22:00 until 02:00 runs over midnight."),
    ),
    "time.month_day": ConditionKind(
        _("Days of the year"), "MonthDaysRow", [("between", _("between"))], hint=_("Every year.")
    ),
    "member.tier": ConditionKind(_("Tier"), "KeysRow", _ONE_OF, is_free=True),
    "member.segment": ConditionKind(_("Segment"), "KeysRow", _ONE_OF, is_free=True),
    "member.joined": ConditionKind(
        _("Days a member"),
        "DaysRow",
        _BOUNDS,
        hint=_("On the day of joining that is 0."),
    ),
    "member.anniversary": ConditionKind(
        _("Anniversary of joining"), "AnniversaryRow", [("is", _("is"))]
    ),
    "count": ConditionKind(
        _("How many times"),
        "CountRow",
        COUNT_OPERATORS,
        hint=_("Every fifth purchase: every so many, 5, purchase. This one counts too."),
    ),
    "activity.attribute": ConditionKind(
        _("Something the activity says"), "AttributeRow", ATTRIBUTE_OPERATORS
    ),
    "variant": ConditionKind(_("Variant of a campaign"), "VariantRow", _ONE_OF, is_free=True),
    "advanced": ConditionKind(
        _("Advanced"),
        "AdvancedRow",
        [("holds", _("holds"))],
        hint=_("An expression in CEL over activity, lines, member and now."),
    ),
}
GROUPS: list[tuple[Any, tuple[str, ...]]] = [
    (
        _("What is bought"),
        (
            "line.category",
            "line.product",
            "line.brand",
            "line.kind",
            "line.amount",
            "basket.amount",
            "basket.quantity",
            "basket.contains",
        ),
    ),
    (
        _("Where and when"),
        (
            "activity.channel",
            "activity.location",
            "time.weekday",
            "time.hours",
            "time.month_day",
        ),
    ),
    (
        _("Who"),
        (
            "member.tier",
            "member.segment",
            "member.joined",
            "member.anniversary",
            "count",
        ),
    ),
    (_("Anything else"), ("activity.attribute", "variant", "advanced")),
]
