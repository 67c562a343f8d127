"""Forms for telling other systems what happened."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.forms.widgets import DayInput
from loyalty.models import WebhookEndpoint
from loyalty.services.event_catalogue import outgoing
from loyalty.webhooks.addresses import AddressRefused, check_url


class WebhookForm(forms.ModelForm[WebhookEndpoint]):
    """Where to, and what about."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("It begins with https:// and lies on the internet."),
    )
    description = forms.CharField(
        label=gettext_lazy("Whose it is"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    event_names = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        required=False,
        choices=lambda: [(each.name, each.name) for each in outgoing()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("Tick none, and it is told of everything."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "event_names")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url, may_be_private=settings.WEBHOOKS_MAY_BE_PRIVATE)
        except AddressRefused as refused:
            raise forms.ValidationError(
                _("Give a whole address that begins with https://, without a name or password.")
            ) from refused
        return url


class AgainForm(forms.Form):
    """The days whose events are sent again."""

    since = forms.DateField(label=gettext_lazy("First day"), widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Last day"), widget=DayInput)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day comes before the first."))
        return said

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last, in the zone in force."""
        first, last = self.cleaned_data["since"], self.cleaned_data["until"]
        ends = [datetime.combine(day, time.min) for day in (first, last + timedelta(days=1))]
        return timezone.make_aware(ends[0]), timezone.make_aware(ends[1])
