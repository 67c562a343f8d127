"""The conditions of a rule as rows of its form: the right fields for each kind."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from loyalty.forms.condition_kinds import (
    ACTIVITIES,
    ATTRIBUTE_OPERATORS,
    CONDITIONS,
    COUNT_OPERATORS,
    DAYS,
    MONTHS,
)
from loyalty.forms.rows import Part, Row, choice, money
from loyalty.forms.widgets import HourInput, KeysField, decimal_shown, figure, whole

ACTIVITY_KEY = RegexValidator(
    r"^[a-z][a-z0-9_.-]{0,63}\Z", _("A key is a lower-case word of letters, digits, _, . and -.")
)


class ConditionRow(Row):
    """A condition; which field it looks at is what the row is about."""

    operator = choice(_("How"), [])

    def prepare(self) -> None:
        operators = CONDITIONS[self.key].operators
        self.fields["operator"].choices = operators  # type: ignore[attr-defined]
        if len(operators) == 1:
            self.fields["operator"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=operators[0][0]
            )

    @property
    def name(self) -> Any:
        return CONDITIONS[self.key].title

    @property
    def hint(self) -> Any:
        """What is good to know about this condition."""
        return CONDITIONS[self.key].hint

    def part(self) -> Part:
        operator = self.cleaned_data["operator"] or CONDITIONS[self.key].operators[0][0]
        return {"field": self.key, "operator": operator, "value": self.value()}

    def value(self) -> Any:
        """The condition's value as the document has it."""
        raise NotImplementedError

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str | Sequence[str]]:
        return {"operator": part.get("operator", ""), **cls.sent_value(part["value"])}

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str | Sequence[str]]:
        """What the value's own fields would have sent."""
        raise NotImplementedError


class KeysRow(ConditionRow):
    """One of some keys: ticked, searched for, or written."""

    keys = KeysField(label=_("Which"))

    def prepare(self) -> None:
        super().prepare()
        self.fields["keys"].widget.is_free = CONDITIONS[self.key].is_free
        self.ask("keys")

    def value(self) -> list[str]:
        return list(self.cleaned_data["keys"])

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, Sequence[str]]:
        return {"keys": list(value)}


class TicksRow(ConditionRow):
    """One of a few fixed things: the days of the week."""

    keys = forms.MultipleChoiceField(label=_("Which"), widget=forms.CheckboxSelectMultiple)

    def prepare(self) -> None:
        super().prepare()
        self.fields["keys"].choices = CONDITIONS[self.key].choices  # type: ignore[attr-defined]

    def value(self) -> list[str]:
        return list(self.cleaned_data["keys"])

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, Sequence[str]]:
        return {"keys": list(value)}


class MoneyRow(ConditionRow):
    """An amount of money."""

    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_digits=11,
        decimal_places=2,
        localize=True,
        widget=figure(),
    )

    def prepare(self) -> None:
        super().prepare()
        self.fields["amount"].widget = money(self.around)

    def value(self) -> str:
        return f"{self.cleaned_data['amount']:f}"

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        return {"amount": decimal_shown(str(value))}


class QuantityRow(ConditionRow):
    """A number of pieces, litres or whatever is sold."""

    quantity = forms.DecimalField(
        label=_("Quantity"),
        min_value=Decimal("0.001"),
        max_digits=9,
        decimal_places=3,
        localize=True,
        widget=figure(),
    )

    def value(self) -> str:
        return f"{self.cleaned_data['quantity']:f}"

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        return {"quantity": decimal_shown(str(value))}


class DaysRow(ConditionRow):
    """A number of days."""

    days = forms.IntegerField(label=_("Days"), min_value=0, max_value=36_500, widget=whole())

    def value(self) -> int:
        return int(self.cleaned_data["days"])

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        return {"days": str(value)}


class AnniversaryRow(ConditionRow):
    """The day or the month of joining."""

    what = choice(_("When"), [("day", _("on that day")), ("month", _("in that month"))])

    def value(self) -> str:
        return str(self.cleaned_data["what"])

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        return {"what": str(value)}


class HoursRow(ConditionRow):
    """From one hour until another."""

    first = forms.RegexField(r"^\d\d:\d\d", label=_("From"), widget=HourInput)
    until = forms.RegexField(r"^\d\d:\d\d", label=_("Until"), widget=HourInput)

    def value(self) -> list[str]:
        first, until = self.cleaned_data["first"][:5], self.cleaned_data["until"][:5]
        return [first, "24:00" if until == "00:00" else until]

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        first, until = value
        return {"first": first, "until": "00:00" if until == "24:00" else until}


class MonthDaysRow(ConditionRow):
    """From one day of the year through another."""

    first_day = choice(_("From"), DAYS)
    first_month = choice(_("Month"), MONTHS)
    last_day = choice(_("Through"), DAYS)
    last_month = choice(_("Month"), MONTHS)

    def value(self) -> list[str]:
        said = self.cleaned_data
        return [f"{said[f'{end}_month']}-{said[f'{end}_day']}" for end in ("first", "last")]

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        sent = {}
        for end, month_day in zip(("first", "last"), value, strict=True):
            sent[f"{end}_month"], sent[f"{end}_day"] = month_day.split("-")
        return sent


class CountRow(ConditionRow):
    """Which activity of a kind it is for the member."""

    operator = choice(_("How"), COUNT_OPERATORS)
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=1_000_000, widget=whole())
    of = forms.CharField(
        label=_("Of"),
        max_length=64,
        validators=[ACTIVITY_KEY],
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48", "list": "known-activities"}),
    )

    activities = ACTIVITIES

    def part(self) -> Part:
        return {**super().part(), "of": self.cleaned_data["of"]}

    def value(self) -> int:
        return int(self.cleaned_data["number"])

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str | Sequence[str]]:
        return {
            "operator": part["operator"],
            "number": str(part["value"]),
            "of": part["of"],
        }


class AttributeRow(ConditionRow):
    """Something that the activity carries under a name of its own."""

    attribute = forms.CharField(
        label=_("Name"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48"}),
    )
    operator = choice(_("How"), ATTRIBUTE_OPERATORS)
    said = forms.CharField(
        label=_("Value"),
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56"}),
        help_text=_("Several with commas between them, or one number."),
    )
    field_order = ("attribute", "operator", "said")

    def part(self) -> Part:
        return {**super().part(), "name": self.cleaned_data["attribute"]}

    def value(self) -> Any:
        said: str = self.cleaned_data["said"]
        if self.cleaned_data["operator"] in ("in", "not_in"):
            return [each.strip() for each in said.split(",") if each.strip()]
        return said.strip().replace(",", ".")

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str | Sequence[str]]:
        value = part["value"]
        return {
            "attribute": part["name"],
            "operator": part["operator"],
            "said": ", ".join(value) if isinstance(value, list | tuple) else decimal_shown(value),
        }


class VariantRow(KeysRow):
    """The variant of a campaign."""

    campaign = forms.CharField(
        label=_("Campaign"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56"}),
    )
    field_order = ("campaign", "operator", "keys")

    def part(self) -> Part:
        return {**super().part(), "campaign": self.cleaned_data["campaign"]}

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str | Sequence[str]]:
        return {**super().sent_for(part), "campaign": part["campaign"]}


class AdvancedRow(ConditionRow):
    """An expression, for what no other condition can say."""

    expression = forms.CharField(
        label=_("Expression"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "spellcheck": "false", "class": "console-code"}
        ),
    )

    def value(self) -> str:
        return str(self.cleaned_data["expression"])

    @classmethod
    def sent_value(cls, value: Any) -> Mapping[str, str]:
        return {"expression": str(value)}
