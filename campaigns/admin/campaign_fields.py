"""Fields that the forms of campaigns are made of."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty.admin.fields import whole


class Drawn(forms.Form):
    """A form that is drawn again and again, and judged only when it is asked to."""

    use_required_attribute = False

    def __init__(self, data: Any, *, is_judged: bool, prefix: str | None = None) -> None:
        self.is_judged = is_judged
        super().__init__(data, prefix=prefix, auto_id="id_%s")

    def full_clean(self) -> None:
        if self.is_judged:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data = {}

    def offer(self, field: str, choices: Sequence[tuple[str, Any]], *, blank: Any = None) -> None:
        """What there is to choose from; `blank` for none of it."""
        first = [] if blank is None else [("", blank)]
        self.fields[field].choices = [*first, *choices]  # type: ignore[attr-defined]

    def shown(self, *fields: str) -> list[forms.BoundField]:
        return [self[name] for name in fields if name in self.fields]


def one_of(label: Any, choices: Sequence[tuple[str, Any]] = (), **more: Any) -> forms.ChoiceField:
    widget = UnfoldAdminSelectWidget(attrs={"class": "max-w-80"})
    return forms.ChoiceField(label=label, choices=choices, widget=widget, **more)


def several(
    label: Any, choices: Sequence[tuple[str, Any]] = (), **more: Any
) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        **more,
    )


def text(label: Any, *, longest: int = 100, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, widget=UnfoldAdminTextInputWidget, **more
    )


def long_text(label: Any, *, longest: int, **more: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=longest, widget=widget, **more)


def count(label: Any, *, most: int, least: int = 1, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, widget=whole(), **more)
