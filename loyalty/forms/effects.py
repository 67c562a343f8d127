"""What a rule gives, and how much at most, as rows of its form."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty.forms.rows import PERIODS, Part, Row, choice, money, offer_units, unit_field, unit_part
from loyalty.forms.widgets import decimal_shown, figure, whole

MOST_POINTS = 1_000_000
MOST_EVER = 1_000_000_000


def points_field(label: Any) -> forms.IntegerField:
    """So many points (or stamps, or credits)."""
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_POINTS, widget=whole())


class EffectRow(Row):
    """Something that a rule gives."""

    def prepare(self) -> None:
        if "unit" in self.fields:
            offer_units(self)

    @property
    def name(self) -> Any:
        return EFFECTS[self.key].title

    @property
    def hint(self) -> Any:
        """What is good to know about this effect."""
        return EFFECTS[self.key].hint

    def part(self) -> Part:
        return {"kind": self.key, **self.said(), **unit_part(self)}

    def said(self) -> Part:
        """What is particular to this kind of effect."""
        return {"points": self.cleaned_data["points"]}

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str]:
        shown = {name: str(value) for name, value in part.items() if name != "kind"}
        for name in ("per", "factor"):
            if name in shown:
                shown[name] = decimal_shown(shown[name])
        return {"unit": "points", **shown}


class PerAmountRow(EffectRow):
    """Points for every so much paid."""

    points = points_field(_("Points"))
    per = forms.DecimalField(
        label=_("Per"),
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        localize=True,
        widget=figure(),
    )
    unit = unit_field()

    def prepare(self) -> None:
        super().prepare()
        self.fields["per"].widget = money(self.around)

    def said(self) -> Part:
        return {**super().said(), "per": f"{self.cleaned_data['per']:f}"}


class PerQuantityRow(EffectRow):
    """Points for every so many bought."""

    points = points_field(_("Points"))
    per = forms.DecimalField(
        label=_("Per so many"),
        min_value=Decimal("0.001"),
        max_digits=9,
        decimal_places=3,
        localize=True,
        initial=1,
        widget=figure(),
    )
    unit = unit_field()

    def said(self) -> Part:
        return {**super().said(), "per": f"{self.cleaned_data['per']:f}"}

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str]:
        return {"per": "1", **super().sent_for(part)}


class MultiplierRow(EffectRow):
    """Times the points that other rules give."""

    factor = forms.DecimalField(
        label=_("Times"),
        min_value=Decimal(1),
        max_digits=7,
        decimal_places=4,
        localize=True,
        widget=figure(),
    )
    unit = unit_field()

    def said(self) -> Part:
        return {"factor": f"{self.cleaned_data['factor']:f}"}


class FixedRow(EffectRow):
    """A number of points, once."""

    points = points_field(_("Points"))
    unit = unit_field()


class RewardRow(EffectRow):
    """A reward of the catalogue."""

    reward = forms.CharField(
        label=_("Reward's key"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56"}),
    )

    def said(self) -> Part:
        return {"reward": self.cleaned_data["reward"]}


class CapRow(EffectRow):
    """No more than so much from all the rules of what earns."""

    most = forms.IntegerField(label=_("At most"), min_value=1, max_value=MOST_EVER, widget=whole())
    scope = choice(
        _("For"),
        [
            ("member", _("each member")),
            ("rule", _("all members together")),
            ("location", _("each location")),
        ],
    )
    period = choice(_("In"), PERIODS)
    unit = unit_field()

    def said(self) -> Part:
        return {name: self.cleaned_data[name] for name in ("most", "scope", "period")}

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str]:
        return {"scope": "member", "period": "activity", **super().sent_for(part)}


class LimitRow(Row):
    """How much the rule itself gives at most."""

    title = _("At most")
    most = forms.IntegerField(
        label=_("At most"), min_value=1, max_value=MOST_EVER, required=False, widget=whole()
    )
    of = choice(_("Of"), [("points", _("points")), ("times", _("times"))])
    scope = choice(
        _("For"),
        [
            ("member", _("each member")),
            ("rule", _("all members together")),
            ("location", _("each location")),
            ("budget", _("a budget, shared with other rules")),
        ],
    )
    period = choice(_("In"), PERIODS, required=False)
    budget = choice(_("Budget"), [], required=False)
    unit = unit_field()

    def prepare(self) -> None:
        offer_units(self)
        if self.around.budgets:
            self.fields["budget"].choices = [("", "–"), *self.around.budgets]  # type: ignore[attr-defined]
        else:
            del self.fields["budget"]
            scope = self.fields["scope"]
            scope.choices = [each for each in scope.choices if each[0] != "budget"]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("scope") == "budget":
            if not said.get("budget"):
                self.add_error("budget", say("Choose a budget."))
        elif said.get("most") is None and "most" not in self.errors:
            self.add_error("most", say("Fill in a number."))
        return said

    def part(self) -> Part:
        said = self.cleaned_data
        if said["scope"] == "budget":
            return {"scope": "budget", "budget": said["budget"]}
        kept = {name: said[name] for name in ("of", "most", "scope")}
        return {**kept, "period": said["period"] or "ever", **unit_part(self)}

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str]:
        usual = {"of": "points", "scope": "member", "period": "ever", "unit": "points"}
        return {**usual, **{name: str(value) for name, value in part.items()}}


class EffectKind(NamedTuple):
    """One that can be added, with what a new one begins with."""

    title: Any
    row: type[EffectRow]
    begins: Mapping[str, str]
    hint: Any = ""


EFFECTS: dict[str, EffectKind] = {
    "per_amount": EffectKind(_("Points per amount"), PerAmountRow, {"points": "1", "per": "1"}),
    "per_quantity": EffectKind(
        _("Points per piece"),
        PerQuantityRow,
        {"points": "1", "per": "1"},
        _("Of the products that count; also for stamps."),
    ),
    "multiplier": EffectKind(
        _("Times the points"),
        MultiplierRow,
        {"factor": "2"},
        _("2 doubles the points that the other rules give on the same products."),
    ),
    "fixed": EffectKind(_("A fixed number of points"), FixedRow, {}),
    "reward": EffectKind(_("A reward"), RewardRow, {}),
    "cap": EffectKind(
        _("A ceiling on all rules"),
        CapRow,
        {"scope": "member", "period": "month"},
        _("It stands alone: what all rules of this kind of activity give together stays under it."),
    ),
}
LIMIT_BEGINS = {"of": "points", "scope": "member", "period": "month"}
