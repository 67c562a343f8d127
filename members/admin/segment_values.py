"""The fields for the value of a condition, by the sort of attribute and how it compares."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.admin.fields import DayInput, KeyPicker, KeysField, decimal_shown, figure, whole

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
MOST_DAYS = 36_500


def keys_field(picker_of: Any, *, is_free: bool, label: Any) -> KeysField:
    """Keys to tick, to search for, and where it is allowed to write."""
    field = KeysField(is_free=is_free, label=label)
    field.required = False
    picker = field.widget
    assert isinstance(picker, KeyPicker)  # noqa: S101 - the field's own
    picker.find, picker.label = picker_of
    return field


def number_field(*, label: Any = "", currency: str = "", places: int = 2) -> forms.DecimalField:
    attrs = {"prefix": SYMBOLS.get(currency, currency)} if currency else {}
    return forms.DecimalField(
        label=label or _("Value"),
        required=False,
        max_digits=14,
        decimal_places=places,
        localize=True,
        widget=figure(**attrs),
    )


def days_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=MOST_DAYS, widget=whole()
    )


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput())


def text_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-56"}),
    )


def yes_no_field(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("yes", _("yes")), ("no", _("no"))],
        widget=UnfoldAdminSelectWidget(attrs={"class": "max-w-56"}),
    )


# --- By the sort of attribute -------------------------------------------------------------------

FIGURES = ("NUMBER", "MONEY")
DAYS = ("DATE", "MOMENT")
KEYS = ("CHOICE", "CHOICES")
BY_DAYS = ("within_days", "longer_ago")
WITHOUT_VALUE = ("is_known", "is_unknown")


def needed(kind: str, operator: str) -> tuple[str, ...]:
    """The fields that a comparison asks for."""
    if operator in WITHOUT_VALUE:
        return ()
    if kind in FIGURES:
        return ("value", "until") if operator == "between" else ("value",)
    if kind in DAYS:
        if operator in BY_DAYS:
            return ("ago",)
        return ("day", "day_until") if operator == "between" else ("day",)
    if kind in KEYS:
        return ("keys",)
    return ("yes",) if kind == "YES_NO" else ("said",)


def fields_of(
    kind: str, operators: Sequence[str], *, currency: str, picker: Any, is_free: bool
) -> dict[str, Any]:
    """All fields that some comparison of the attribute asks for."""
    wanted = {name for operator in operators for name in needed(kind, operator)}
    money = currency if kind == "MONEY" else ""
    made: dict[str, Any] = {
        "value": lambda: number_field(currency=money),
        "until": lambda: number_field(label=_("and"), currency=money),
        "day": lambda: day_field(_("Day")),
        "day_until": lambda: day_field(_("through")),
        "ago": lambda: days_field(_("Days")),
        "keys": lambda: keys_field(picker, is_free=is_free, label=_("Which")),
        "yes": lambda: yes_no_field(_("Answer")),
        "said": lambda: text_field(_("Text")),
    }
    fields = {name: make() for name, make in made.items() if name in wanted}
    for name, field in fields.items():
        field.place_class = f"for-{name.replace('_', '-')}"
    return fields


def value_of(kind: str, operator: str, said: Mapping[str, Any]) -> Any:
    """The value as the document has it; none where the comparison asks for none."""
    values = [_written(kind, said[name]) for name in needed(kind, operator)]
    if not values:
        return None
    return values if len(values) > 1 else values[0]


def _written(kind: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        whole_ = value == value.to_integral_value() and kind != "MONEY"
        return int(value) if whole_ else f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value == "yes" if kind == "YES_NO" else value


def sent_value(kind: str, operator: str, value: Any) -> dict[str, str | list[str]]:
    """What the fields would have sent to mean this value. Raises ValueError when they cannot."""
    names = needed(kind, operator)
    values = value if len(names) > 1 else [value]
    if names and len(values) != len(names):
        raise ValueError(value)
    return {name: _sent(each) for name, each in zip(names, values, strict=False)}


def _sent(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return decimal_shown(str(value)) if isinstance(value, int | float) else _shown(str(value))


def _shown(text: str) -> str:
    """A decimal as the reader writes it; anything else as it is."""
    return decimal_shown(text) if text.replace(".", "", 1).replace("-", "", 1).isdigit() else text
