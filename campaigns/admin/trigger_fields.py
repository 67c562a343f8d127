"""When a campaign begins for a member, and how often it may."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import Drawn, count, one_of, text
from campaigns.admin.step_tree import Part
from loyalty.admin.fields import DayInput, HourInput

EVENTS = [
    ("enrolled", _("A member joins")),
    ("first_purchase", _("A member buys for the first time")),
    ("purchase", _("A member buys")),
    ("tier_reached", _("A member reaches a tier")),
    ("points_expiring", _("Points are about to lapse")),
    ("birthday", _("It is a member's birthday")),
    ("reward_within_reach", _("A reward comes within reach")),
    ("entered_segment", _("A member comes into a segment")),
    ("left_segment", _("A member leaves a segment")),
    ("near_location", _("A member is at a location")),
    ("silent", _("A member has not been seen for a while")),
    ("activity", _("A member does something else")),
]
MOMENTS = [
    ("once", _("Once, on a day")),
    ("daily", _("Every day")),
    ("weekly", _("Every week")),
    ("monthly", _("Every month")),
]
BY_HAND = "by_hand"
TRIGGERS = [
    (_("When something happens"), EVENTS),
    (_("At a moment that you choose"), [*MOMENTS, (BY_HAND, _("When somebody is put in by hand"))]),
]
WEEKDAYS = [
    *(("0", _("Monday")), ("1", _("Tuesday")), ("2", _("Wednesday")), ("3", _("Thursday"))),
    *(("4", _("Friday")), ("5", _("Saturday")), ("6", _("Sunday"))),
]
ASKS: Mapping[str, tuple[str, ...]] = {
    "tier_reached": ("tier",),
    "points_expiring": ("days",),
    "birthday": ("days",),
    "entered_segment": ("segment",),
    "left_segment": ("segment",),
    "near_location": ("location",),
    "silent": ("days",),
    "activity": ("activity",),
    "once": ("date", "time"),
    "daily": ("time",),
    "weekly": ("weekday", "time"),
    "monthly": ("monthday", "time"),
}
OPTIONAL = {"tier", "location"}
OPTIONAL_DAYS = "birthday"  # on the day itself, unless days ahead are said
ONCE, EVERY, ALWAYS = "once", "every", "always"
AGAIN = [
    (ONCE, _("Once")),
    (EVERY, _("At most once in so many days")),
    (ALWAYS, _("Each time")),
]


class TriggerFields(Drawn):
    """The trigger and its particulars; only those of the chosen one are shown and judged."""

    trigger = one_of(_("It begins when"), TRIGGERS)  # type: ignore[arg-type]
    days = count(_("So many days"), least=0, most=730, required=False)
    tier = one_of(_("Which tier"), required=False)
    segment = one_of(_("Which segment"), required=False)
    location = one_of(_("Where"), required=False)
    activity = text(_("Which activity"), longest=60, required=False)
    date = forms.DateField(label=_("On"), required=False, widget=DayInput())
    weekday = one_of(_("On"), WEEKDAYS, required=False)
    monthday = count(_("On day of the month"), most=28, required=False)
    time = forms.TimeField(label=_("At"), required=False, widget=HourInput())
    again = one_of(_("How often for the same member"), AGAIN)
    again_days = count(_("Days between"), most=3650, required=False)

    def __init__(self, data: Any, *, around: Around, is_judged: bool) -> None:
        self.around = around
        super().__init__(data, is_judged=is_judged)
        self.offer("tier", around.tiers, blank=_("Any tier"))
        self.offer("segment", around.segments, blank="—")
        self.offer("location", around.locations, blank=_("Any location"))

    @property
    def of_trigger(self) -> list[tuple[forms.BoundField, str]]:
        """The particulars with their classes, by which the stylesheet shows those that matter."""
        names = (
            *("days", "tier", "segment", "location", "activity"),
            *("date", "weekday", "monthday", "time"),
        )
        return [(self[name], f"for-{name}") for name in names]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        kind = said.get("trigger", "")
        for name in ASKS.get(kind, ()):
            is_needed = name not in OPTIONAL and not (name == "days" and kind == OPTIONAL_DAYS)
            if is_needed and said.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, say("Fill this in for that beginning."))
        if said.get("again") == EVERY and not said.get("again_days"):
            self.add_error("again_days", say("Fill in how many days."))
        return said

    def said(self) -> Part:
        """The trigger and how often, as the document has them."""
        said = self.cleaned_data
        kind = said["trigger"]
        asked = {name: _plain(said[name]) for name in ASKS.get(kind, ())}
        kept = {name: value for name, value in asked.items() if value not in (None, "")}
        again = {"again_days": said["again_days"]} if said["again"] == EVERY else {}
        return {"trigger": {"kind": kind, **kept}, "again": said["again"], **again}


def trigger_sent(document: Part) -> dict[str, str]:
    """What the fields would have sent to mean the document's trigger."""
    trigger = document.get("trigger") or {"kind": "enrolled"}
    said = {name: str(value) for name, value in trigger.items() if name != "kind"}
    return {
        **said,
        "trigger": str(trigger["kind"]),
        "again": str(document.get("again") or ONCE),
        "again_days": str(document.get("again_days") or ""),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.strftime("%H:%M") if isinstance(value, time) else value
