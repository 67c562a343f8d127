"""The form of an earning rule: made in fields, kept as the engine's document."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.earning.document import parse_rule
from loyalty.errors import RuleInvalid
from loyalty.models import Category, EarningRule, EarningRuleVersion, Location, Programme

TRIGGERS = [
    ("purchase", _("A purchase")),
    ("review", _("A review")),
    ("survey", _("A survey")),
    ("referral", _("Bringing in a new member")),
    ("share", _("Sharing")),
    ("check_in", _("A check-in")),
]
EFFECTS = [
    ("per_amount", _("Points per amount")),
    ("multiplier", _("Times the points")),
    ("fixed", _("A fixed number of points")),
]
CHANNELS = [
    ("web", _("Webshop")),
    ("app", _("App")),
    ("store", _("Store")),
    ("social", _("Social media")),
]
# field of the form: field and operator of the condition
CONDITIONS = {
    "categories": ("line.category", "in"),
    "excluded_categories": ("line.category", "not_in"),
    "channels": ("activity.channel", "in"),
    "locations": ("activity.location", "in"),
    "minimum": ("basket.amount", "at_least"),
}
NEEDED = {"per_amount": ("points", "per"), "multiplier": ("factor",), "fixed": ("points",)}


class DayInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(
            attrs={"class": " ".join([*BASE_INPUT_CLASSES, "max-w-48"])}, format="%Y-%m-%d"
        )


def _figure(**attrs: str) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"class": "max-w-48", "inputmode": "decimal", **attrs})


def _choices(label: Any, **kwargs: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, **kwargs
    )


class EarningRuleForm(forms.ModelForm[EarningRule]):
    """A rule in fields. Conditions that have no field here are kept as they are."""

    name_nl = forms.CharField(
        label=_("Name in Dutch"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    name_en = forms.CharField(
        label=_("Name in English"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    trigger = forms.ChoiceField(
        label=_("What earns"), choices=TRIGGERS, widget=UnfoldAdminSelectWidget
    )
    effect = forms.ChoiceField(
        label=_("What it gives"), choices=EFFECTS, widget=UnfoldAdminSelectWidget
    )
    points = forms.IntegerField(
        label=_("Points"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": "max-w-48"}),
    )
    per = forms.DecimalField(
        label=_("Per amount of"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        localize=True,
        widget=_figure(prefix="€"),
    )
    factor = forms.DecimalField(
        label=_("Times"),
        required=False,
        min_value=Decimal(1),
        max_digits=7,
        decimal_places=4,
        localize=True,
        widget=_figure(),
        help_text=_("2 doubles the points that the other rules give."),
    )
    categories = _choices(_("Only on"), help_text=_("Nothing ticked: on everything."))
    excluded_categories = _choices(_("Never on"))
    minimum = forms.DecimalField(
        label=_("From a basket of"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        localize=True,
        widget=_figure(prefix="€"),
        help_text=_("Empty: any basket."),
    )
    channels = _choices(_("Only in"), choices=CHANNELS, help_text=_("Nothing ticked: everywhere."))
    locations = _choices(_("Only at"), help_text=_("Nothing ticked: at every location."))
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

    class Meta:
        model = EarningRule
        fields = ("name_nl", "name_en")

    version: EarningRuleVersion | None = None
    document: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        rule = kwargs.get("instance")
        if rule is not None and rule.pk:
            self.version = rule.versions.order_by("-number").first()
        self.programme = rule.programme if rule is not None and rule.pk else _programme()
        if self.version:
            kwargs["initial"] = {**_fields_of(self.version, self.zone), **kwargs.get("initial", {})}
        else:
            kwargs["initial"] = {"points": 1, "per": Decimal("1.00"), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self._offer_choices()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.programme.time_zone)

    @property
    def period(self) -> dict[str, datetime | None]:
        """The days as moments: from the first one's start to the end of the last one."""
        first, last = self.cleaned_data["starts_on"], self.cleaned_data["ends_on"]
        return {
            "starts_at": first and _start_of(first, self.zone),
            "ends_at": last and _start_of(last + timedelta(days=1), self.zone),
        }

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("trigger") != "purchase" and said.get("effect") not in (None, "fixed"):
            self.add_error("effect", _("Only a purchase has an amount; give a fixed number."))
        for field in NEEDED.get(said.get("effect", ""), ()):
            if said.get(field) is None and field not in self.errors:
                self.add_error(field, _("Fill in a number."))
        if both := set(said.get("categories", ())) & set(said.get("excluded_categories", ())):
            self.add_error("excluded_categories", _("Also under “Only on”: %s") % ", ".join(both))
        if said.get("starts_on") and said.get("ends_on") and said["starts_on"] > said["ends_on"]:
            self.add_error("ends_on", _("The last day comes before the first."))
        if not self.errors:
            self._clean_document()
        return said

    def _clean_document(self) -> None:
        """The engine has the last word on what a rule may be."""
        kept = _unknown_conditions(self.version.document) if self.version else []
        self.document = _document_of(self.cleaned_data, kept)
        name = {"nl": self.cleaned_data["name_nl"], "en": self.cleaned_data["name_en"]}
        try:
            parse_rule(
                self.document,
                key="draft",
                version=1,
                name=name,
                starts_at=self.period["starts_at"],
                ends_at=self.period["ends_at"],
            )
        except RuleInvalid as refusal:
            self.add_error(None, refusal.detail)

    def _offer_choices(self) -> None:
        chosen = Category.objects.filter(programme=self.programme).order_by("name_nl")
        categories = [(c.key, c.name) for c in chosen]
        places = Location.objects.filter(programme=self.programme).order_by("name")
        locations = [(name, name) for name in places.values_list("name", flat=True)]
        offered = {
            "categories": categories,
            "excluded_categories": categories,
            "locations": locations,
        }
        for field, known in offered.items():
            missing = set(self.initial.get(field, ())) - {key for key, _name in known}
            choices = [*known, *((key, key) for key in sorted(missing))]
            self.fields[field].choices = choices  # type: ignore[attr-defined]


