"""The console's form of a reward."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.models import Programme
from rewards.models import Reward, Stock


def _number() -> UnfoldAdminIntegerFieldWidget:
    return UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48"})


def _day() -> forms.DateInput:
    style = " ".join([*BASE_INPUT_CLASSES, "max-w-48"])
    return forms.DateInput(attrs={"type": "date", "class": style}, format="%Y-%m-%d")


def _text() -> UnfoldAdminTextareaWidget:
    return UnfoldAdminTextareaWidget(attrs={"rows": 3})


class RewardForm(forms.ModelForm[Reward]):
    """A reward in the words of the shop: days, a price in points, how many there are."""

    name_nl = forms.CharField(
        label=gettext_lazy("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    description_nl = forms.CharField(
        label=gettext_lazy("Description in Dutch"), required=False, max_length=2000, widget=_text()
    )
    description_en = forms.CharField(
        label=gettext_lazy("Description in English"),
        required=False,
        max_length=2000,
        widget=_text(),
    )
    points = forms.IntegerField(
        label=gettext_lazy("Price in points"), min_value=1, max_value=10_000_000, widget=_number()
    )
    stock = forms.IntegerField(
        label=gettext_lazy("How many there are"),
        required=False,
        min_value=0,
        max_value=10_000_000,
        widget=_number(),
        help_text=gettext_lazy("Those already redeemed included. Empty: as many as are wanted."),
    )
    limit_per_member = forms.IntegerField(
        label=gettext_lazy("At most per member"),
        required=False,
        min_value=1,
        max_value=10_000,
        widget=_number(),
        help_text=gettext_lazy("Empty: no limit."),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=_day(),
        help_text=gettext_lazy("Empty: from when it is published."),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=_day(),
        help_text=gettext_lazy("This day still counts. Empty: until you stop it."),
    )
    voucher_valid_days = forms.IntegerField(
        label=gettext_lazy("A voucher is valid"),
        min_value=1,
        max_value=3650,
        initial=90,
        widget=_number(),
        help_text=gettext_lazy("In days, from redeeming on."),
    )

    class Meta:
        model = Reward
        fields = (
            "name_nl",
            "name_en",
            "description_nl",
            "description_en",
            "points",
            "limit_per_member",
            "voucher_valid_days",
        )

    chosen_programme: Programme  # what a new reward becomes part of

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        reward = kwargs.get("instance")
        known = reward if reward is not None and reward.pk else None
        self.programme = known.programme if known else self.chosen_programme
        self.held = Stock.objects.filter(reward=known).first() if known else None
        if known:
            kwargs["initial"] = {**self._days_of(known), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    @property
    def period(self) -> dict[str, datetime | None]:
        """The days as moments: from the first one's start to the end of the last one."""
        first, last = self.cleaned_data["starts_on"], self.cleaned_data["ends_on"]
        return {
            "available_from": first and self._start_of(first),
            "available_until": last and self._start_of(last + timedelta(days=1)),
        }

    def clean_stock(self) -> int | None:
        stock: int | None = self.cleaned_data["stock"]
        if self.held and stock is None:
            raise forms.ValidationError(_("Fill in a number: this reward has a stock."))
        if self.held and stock is not None and stock < self.held.taken:
            raise forms.ValidationError(
                _("%s have been redeemed already; it cannot be fewer.") % self.held.taken
            )
        return stock

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", _("The last day comes before the first."))
        return said

    def _days_of(self, reward: Reward) -> dict[str, Any]:
        first, until = reward.available_from, reward.available_until
        last = until and until - timedelta(microseconds=1)
        return {
            "starts_on": first and first.astimezone(self.zone).date(),
            "ends_on": last and last.astimezone(self.zone).date(),
            "stock": self.held.total if self.held else None,
        }

    def _start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)
