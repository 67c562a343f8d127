"""Fields that the forms of rewards share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

SHORT = "max-w-48"


def whole(label: Any, *, least: int = 1, most: int = 10_000_000, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"class": SHORT}),
        **more,
    )


def amount(label: Any, **more: Any) -> forms.DecimalField:
    """Money, a percentage or a factor, as the reader writes decimals."""
    said = {"max_digits": 10, "decimal_places": 2, "min_value": Decimal(0), **more}
    return forms.DecimalField(
        label=label,
        localize=True,
        widget=UnfoldAdminTextInputWidget(attrs={"class": SHORT, "inputmode": "decimal"}),
        **said,
    )


def line(label: Any, *, most: int = 100, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=UnfoldAdminTextInputWidget, **more)


def text(label: Any, *, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
        **more,
    )


def day(label: Any, **more: Any) -> forms.DateField:
    style = " ".join([*BASE_INPUT_CLASSES, SHORT])
    widget = forms.DateInput(attrs={"type": "date", "class": style}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **more)


class CodesField(forms.CharField):
    """Codes of the shop's own, with commas between them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=4000, widget=UnfoldAdminTextInputWidget, **more)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(value)

    def to_python(self, value: Any) -> Any:
        said = super().to_python(value) or ""
        return list(dict.fromkeys(part.strip() for part in said.split(",") if part.strip()))


class LinesField(forms.CharField):
    """A list, one on each line."""

    def __init__(self, **more: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 5})
        super().__init__(required=False, max_length=8000, widget=widget, **more)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def to_python(self, value: Any) -> Any:
        said = super().to_python(value) or ""
        return [part.strip() for part in said.splitlines() if part.strip()]


class MomentField(forms.DateTimeField):
    """A day and an hour as the shop's clock has them; the form gives it the programme's zone."""

    zone: ZoneInfo = ZoneInfo("UTC")

    def __init__(self, **more: Any) -> None:
        style = " ".join([*BASE_INPUT_CLASSES, "max-w-64"])
        super().__init__(
            widget=forms.DateTimeInput(
                attrs={"type": "datetime-local", "class": style}, format="%Y-%m-%dT%H:%M"
            ),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            **more,
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(self.zone).replace(tzinfo=None)
        return value

    def clean(self, value: Any) -> Any:
        said = super().clean(value)
        return said and said.replace(tzinfo=self.zone).astimezone(UTC)
