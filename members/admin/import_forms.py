"""What is asked of who imports: a file, which column is what, and why it is taken back."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    BASE_INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from members.models import Import, ProfileField
from members.services.importing.columns import FIELDS, FIXED, LONGEST_FIXED, Field

Kind = Import.Kind
EXTERNAL = "ext"
SYSTEM = "ext__system"
_FIXED = "__fixed"
_WITHOUT_POINTS = "without_points"
_NOTHING = ("", "—")


class UploadForm(forms.Form):
    """A file, and what it is of."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("What is in it"),
        choices=Kind.choices,
        initial=Kind.MEMBERS,
        widget=forms.RadioSelect,
        help_text=_("Bring in members first, then their balances, then what they bought."),
    )
    file = forms.FileField(
        label=_("File"),
        max_length=None,
        widget=forms.FileInput(
            attrs={"class": " ".join(BASE_INPUT_CLASSES), "accept": ".csv,.txt,.tsv,.xlsx"}
        ),
        help_text=_("CSV or Excel (.xlsx), with the names of the columns in the first line."),
    )


class Pair(NamedTuple):
    """The column of a field, and the field for what is the same for all lines."""

    column: forms.BoundField
    fixed: forms.BoundField | None


class ColumnsForm(forms.Form):
    """Which column is what. Made of what the kind of import can have and what the file has."""

    use_required_attribute = False

    def __init__(self, found: Import, data: Any = None) -> None:
        self.found = found
        super().__init__(data, initial=_initial(found.mapping))
        columns = [_NOTHING, *((column, column) for column in found.header)]
        self._keys: list[str] = []
        for field in FIELDS[found.kind]:
            if field.key != _WITHOUT_POINTS:
                self._add(field, columns)
            if field.key == "phone":
                self._add(_elsewhere(), columns)
        for question in self._questions():
            self._add(Field(f"answer:{question.key}", str(question)), columns)
        if found.kind == Kind.HISTORY:
            self.fields[_WITHOUT_POINTS] = forms.BooleanField(
                label=_("Without points"),
                required=False,
                widget=UnfoldBooleanSwitchWidget,
                help_text=_(
                    "When the balances have them already: it is kept as what was bought before,"
                    " and no rule is about it."
                ),
            )

    def _questions(self) -> list[ProfileField]:
        if self.found.kind != Kind.MEMBERS:
            return []
        live = ProfileField.objects.filter(programme_id=self.found.programme_id)
        return list(live.filter(state=ProfileField.State.LIVE))

    def _add(self, field: Field, columns: list[tuple[str, str]]) -> None:
        self._keys.append(field.key)
        self.fields[field.key] = forms.ChoiceField(
            label=field.label,
            choices=columns,
            required=False,
            help_text=field.help,
            widget=UnfoldAdminSelectWidget,
        )
        if field.key == EXTERNAL or field.may_be_fixed:
            is_system = field.key == EXTERNAL
            self.fields[SYSTEM if is_system else f"{field.key}{_FIXED}"] = forms.CharField(
                label=_("Of which system") if is_system else _("or the same for all"),
                max_length=LONGEST_FIXED,
                required=False,
                widget=UnfoldAdminTextInputWidget(attrs={"class": "max-w-48"}),
            )

    @property
    def pairs(self) -> Iterator[Pair]:
        """The fields as they stand beside each other."""
        for key in self._keys:
            other = SYSTEM if key == EXTERNAL else f"{key}{_FIXED}"
            yield Pair(self[key], self[other] if other in self.fields else None)

    @property
    def switch(self) -> forms.BoundField | None:
        return self[_WITHOUT_POINTS] if _WITHOUT_POINTS in self.fields else None

    @property
    def mapping(self) -> dict[str, str]:
        """What was chosen, as an import keeps it."""
        said: Mapping[str, Any] = self.cleaned_data
        mapping: dict[str, str] = {}
        for key in self._keys:
            if key == EXTERNAL:
                if said[EXTERNAL]:
                    mapping[f"{EXTERNAL}:{said[SYSTEM].strip().lower()}"] = said[EXTERNAL]
            elif said[key]:
                mapping[key] = said[key]
            elif fixed := said.get(f"{key}{_FIXED}", "").strip():
                mapping[key] = f"{FIXED}{fixed}"
        if said.get(_WITHOUT_POINTS):
            mapping[_WITHOUT_POINTS] = f"{FIXED}yes"
        return mapping

    def refuse(self, field: str, sentence: str) -> None:
        """Show what a service refused, at the field that it is about."""
        known = EXTERNAL if field.startswith("ext:") else field
        self.add_error(known if known in self.fields else None, sentence)


def _elsewhere() -> Field:
    return Field(
        EXTERNAL,
        _("Number in another system"),
        help=_("Say whose number it is in one word: kassa, webshop, crm."),
    )


def _initial(mapping: Mapping[str, str]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for key, said in mapping.items():
        if key == _WITHOUT_POINTS:
            initial[key] = True
        elif said.startswith(FIXED):
            initial[f"{key}{_FIXED}"] = said.removeprefix(FIXED)
        elif key.startswith(f"{EXTERNAL}:"):
            initial |= {EXTERNAL: said, SYSTEM: key.partition(":")[2]}
        else:
            initial[key] = said
    return initial


class UndoForm(forms.Form):
    """Taking back wants a reason."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For your colleagues: it is kept with the import."),
    )
