"""What the parts of a rule have in common in its form: each is a small form of its own.

A part is a piece of the rule's document; a row says it in fields and says the piece back. A row is
always drawn from what was sent, also when it was read from a document: that is turned into what
would have been sent. So adding, removing and searching lose nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.forms.widgets import KeyPicker, figure
from loyalty.models import Programme
from loyalty.services.known_keys import Search, find_keys, name_keys

Part = dict[str, Any]
Sent = MultiValueDict[str, str]
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
PERIODS = [
    ("activity", _("per activity")),
    ("day", _("per day")),
    ("week", _("per week")),
    ("month", _("per month")),
    ("year", _("per year")),
    ("ever", _("in all")),
]


@dataclass(frozen=True)
class Surroundings:
    """What the rows need to know of the programme."""

    programme: Programme
    units: Sequence[tuple[str, str]]  # code and name, the points first
    budgets: Sequence[tuple[str, str]]

    @property
    def has_several_units(self) -> bool:
        return len(self.units) > 1


class Row(forms.Form):
    """One part. Of a row that is only drawn again nothing is judged."""

    use_required_attribute = False
    title: ClassVar[Any] = ""

    def __init__(
        self, sent: Sent, *, prefix: str, key: str, around: Surroundings, is_judged: bool
    ) -> None:
        self.key = key  # which field, which kind of effect
        self.around = around
        self.is_judged = is_judged
        super().__init__(sent, prefix=prefix, auto_id="id_%s")
        self.prepare()

    def prepare(self) -> None:
        """Offer what this programme has to choose from."""

    def full_clean(self) -> None:
        if self.is_judged:
            super().full_clean()
        else:
            self._errors = ErrorDict()
            self.cleaned_data = {}

    @property
    def name(self) -> Any:
        """What the row is about, above its fields."""
        return self.title

    def part(self) -> Part:
        """The piece of the document, once the row is valid."""
        raise NotImplementedError

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str | Sequence[str]]:
        """What the row's fields would have sent to mean this part."""
        raise NotImplementedError

    def ask(self, field: str) -> None:
        """Let a field's picker find and name the keys of what this row is about."""
        programme_id, language = self.around.programme.pk, get_language() or "nl"
        picker = self.fields[field].widget
        assert isinstance(picker, KeyPicker)  # noqa: S101 - rows ask for their own pickers
        picker.find = lambda said, most: find_keys(
            self.key, Search(programme_id, said, most, language)
        )
        picker.label = lambda keys: name_keys(
            self.key, programme_id=programme_id, keys=keys, language=language
        )


class KeptRow(Row):
    """A part that this form has no fields for: shown as it is, and kept as it is."""

    title = _("Made elsewhere, kept as it is")
    document = forms.CharField(widget=forms.HiddenInput)

    def part(self) -> Part:
        part: Part = json.loads(self.cleaned_data["document"])
        return part

    @property
    def shown(self) -> str:
        """The part as it is written."""
        return str(self["document"].value() or "")

    @classmethod
    def sent_for(cls, part: Part) -> Mapping[str, str]:
        return {"document": json.dumps(part, ensure_ascii=False)}

    def clean_document(self) -> str:
        text: str = self.cleaned_data["document"]
        try:
            known = isinstance(json.loads(text), dict)
        except ValueError:
            known = False
        if not known:
            raise forms.ValidationError(_("This part cannot be read."))
        return text


def choice(label: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> forms.ChoiceField:
    """A short list to choose one from."""
    widget = UnfoldAdminSelectWidget(attrs={"class": "max-w-56"})
    return forms.ChoiceField(label=label, choices=choices, widget=widget, **kwargs)


def money(around: Surroundings) -> forms.Widget:
    """A field for an amount in the programme's currency."""
    currency = around.programme.currency
    widget: forms.Widget = figure(prefix=SYMBOLS.get(currency, currency))
    return widget


def unit_field() -> forms.ChoiceField:
    """Of which unit; left out where the programme has one."""
    return choice(_("Unit"), [], required=False)


def offer_units(row: Row) -> None:
    """Fill the row's unit field, or take it away where there is nothing to choose."""
    if row.around.has_several_units:
        row.fields["unit"].choices = row.around.units  # type: ignore[attr-defined]
    else:
        del row.fields["unit"]


def unit_part(row: Row) -> Part:
    """The unit as the document has it: points need not be said."""
    unit = row.cleaned_data.get("unit") or "points"
    return {} if unit == "points" else {"unit": unit}