def free_key(name: str, programme_id: int) -> str:
    """A rule's key made from its name, with a number when that key is taken."""
    wanted = slugify(name)[:50] or "rule"
    taken = set(
        EarningRule.objects.filter(programme_id=programme_id, key__startswith=wanted).values_list(
            "key", flat=True
        )
    )
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (wanted, *numbered) if key not in taken)


def _programme() -> Programme:
    return Programme.objects.order_by("pk")[0]


def _start_of(day: Any, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _document_of(said: Mapping[str, Any], kept: list[dict[str, Any]]) -> dict[str, Any]:
    conditions = [
        {"field": field, "operator": operator, "value": _told(said[name])}
        for name, (field, operator) in CONDITIONS.items()
        if said.get(name)
    ]
    effect = {name: _told(said[name]) for name in NEEDED[said["effect"]]}
    return {
        "schema": 1,
        "trigger": said["trigger"],
        "conditions": [*conditions, *kept],
        "effect": {"kind": said["effect"], **effect},
    }


def _told(value: Any) -> Any:
    """A value as the document writes it: amounts and factors as plain decimal text."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _fields_of(version: EarningRuleVersion, zone: ZoneInfo) -> dict[str, Any]:
    document = version.document
    effect = dict(document["effect"])
    fields: dict[str, Any] = {"trigger": document["trigger"], "effect": effect.pop("kind")}
    fields |= {name: Decimal(v) if isinstance(v, str) else v for name, v in effect.items()}
    for name, asked in CONDITIONS.items():
        for condition in document.get("conditions", ()):
            if (condition["field"], condition["operator"]) == asked:
                value = condition["value"]
                fields[name] = Decimal(value) if isinstance(value, str) else value
    if version.starts_at:
        fields["starts_on"] = version.starts_at.astimezone(zone).date()
    if version.ends_at:
        fields["ends_on"] = (version.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return fields


def _unknown_conditions(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = set(CONDITIONS.values())
    conditions = document.get("conditions", ())
    return [c for c in conditions if (c["field"], c["operator"]) not in known]
