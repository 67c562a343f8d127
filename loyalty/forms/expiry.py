"""When points lapse, as fields: each kind of policy with what it needs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.earning.terms import parse_expiry
from loyalty.errors import RuleInvalid
from loyalty.forms.rows import choice
from loyalty.forms.widgets import whole

KINDS = [
    ("never", _("They do not lapse")),
    ("days", _("After so many days")),
    ("months", _("After so many months")),
    ("end_of", _("At the end of a period")),
    ("dates", _("On fixed days of the year")),
    ("inactivity", _("After so many months without activity")),
]
PERIODS = [
    ("month", _("Month")),
    ("quarter", _("Quarter")),
    ("half_year", _("Half-year")),
    ("year", _("Year")),
]
Policy = dict[str, Any]


class ExpiryFields(forms.Form):
    """An expiry policy in fields. `expiry_policy` is it once the form is valid; None: the usual."""

    usual: Any = ""  # what choosing nothing means; empty: something must be chosen

    expiry_kind = choice(_("Points lapse"), [], required=False)
    expiry_number = forms.IntegerField(
        label=_("How many"), required=False, min_value=1, max_value=7300, widget=whole()
    )
    expiry_period = choice(_("Period"), PERIODS, required=False)
    expiry_after = forms.IntegerField(
        label=_("Periods further on"),
        required=False,
        min_value=0,
        max_value=120,
        widget=whole(),
        help_text=_("0 is the end of the period in which they were earned."),
    )
    expiry_dates = forms.CharField(
        label=_("Days"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "31-3, 30-9"}),
        help_text=_("Day and month, with commas between them: 31-3, 30-9."),
    )
    expiry_activities = forms.CharField(
        label=_("Which activities keep them"),
        required=False,
        max_length=150,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "purchase, review"}),
        help_text=_("Empty: any activity."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [("", self.usual)] if self.usual else []
        self.fields["expiry_kind"].choices = [*first, *KINDS]  # type: ignore[attr-defined]
        self.fields["expiry_kind"].required = not self.usual

    expiry_policy: Policy | None = None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        kind = said.get("expiry_kind")
        if not kind:
            return said
        if kind in ("days", "months", "inactivity") and said.get("expiry_number") is None:
            if "expiry_number" not in self.errors:
                self.add_error("expiry_number", say("Fill in a number."))
            return said
        try:
            self.expiry_policy = policy_of(said)
            parse_expiry(self.expiry_policy)
        except (RuleInvalid, ValueError):
            self.add_error(PLACES[kind], say("This cannot be: look at the numbers and the days."))
        return said


PLACES = {
    "days": "expiry_number",
    "months": "expiry_number",
    "inactivity": "expiry_number",
    "end_of": "expiry_period",
    "dates": "expiry_dates",
    "never": "expiry_kind",
}


def policy_of(said: Mapping[str, Any]) -> Policy:
    """The policy that the fields mean. Raises ValueError for days that are none."""
    match said["expiry_kind"]:
        case "days" | "months" as span:
            return {"kind": "term", span: said["expiry_number"]}
        case "end_of":
            after = {"after": said["expiry_after"]} if said["expiry_after"] else {}
            return {"kind": "end_of", "period": said["expiry_period"] or "year", **after}
        case "dates":
            days = [_month_day(each) for each in _several(said["expiry_dates"])]
            return {"kind": "dates", "dates": days}
        case "inactivity":
            activities = _several(said["expiry_activities"])
            kept = {"activities": activities} if activities else {}
            return {"kind": "inactivity", "months": said["expiry_number"], **kept}
    return {"kind": "never"}


def expiry_sent(policy: Mapping[str, Any]) -> dict[str, str]:
    """What the fields would have sent to mean the policy."""
    kind = policy["kind"]
    if kind == "term":
        span = "days" if policy.get("days") else "months"
        return {"expiry_kind": span, "expiry_number": str(policy[span])}
    return {
        "expiry_kind": kind,
        "expiry_number": str(policy.get("months", "")),
        "expiry_period": policy.get("period", ""),
        "expiry_after": str(policy.get("after", "")),
        "expiry_dates": ", ".join(_day_month(day) for day in policy.get("dates", ())),
        "expiry_activities": ", ".join(policy.get("activities", ())),
    }


def _several(said: str) -> list[str]:
    return [each.strip() for each in said.split(",") if each.strip()]


def _month_day(day_month: str) -> str:
    day, month = day_month.replace("/", "-").split("-")
    return f"{int(month):02}-{int(day):02}"


def _day_month(month_day: str) -> str:
    month, day = month_day.split("-")
    return f"{int(day)}-{int(month)}"
