"""What a campaign says of itself apart from its steps: names, goal, budgets, company."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import localize_input
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from campaigns.admin.around import Around
from campaigns.admin.campaign_fields import count, one_of, several, text
from campaigns.admin.trigger_fields import TriggerFields
from campaigns.models import Campaign
from loyalty.admin.fields import DayInput, figure
from members.models import Purpose

PURPOSES = [(p.value, p.label) for p in (Purpose.OFFERS, Purpose.RESEARCH)]
MOST_DAYS = 365


class CampaignFields(TriggerFields):
    """Everything on the page that is no step and no variant."""

    name_nl = text(_("Name in Dutch"))
    name_en = text(_("Name in English"))
    purpose = one_of(
        _("Asks for the consent"), PURPOSES, help_text=_("Who did not give it, gets no message.")
    )
    segments = several(_("Only members in"), help_text=_("None ticked: everybody."))
    without = several(_("But not members in"))

    goal = one_of(_("What it should bring about"), Campaign.Goal.choices)
    goal_days = count(_("Measured over so many days after coming in"), most=MOST_DAYS)
    reading_on = forms.DateField(
        label=_("Day on which it is judged"),
        required=False,
        widget=DayInput(),
        help_text=_("Said beforehand, so that nobody looks until it looks good."),
    )
    holdout = count(
        _("Held out, in per cent"),
        least=0,
        most=90,
        help_text=_("Drawn by lot. They get nothing: what they do tells what would have been."),
    )

    budget_points = count(_("At most so many points in all"), most=10**9, required=False)
    budget_money = forms.DecimalField(
        label=_("At most so much money in all"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        localize=True,
        widget=figure(),
        help_text=_("What points and rewards are worth. Spent: it pauses by itself."),
    )
    starts_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: from when it is launched."),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DayInput(),
        help_text=_("Until when members come in. Empty: until you end it."),
    )

    exclusion_group = forms.SlugField(
        label=_("Exclusion group"),
        required=False,
        max_length=60,
        help_text=_("Of the campaigns in a group, each member takes part in one. Its key."),
        widget=forms.TextInput(attrs={"list": "known-groups", "class": "console-input"}),
    )
    priority = count(
        _("Priority of its messages"),
        least=0,
        most=100,
        help_text=_("100 goes first when members may get only so many."),
    )

    def __init__(self, data: Any, *, around: Around, is_judged: bool) -> None:
        super().__init__(data, around=around, is_judged=is_judged)
        self.offer("segments", around.segments)
        self.offer("without", around.segments)

    @property
    def of_goal(self) -> list[forms.BoundField]:
        return self.shown("goal", "goal_days", "reading_on", "holdout")

    @property
    def of_budget(self) -> list[forms.BoundField]:
        return self.shown("budget_points", "budget_money", "starts_on", "ends_on")

    @property
    def has_company(self) -> bool:
        return bool(self["exclusion_group"].value()) or str(self["priority"].value()) != "50"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", say("The last day comes before the first."))
        both = set(said.get("segments", [])) & set(said.get("without", []))
        if both:
            self.add_error("without", say("The same segment cannot be in and out."))
        return said

    # --- As the service wants it -----------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """The campaign's own columns."""
        said = self.cleaned_data
        names = (
            *("name_nl", "name_en", "purpose", "goal", "goal_days", "reading_on", "holdout"),
            *("exclusion_group", "priority", "budget_points", "budget_money"),
        )
        return {
            **{name: said[name] for name in names},
            "starts_at": self._start_of(said["starts_on"]),
            "ends_at": self._start_of(said["ends_on"] and said["ends_on"] + timedelta(days=1)),
        }

    def _start_of(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day, time.min, tzinfo=self.around.zone).astimezone(UTC)


def fields_sent(campaign: Campaign, around: Around) -> dict[str, str]:
    """What the form would have sent to mean these columns."""
    last = campaign.ends_at and campaign.ends_at - timedelta(microseconds=1)
    names = (
        *("name_nl", "name_en", "purpose", "goal", "goal_days", "reading_on", "holdout"),
        *("exclusion_group", "priority", "budget_points", "budget_money"),
    )
    said = {name: getattr(campaign, name) for name in names}
    said["starts_on"] = campaign.starts_at and campaign.starts_at.astimezone(around.zone).date()
    said["ends_on"] = last and last.astimezone(around.zone).date()
    return {name: _shown(value) for name, value in said.items()}


def _shown(value: Any) -> str:
    """As the browser's field has it: days as they are kept, decimals as the reader writes them."""
    if value is None:
        return ""
    return str(localize_input(value)) if isinstance(value, Decimal) else str(value)
