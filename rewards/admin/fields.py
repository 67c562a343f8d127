"""Fields that the forms of cards, occasions and batches share."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.admin.fields import DayInput
from loyalty.models import Programme


def a_name(label: Any, *, longest: int = 100) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, widget=UnfoldAdminTextInputWidget)


def first_day() -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("Empty: from when it is published."),
    )


def final_day() -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("This day still counts. Empty: until you stop it."),
    )


def a_choice(label: Any, choices: Any = (), **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget, **more)


def several(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, **more
    )


def codes(label: Any, **more: Any) -> forms.CharField:
    """Keys of the shop's own, with commas between them."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget,
        **more,
    )


def split(said: str) -> tuple[str, ...]:
    """What stands between the commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in said.split(",") if part.strip()))


class PeriodForm(forms.Form):
    """Days as moments of the programme: from the first one's start to the end of the last one."""

    programme: Programme

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    def offer(self, field: str, choices: Any) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]

    def starts_at(self) -> datetime | None:
        first: date | None = self.cleaned_data.get("starts_on")
        return self.start_of(first) if first else None

    def ends_at(self) -> datetime | None:
        last: date | None = self.cleaned_data.get("ends_on")
        return self.start_of(last + timedelta(days=1)) if last else None

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)

    def days_of(self, starts: datetime | None, ends: datetime | None) -> dict[str, Any]:
        last = ends and ends - timedelta(microseconds=1)
        return {
            "starts_on": starts and starts.astimezone(self.zone).date(),
            "ends_on": last and last.astimezone(self.zone).date(),
        }

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", _("The last day comes before the first."))
        return said
