"""What a back-test is asked: which rules on top of the live ones, over which days."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.forms.rules import start_of
from loyalty.forms.widgets import DayInput
from loyalty.models import EarningRule, Programme

MONTHS_BACK = timedelta(days=182)


class BackTestForm(forms.Form):
    """The draft is what is live, with the latest text of the rules that are ticked."""

    use_required_attribute = False

    title = forms.CharField(
        label=_("What you want to know"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("So that you find it again: what if paint earned double?"),
    )
    rules = forms.MultipleChoiceField(
        label=_("With these drafts and changes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "All other live rules count as they are. Nothing ticked: the live rules alone."
        ),
    )
    since = forms.DateField(label=_("First day"), widget=DayInput)
    until = forms.DateField(label=_("Last day"), widget=DayInput)

    def __init__(self, programme: Programme, today: date, *args: Any, **kwargs: Any) -> None:
        self.programme = programme
        self.today = today
        kept = kwargs.get("initial", {})
        yesterday = today - timedelta(days=1)
        kwargs["initial"] = {"since": today - MONTHS_BACK, "until": yesterday, **kept}
        super().__init__(*args, **kwargs)
        waiting = EarningRule.objects.filter(
            Q(versions__published_at=None) | ~Q(state=EarningRule.State.LIVE), programme=programme
        ).distinct()
        self.fields["rules"].choices = [(str(rule.pk), str(rule)) for rule in waiting]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and since > until:
            self.add_error("until", say("The last day comes before the first."))
        if until and until >= self.today:
            self.add_error("until", say("Choose a day that is over."))
        return said

    @property
    def rule_ids(self) -> list[int]:
        return [int(rule) for rule in self.cleaned_data["rules"]]

    @property
    def period(self) -> dict[str, datetime]:
        """From the start of the first day until the end of the last."""
        zone = ZoneInfo(self.programme.time_zone)
        return {
            "since": start_of(self.cleaned_data["since"], zone),
            "until": start_of(self.cleaned_data["until"] + timedelta(days=1), zone),
        }
