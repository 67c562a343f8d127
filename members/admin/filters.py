"""The filters above the list of members: one form, whose answers stand in the page's address."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.admin import scope
from loyalty.models import Location, Programme, TierSet
from members.admin.words import PURPOSES, TOUCHPOINTS
from members.models import Member
from members.services.member_search import MemberFilter, narrowed

ANY: tuple[str, Any] = ("", _("Any"))
PERIODS = [(30, _("30 days")), (90, _("90 days")), (365, _("a year"))]


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(
        attrs={"type": "date", "class": " ".join(BASE_INPUT_CLASSES)}, format="%Y-%m-%d"
    )
    return forms.DateField(label=label, required=False, widget=widget)


def _one_of(label: Any, choices: list[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[ANY, *choices], widget=UnfoldAdminSelectWidget
    )


def _points(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, widget=UnfoldAdminIntegerFieldWidget)


class FilterForm(forms.Form):
    """What may be asked of members; nothing said is nothing asked."""

    use_required_attribute = False

    joined_from = _day(_("Joined from"))
    joined_to = _day(_("Joined until"))
    through = _one_of(_("Joined through"), list(TOUCHPOINTS.items()))
    location = _one_of(_("Joined at"), [])
    campaign = forms.CharField(
        label=_("Campaign"), required=False, max_length=60, widget=UnfoldAdminTextInputWidget
    )
    tier = _one_of(_("Tier"), [])
    consent = _one_of(_("Agreed to"), [(str(key), word) for key, word in PURPOSES.items()])
    login = _one_of(_("Signs in"), [("yes", _("Yes")), ("no", _("No"))])
    points_from = _points(_("Points from"))
    points_to = _points(_("Points up to"))
    active = _one_of(_("Did something in the last"), list(PERIODS))
    quiet = _one_of(_("Did nothing for"), list(PERIODS))

    def __init__(self, data: Any, programme: Programme) -> None:
        super().__init__(data, auto_id="filter_%s")
        names = Location.objects.filter(programme=programme).order_by("name")
        self._offer("location", [(name, name) for name in names.values_list("name", flat=True)])
        self._offer("tier", list(tiers(programme)))

    def _offer(self, field: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[field].choices = [ANY, *choices]  # type: ignore[attr-defined]

    def asked(self) -> MemberFilter:
        """What is said; what is nonsense is not asked."""
        self.is_valid()
        said = self.cleaned_data
        return MemberFilter(
            joined_from=said.get("joined_from"),
            joined_to=said.get("joined_to"),
            through=said.get("through", ""),
            location=said.get("location", ""),
            campaign=said.get("campaign", ""),
            tier=said.get("tier", ""),
            consent=said.get("consent", ""),
            has_login={"yes": True, "no": False}.get(said.get("login", "")),
            points_from=said.get("points_from"),
            points_to=said.get("points_to"),
            active_within=_number(said.get("active")),
            quiet_for=_number(said.get("quiet")),
        )


def tiers(programme: Programme) -> Iterator[tuple[str, str]]:
    """Every tier of the live ladders: "set:tier" and what it is called."""
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    for tier_set in TierSet.objects.filter(programme=programme, is_live=True).order_by("pk"):
        for tier in tier_set.policy["tiers"]:
            name = tier.get("name", {}).get(language) or tier["key"]
            yield f"{tier_set.pk}:{tier['key']}", name


def _number(said: str | None) -> int | None:
    return int(said) if said else None


FIELDS = list(FilterForm.base_fields)


class MemberFilters(admin.ListFilter):
    """All the fields of the form as one filter of the list; drawn above it, not beside it."""

    title = _("Filters")

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        said = {key: params.pop(key)[-1] for key in [*FIELDS, "before"] if key in params}
        self.programme = scope.chosen(request)
        self.form = FilterForm(said, self.programme) if self.programme else None
        self.asked = self.form.asked() if self.form else MemberFilter()

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        if self.programme is None:
            return queryset
        return narrowed(queryset, self.asked, self.programme, at=timezone.now())

    def expected_parameters(self) -> list[str | None]:
        return [*FIELDS, "before"]


def question(said: QueryDict) -> str:
    """The search and the filters of an address, without the page and without what is empty."""
    kept = QueryDict(mutable=True)
    for key in ("q", *FIELDS):
        if value := said.get(key, "").strip():
            kept[key] = value
    return kept.urlencode()
