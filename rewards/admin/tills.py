"""Tills: where they stand, what each may lose without a line, and what they did meanwhile."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.admin.fields import figure, unused_key, whole
from loyalty.admin.pages import actor_of
from loyalty.models import ApiClient, Location, Programme
from loyalty.templatetags.figures import money
from members.admin.words import word
from rewards.admin.till_days import RIGHT, TillDays
from rewards.models import DoubleUse, JournalEntry, Till
from rewards.services.tills import LONGEST_OFFLINE, Floor, save_till

SHOWN = 50
BROWSER: tuple[str, Any] = ("", gettext_lazy("A page in the browser"))


class TillForm(forms.ModelForm[Till]):
    """Where it stands, by what it calls us, and what it may lose while the line is down."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    location = forms.ChoiceField(label=gettext_lazy("Where"), widget=UnfoldAdminSelectWidget)
    works_through = forms.ChoiceField(
        label=gettext_lazy("Works through"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("A till of its own has a connection, with a key of the API."),
    )
    floor_value = forms.DecimalField(
        label=gettext_lazy("One voucher may be worth"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        widget=figure(),
        help_text=gettext_lazy("Without a line. What is worth more waits until there is one."),
    )
    floor_total = forms.DecimalField(
        label=gettext_lazy("All vouchers together"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        widget=figure(),
    )
    floor_count = forms.IntegerField(
        label=gettext_lazy("How many vouchers"), min_value=0, max_value=32_000, widget=whole()
    )
    offline_hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"),
        min_value=1,
        max_value=LONGEST_OFFLINE,
        widget=whole(),
        help_text=gettext_lazy("From when the till last had a line."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("In use"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    chosen_programme: Programme  # what a new till becomes part of

    class Meta:
        model = Till
        fields = (
            *("name", "location", "floor_value", "floor_total", "floor_count"),
            *("offline_hours", "is_active"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        till = kwargs.get("instance")
        programme = till.programme if till is not None and till.pk else self.chosen_programme
        super().__init__(*args, **kwargs)
        places = Location.objects.filter(programme=programme).order_by("name")
        names = list(places.values_list("name", flat=True))
        if till is not None and till.location and till.location not in names:
            names.append(till.location)
        self._offer("location", [(name, name) for name in names])
        clients = ApiClient.objects.filter(programme=programme).order_by("name")
        self._offer("works_through", [BROWSER, *clients.values_list("pk", "name")])
        self.initial["works_through"] = till.client_id if till is not None else ""

    def _offer(self, field: str, choices: list[Any]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]

    @property
    def floor(self) -> Floor:
        said = self.cleaned_data
        return Floor(
            value=said["floor_value"],
            total=said["floor_total"],
            count=said["floor_count"],
            hours=said["offline_hours"],
        )


MARKS: dict[str, Any] = {
    "over_floor_value": gettext_lazy("worth more than it may take in"),
    "over_floor_total": gettext_lazy("over what it may take in together"),
    "over_floor_count": gettext_lazy("one too many"),
    "after_pack": gettext_lazy("after its hours were over"),
    "before_pack": gettext_lazy("its clock was behind"),
}


@admin.register(Till)
class TillAdmin(TillDays):
    """The tills of the shops."""

    intro = gettext_lazy(
        "The tills of your shops, when each was last heard of, and what it may lose without a line."
    )
    empty = gettext_lazy(
        "Add the till of your first shop: a page in the browser, or a till that calls the API."
    )
    form = TillForm
    programme_path = "programme"
    list_display = ["called", "place", "through", "may_lose", "seen", "lost", "is_live"]
    list_select_related = ["programme", "client"]
    ordering = ["location", "name"]
    fieldsets = [
        (None, {"fields": ["name", "location", "works_through", "is_active"]}),
        (
            gettext_lazy("While the line is down"),
            {"fields": ["floor_value", "floor_total", "floor_count", "offline_hours"]},
        ),
    ]
    change_form_outer_before_template = "admin/rewards/till_standing.html"
    change_form_outer_after_template = "admin/rewards/till_journal.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Till]:
        tills: QuerySet[Till] = super().get_queryset(request).select_related("programme", "client")
        open_losses = Count("journal__double_use", filter=Q(journal__double_use__settled_at=None))
        return tills.annotate(unsettled=open_losses) if self.is_list(request) else tills

    @display(description=gettext_lazy("Till"))
    def called(self, till: Till) -> str:
        return till.name

    @display(description=gettext_lazy("Where"))
    def place(self, till: Till) -> str:
        return till.location

    @display(description=gettext_lazy("Works through"))
    def through(self, till: Till) -> str:
        return till.client.name if till.client else str(BROWSER[1])

    @display(description=gettext_lazy("May lose without a line"))
    def may_lose(self, till: Till) -> str:
        return floor_sentence(till)

    @display(description=gettext_lazy("Last heard of"))
    def seen(self, till: Till) -> str:
        return last_heard(till)

    @display(description=gettext_lazy("Losses to settle"))
    def lost(self, till: Any) -> int:
        return int(till.unsettled)

    @display(description=gettext_lazy("State"), label={"LIVE": "success", "STOPPED": "default"})
    def is_live(self, till: Till) -> tuple[str, str]:
        return ("LIVE", _("In use")) if till.is_active else ("STOPPED", _("Put away"))

    def save_model(self, request: HttpRequest, obj: Till, form: TillForm, change: bool) -> None:
        programme_id = obj.programme_id or self.programme(request).pk
        taken = set(Till.objects.filter(programme_id=programme_id).values_list("key", flat=True))
        said = form.cleaned_data
        till = save_till(
            programme_id=programme_id,
            key=obj.key or unused_key(said["name"], taken, otherwise="till")[:40],
            name=said["name"],
            location=said["location"],
            client_id=int(said["works_through"]) if said["works_through"] else None,
            floor=form.floor,
            is_active=said["is_active"],
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.programme_id, obj.key = till.pk, till.programme_id, till.key

    def said(self, obj: Any) -> str:
        till = Till.objects.select_related("programme").get(pk=obj.pk)
        return f"{_('Saved: %s.') % till.name} {floor_sentence(till)}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        till = self.visible(request, object_id)
        standing = _standing(till)
        if request.user.has_perm(RIGHT):
            standing["day_page"] = reverse("admin:rewards_till_day", args=[till.pk])
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **standing}
        )
        return response


def _standing(till: Till) -> dict[str, Any]:
    """Its floor in words, its packs, and the last of what it did without a line."""
    now = timezone.now()
    journal = JournalEntry.objects.filter(till=till).order_by("-number")
    tallied = journal.order_by().values("outcome").annotate(times=Count("pk"))
    counts = dict(tallied.values_list("outcome", "times"))
    losses = DoubleUse.objects.filter(loser__till=till, settled_at=None)
    return {
        "till": till,
        "sentence": floor_sentence(till),
        "heard": last_heard(till),
        "packs": till.packs.order_by("-number")[:5],
        "now": now,
        "journal": [
            {
                "entry": entry,
                "kind": entry.get_kind_display(),
                "outcome": entry.get_outcome_display(),
                "marks": [str(word(MARKS, mark)) for mark in entry.marks],
                "value": money(entry.value, till.programme.currency) if entry.value else "",
            }
            for entry in journal[:SHOWN]
        ],
        "counts": [(label, counts.get(value, 0)) for value, label in JournalEntry.Outcome.choices],
        "unsettled": losses.count(),
    }


def floor_sentence(till: Till) -> str:
    """ "Vouchers up to €10.00 each, €100.00 and 20 in all, for 24 hours." """
    currency = till.programme.currency
    hours = ngettext("for %s hour", "for %s hours", till.offline_hours) % till.offline_hours
    if not (till.floor_count and till.floor_total and till.floor_value):
        return _("No vouchers without a line.")
    return _("Vouchers up to %(value)s each, %(total)s and %(count)s in all, %(hours)s.") % {
        "value": money(till.floor_value, currency),
        "total": money(till.floor_total, currency),
        "count": till.floor_count,
        "hours": hours,
    }


def last_heard(till: Till) -> str:
    """ "5 minutes ago", or that it was never heard of."""
    if till.last_seen_at is None:
        return _("never")
    return _("%s ago") % timesince(till.last_seen_at, depth=1)
