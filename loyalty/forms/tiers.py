"""The form of a tier set: what is counted over which time, and the tiers as rows."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.forms.rows import choice
from loyalty.forms.widgets import whole
from loyalty.models import Programme, TierSet, Unit

MEASURES = [
    ("spend", _("What members spend")),
    ("points", _("The points that they earn")),
    ("visits", _("The days on which they buy something")),
    ("activities", _("How often they do something")),
    ("segment", _("The group that they are in")),
]
PERIODS = [
    ("rolling", _("The last months, counted back from every day")),
    ("calendar", _("Fixed periods of the calendar")),
    ("anniversary", _("Periods from the day of joining on")),
    ("ever", _("All the time since joining")),
]
DOWNGRADES = [
    ("eligible", _("To the tier that they qualify for")),
    ("one_level", _("One tier lower")),
    ("none", _("Not at all: once reached is kept")),
]
RETURNS = [
    ("period_end", _("Keeps the tier to the end of its time")),
    ("at_once", _("Loses the tier at once")),
]
ACTIVITIES = RegexValidator(
    r"^\s*([a-z][a-z0-9_.-]{0,39}\s*(,\s*|$))*\Z", _("Activities are lower-case words.")
)
DAY = RegexValidator(r"^\s*\d{1,2}\s*[-/]\s*\d{1,2}\s*\Z", _("Day and month, such as 1-1."))
SPARE_ROWS = 1
MOST_ROWS = 20
Policy = dict[str, Any]


class TierSetForm(forms.Form):
    """All of a tier set but its tiers."""

    use_required_attribute = False

    name_nl = forms.CharField(
        label=_("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    measure = choice(_("What counts"), MEASURES)
    types = forms.CharField(
        label=_("Which activities"),
        required=False,
        max_length=400,
        validators=[ACTIVITIES],
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "purchase, review"}),
        help_text=_("As the webshop and the tills send them. Empty: the usual ones."),
    )
    period = choice(_("Over which time"), PERIODS)
    months = forms.IntegerField(
        label=_("How many months"), required=False, min_value=1, max_value=120, widget=whole()
    )
    starts = forms.CharField(
        label=_("First day"),
        required=False,
        validators=[DAY],
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48", "placeholder": "1-1"}),
        help_text=_("Day and month of the first period: 1-1."),
    )
    downgrade = choice(_("Who no longer qualifies goes"), DOWNGRADES)
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        required=False,
        min_value=0,
        max_value=366,
        widget=whole(),
        help_text=_("So long a tier still holds after its time."),
    )
    on_return = choice(_("Who brings back what the tier was earned with"), RETURNS)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = Unit.objects.filter(programme=programme, kind=Unit.Kind.CREDITS).order_by("code")
        name = "name_nl" if (get_language() or "nl").startswith("nl") else "name_en"
        units = [(f"credits:{code}", said) for code, said in saved.values_list("code", name)]
        self.fields["measure"].choices = [*MEASURES, *units]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        has_months = said.get("months") or "months" in self.errors
        if said.get("period") not in (None, "ever") and not has_months:
            self.add_error("months", say("Fill in a number."))
        return said


class TierRow(forms.Form):
    """One tier. A row without names is none."""

    use_required_attribute = False

    key = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    name_nl = forms.CharField(
        label=_("Name in Dutch"), required=False, max_length=60, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name in English"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
    )
    begins = forms.CharField(
        label=_("Begins at"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48"}),
    )

    @property
    def is_empty(self) -> bool:
        return not (self.cleaned_data.get("name_nl") or self.cleaned_data.get("name_en"))

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if self.is_empty:
            return said
        for name in ("name_nl", "name_en", "begins"):
            if not said.get(name):
                self.add_error(name, say("Fill this in."))
        return said


class _TierRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """The tiers, in whatever order they were filled in; kept with the lowest first."""

    is_by_group = False

    def clean(self) -> None:
        rows = [row for row in self.forms if not row.errors and not row.is_empty]
        if not rows and not any(self.errors):
            raise forms.ValidationError(say("Add at least one tier."))
        if self.is_by_group:
            return
        seen: set[int] = set()
        for row in rows:
            begins = row.cleaned_data["begins"].replace(".", "").replace(" ", "")
            if not begins.isdigit():
                row.add_error("begins", say("Fill in a whole number."))
            elif int(begins) in seen:
                row.add_error("begins", say("Another tier begins there."))
            else:
                seen.add(int(begins))

    def tiers(self) -> list[Policy]:
        """The tiers as the policy has them."""
        rows = [row.cleaned_data for row in self.forms if not row.is_empty]
        if not self.is_by_group:
            rows.sort(key=lambda said: _number(said["begins"]))
        keys: set[str] = set()
        return [self._tier(said, keys) for said in rows]

    def _tier(self, said: Mapping[str, Any], keys: set[str]) -> Policy:
        base = said["key"] or slugify(said["name_en"])[:50] or "tier"
        key = next(k for k in (base, *(f"{base}-{n}" for n in range(2, 99))) if k not in keys)
        keys.add(key)
        begins = (
            {"segment": said["begins"]}
            if self.is_by_group
            else {"threshold": _number(said["begins"])}
        )
        return {"key": key, "name": {"nl": said["name_nl"], "en": said["name_en"]}, **begins}


TierRows = forms.formset_factory(
    TierRow, formset=_TierRows, extra=SPARE_ROWS, max_num=MOST_ROWS, validate_max=True
)


def policy_of(said: Mapping[str, Any], tiers: list[Policy]) -> Policy:
    """The policy that the fields and rows mean."""
    kind, _colon, unit = said["measure"].partition(":")
    types = [each.strip() for each in said["types"].split(",") if each.strip()]
    period = {"kind": said["period"]}
    if said["period"] != "ever":
        period["months"] = said["months"]
    if said["period"] == "calendar":
        day, month = (said["starts"] or "1-1").replace("/", "-").split("-")
        period["starts"] = f"{int(month):02}-{int(day):02}"
    return {
        "measure": {
            "kind": kind,
            **({"unit": unit} if unit else {}),
            **({"types": types} if types else {}),
        },
        "period": period,
        "downgrade": said["downgrade"],
        "grace_days": said["grace_days"] or 0,
        "on_return": said["on_return"],
        "tiers": tiers,
    }


def fields_of(tier_set: TierSet | None) -> dict[str, Any]:
    """What the fields begin with."""
    if tier_set is None:
        return {"measure": "spend", "period": "rolling", "months": 12, "grace_days": 0}
    policy = tier_set.policy
    measure, period = policy["measure"], policy.get("period", {"kind": "rolling", "months": 12})
    month, _dash, day = period.get("starts", "01-01").partition("-")
    unit = f":{measure['unit']}" if measure.get("unit") else ""
    return {
        "name_nl": tier_set.name_nl,
        "name_en": tier_set.name_en,
        "measure": f"{measure['kind']}{unit}",
        "types": ", ".join(measure.get("types", ())),
        "period": period["kind"],
        "months": period.get("months", 12),
        "starts": f"{int(day)}-{int(month)}",
        "downgrade": policy.get("downgrade", "eligible"),
        "grace_days": policy.get("grace_days", 0),
        "on_return": policy.get("on_return", "period_end"),
    }


def rows_of(tier_set: TierSet | None) -> list[dict[str, Any]]:
    """What the rows begin with."""
    tiers = tier_set.policy["tiers"] if tier_set else []
    return [
        {
            "key": tier["key"],
            "name_nl": tier["name"]["nl"],
            "name_en": tier["name"]["en"],
            "begins": tier.get("segment") or str(tier.get("threshold", 0)),
        }
        for tier in tiers
    ]


def _number(begins: str) -> int:
    return int(begins.replace(".", "").replace(" ", ""))
