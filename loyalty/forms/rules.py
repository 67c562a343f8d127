"""The form of an earning rule: made in fields and rows, kept as the engine's document."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import ErrorDict
from django.utils.text import slugify
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.forms.condition_kinds import ACTIVITIES, TRIGGERS
from loyalty.forms.conditions import ACTIVITY_KEY
from loyalty.forms.expiry import ExpiryFields, expiry_sent
from loyalty.forms.rows import Part, Surroundings, choice
from loyalty.forms.widgets import DayInput, whole
from loyalty.models import EarningRule, EarningRuleVersion

OTHER = "other"
CHOOSE = [
    ("best", _("the one that gives the member most")),
    ("first", _("the first that gives anything")),
    ("sum", _("all of them")),
]


class RuleFields(ExpiryFields):
    """All of a rule but its conditions, effects and limits."""

    use_required_attribute = False
    usual = _("As the programme has it")

    name_nl = forms.CharField(
        label=_("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    trigger = forms.ChoiceField(
        label=_("What earns"),
        choices=[*TRIGGERS, (OTHER, _("Another activity"))],
        widget=UnfoldAdminSelectWidget,
    )
    other_trigger = forms.CharField(
        label=_("Which activity"),
        required=False,
        max_length=64,
        validators=[ACTIVITY_KEY],
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As the app or the webshop sends it: workshop_attended."),
    )
    starts_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=DayInput,
        help_text=_("Empty: from when it is published."),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DayInput,
        help_text=_("This day still counts. Empty: until you stop it."),
    )
    pending_days = forms.IntegerField(
        label=_("Usable after"),
        required=False,
        min_value=0,
        max_value=3660,
        widget=whole(),
        help_text=_("In days. Empty: at once."),
    )
    awaits = forms.CharField(
        label=_("Or once this has happened"),
        required=False,
        max_length=40,
        validators=[ACTIVITY_KEY],
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56", "placeholder": "delivered"}),
        help_text=_("As the webshop reports it. With days too: whichever comes first."),
    )
    group_key = forms.CharField(
        label=_("Competes in group"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56", "list": "known-groups"}),
        help_text=_("Rules with the same word compete. Empty: it competes with none."),
    )
    group_choose = choice(_("Of the group counts"), CHOOSE, required=False)
    priority = forms.IntegerField(
        label=_("Turn"),
        required=False,
        min_value=-1000,
        max_value=1000,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-32"}),
        help_text=_("Lower goes first. It matters for ceilings, and for the first of a group."),
    )

    def __init__(self, sent: Any, *, around: Surroundings, is_judged: bool) -> None:
        self.around = around
        self.is_judged = is_judged
        super().__init__(sent, auto_id="id_%s")

    def full_clean(self) -> None:
        if self.is_judged:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data = {}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.around.programme.time_zone)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("trigger") == OTHER and not said.get("other_trigger"):
            self.add_error("other_trigger", say("Fill in which activity."))
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", say("The last day comes before the first."))
        return said

    # --- What it says, once valid --------------------------------------------------------------

    @property
    def name(self) -> dict[str, str]:
        return {"nl": self.cleaned_data["name_nl"], "en": self.cleaned_data["name_en"]}

    @property
    def turn(self) -> int:
        return int(self.cleaned_data["priority"] or 0)

    @property
    def period(self) -> dict[str, datetime | None]:
        """The days as moments: from the first one's start to the end of the last one."""
        first, last = self.cleaned_data["starts_on"], self.cleaned_data["ends_on"]
        return {
            "starts_at": first and start_of(first, self.zone),
            "ends_at": last and start_of(last + timedelta(days=1), self.zone),
        }

    def trigger_said(self) -> str:
        said = self.cleaned_data
        return str(said["other_trigger"] if said["trigger"] == OTHER else said["trigger"])

    def parts(self) -> Part:
        """The group and the terms, as far as there are any."""
        said = self.cleaned_data
        parts: Part = {}
        if said["group_key"]:
            parts["group"] = {"key": said["group_key"], "choose": said["group_choose"] or "best"}
        terms: Part = {}
        if said["pending_days"]:
            terms["pending_days"] = said["pending_days"]
        if said["awaits"]:
            terms["awaits"] = said["awaits"]
        if self.expiry_policy:
            terms["expiry"] = self.expiry_policy
        return {**parts, "terms": terms} if terms else parts


def fields_sent(version: EarningRuleVersion, document: Part, zone: ZoneInfo) -> dict[str, str]:
    """What these fields would have sent to mean this version."""
    rule, trigger = version.rule, document["trigger"]
    is_known = trigger in ACTIVITIES
    terms, group = document.get("terms") or {}, document.get("group") or {}
    return {
        "name_nl": rule.name_nl,
        "name_en": rule.name_en,
        "trigger": trigger if is_known else OTHER,
        "other_trigger": "" if is_known else trigger,
        "starts_on": _day(version.starts_at, zone),
        "ends_on": _day(version.ends_at and version.ends_at - timedelta(microseconds=1), zone),
        "pending_days": str(terms.get("pending_days") or ""),
        "awaits": terms.get("awaits", ""),
        **(expiry_sent(terms["expiry"]) if terms.get("expiry") else {}),
        "group_key": group.get("key", ""),
        "group_choose": group.get("choose", ""),
        "priority": str(version.priority or ""),
    }


def in_version_two(document: Mapping[str, Any]) -> Part:
    """A document of the first version, with its one effect, as the second has it."""
    if document.get("schema") != 1:
        return dict(document)
    rest = {name: value for name, value in document.items() if name != "effect"}
    return {**rest, "schema": 2, "effects": [document["effect"]]}


def free_key(name: str, programme_id: int) -> str:
    """A rule's key made from its name, with a number when that key is taken."""
    taken = EarningRule.objects.filter(programme_id=programme_id).values_list("key", flat=True)
    return unused_key(name, set(taken), otherwise="rule")


def unused_key(name: str, taken: set[str], *, otherwise: str) -> str:
    """A key made from a name, with a number when that key is taken."""
    wanted = slugify(name)[:50] or otherwise
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (wanted, *numbered) if key not in taken)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat() if moment else ""
