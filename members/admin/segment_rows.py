"""The conditions of a segment as rows of its form: the right fields for each kind of attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty.models import Programme
from members.admin import segment_tree as tree
from members.admin import segment_values as values
from members.admin.drawn import Drawn
from members.admin.segment_pickers import FREE, Keys, picker, sort_of
from members.admin.segment_shapes import Parameter, Shape, shapes
from members.admin.segment_tree import Document, Sent
from members.models import Segment
from members.segments.catalogue import COUNTED


@dataclass(frozen=True)
class Around:
    """What the rows need to know: the programme, and the segment that must not ask for itself."""

    programme: Programme
    segment: Segment | None
    language: str

    @property
    def keys(self) -> Keys:
        return Keys(self.programme.pk, self.language, self.segment.pk if self.segment else None)

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        return shapes(self.language)


def around_of(programme: Programme, segment: Segment | None) -> Around:
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return Around(programme, segment, language)


def choices(around: Around) -> list[tuple[str, list[tuple[str, str]]]]:
    """The attributes there are to choose from, in groups, in the reader's words."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for shape in around.shapes.values():
        groups.setdefault(shape.group, []).append((shape.key, shape.name))
    return list(groups.items())


class KeptRow(Drawn):
    """A part that this form has no fields for: shown as it is, and kept as it is."""

    name: ClassVar[Any] = _("Made elsewhere, kept as it is")
    hint: ClassVar[Any] = ""
    narrowing: ClassVar[Any] = ()
    document = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, sent: Sent, *, prefix: str, key: str, around: Around, is_judged: bool
    ) -> None:
        self.key = tree.KEPT
        self.place = prefix
        self.sent = sent
        super().__init__(sent, prefix=prefix, is_judged=is_judged)

    @property
    def main(self) -> list[Any]:
        return list(self)

    @property
    def shown(self) -> str:
        return str(self["document"].value() or "")

    def clean_document(self) -> str:
        try:
            self.part()
        except ValueError as wrong:
            raise forms.ValidationError(_("This part cannot be read.")) from wrong
        return str(self.cleaned_data["document"])

    def part(self) -> Document:
        return tree.kept(self.sent, self.place)


class ConditionRow(Drawn):
    """One condition about an attribute of the catalogue."""

    operator = forms.ChoiceField(label=_("How"), widget=UnfoldAdminSelectWidget)
    shown: ClassVar[str] = ""

    def __init__(
        self, sent: Sent, *, prefix: str, key: str, around: Around, is_judged: bool
    ) -> None:
        self.key = key
        self.shape = around.shapes[key]
        super().__init__(sent, prefix=prefix, is_judged=is_judged)
        self.fields["operator"].choices = self.shape.operators  # type: ignore[attr-defined]
        self.fields |= values.fields_of(
            self.shape.kind,
            [operator for operator, _words in self.shape.operators],
            currency=around.programme.currency,
            picker=picker(sort_of(key), around.keys),
            is_free=sort_of(key) in FREE,
        )
        for parameter in self.shape.parameters:
            self.fields[f"with-{parameter.name}"] = _parameter_field(key, parameter, around.keys)

    @property
    def name(self) -> str:
        return self.shape.name

    @property
    def hint(self) -> str:
        return self.shape.hint

    @property
    def main(self) -> list[Any]:
        """What is asked of every condition of this sort."""
        behind = {field.name for field in self.narrowing}
        return [field for field in self if field.name not in behind]

    @property
    def narrowing(self) -> list[Any]:
        """What makes it hold for some of them only."""
        return [self[f"with-{each.name}"] for each in self.shape.parameters if not each.is_ahead]

    @property
    def is_narrowed(self) -> bool:
        return any(field.value() or field.errors for field in self.narrowing)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        needed = values.needed(self.shape.kind, said.get("operator", ""))
        for name in needed:
            if name in self.fields and name not in self.errors and said.get(name) in (None, "", []):
                self.add_error(name, _("This field is required."))
        for each in self.shape.parameters:
            if each.is_needed and said.get(f"with-{each.name}") in (None, "", []):
                self.add_error(f"with-{each.name}", _("This field is required."))
        ends = [said.get(name) for name in needed]
        if len(ends) > 1 and None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
            self.add_error(needed[1], _("This lies before where it begins."))
        return said

    def part(self) -> Document:
        said = self.cleaned_data
        given = {
            each.name: value
            for each in self.shape.parameters
            if (value := _parameter_value(said[f"with-{each.name}"])) is not None
        }
        part: Document = {"attribute": self.key, "is": said["operator"]}
        if given:
            part["with"] = given
        value = values.value_of(self.shape.kind, said["operator"], said)
        return part if value is None else {**part, "value": value}


def _parameter_field(key: str, parameter: Parameter, keys: Keys) -> forms.Field:
    if parameter.name in COUNTED:
        return values.days_field(parameter.label)
    sort = sort_of(key, parameter.name)
    return values.keys_field(picker(sort, keys), is_free=sort in FREE, label=parameter.label)


def _parameter_value(said: Any) -> Any:
    """The parameter as the document has it; none when nothing was said of it."""
    if said in (None, "", []):
        return None
    return said[0] if isinstance(said, list) and len(said) == 1 else said


def row_for(key: str, around: Around) -> type[ConditionRow] | None:
    """The row for an attribute; none for one that is not known."""
    return ConditionRow if key in around.shapes else None


def begins(key: str, around: Around) -> Mapping[str, str]:
    """What a new row says before anybody has filled it in."""
    return {"operator": around.shapes[key].operators[0][0]}


def sent_for(part: Document, around: Around) -> Mapping[str, Any] | None:
    """What a row would have sent to mean this part; none when no row says it exactly so."""
    key = str(part.get("attribute", ""))
    shape = around.shapes.get(key)
    if shape is None:
        return None
    operator = str(part.get("is", ""))
    try:
        fields: dict[str, Any] = {
            "operator": operator,
            **values.sent_value(shape.kind, operator, part.get("value")),
        }
    except (ValueError, TypeError):
        return None
    for name, value in part.get("with", {}).items():
        fields[f"with-{name}"] = (
            [str(each) for each in value] if isinstance(value, list) else str(value)
        )
    return fields if _says_again(part, key, fields, around) else None


def _says_again(part: Document, key: str, fields: Mapping[str, Any], around: Around) -> bool:
    """Whether these fields say the very same."""
    sent: Sent = MultiValueDict()
    tree.put_fields(sent, "row", key, fields)
    row = ConditionRow(sent, prefix="row", key=key, around=around, is_judged=True)
    return row.is_valid() and row.part() == part
