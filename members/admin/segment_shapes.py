"""The attributes of the catalogue as the editor asks for them, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from members.segments.catalogue import COUNTED, Attribute, Kind, attributes

PARAMETERS: dict[str, Any] = {
    "days": _("In the last so many days"),
    "category": _("Category"),
    "brand": _("Brand"),
    "product": _("Product"),
    "location": _("Location"),
    "channel": _("Channel"),
    "unit": _("Unit"),
    "type": _("Activity"),
    "purpose": _("For what"),
    "field": _("Question"),
    "reward": _("Reward"),
    "campaign": _("Campaign"),
}


@dataclass(frozen=True)
class Parameter:
    """What an attribute can be narrowed by; some have to be given."""

    name: str
    is_needed: bool

    @property
    def label(self) -> Any:
        return PARAMETERS.get(self.name, self.name)

    @property
    def is_ahead(self) -> bool:
        """Whether it stands beside the value, not behind "only some of them"."""
        return self.is_needed or self.name in COUNTED


@dataclass(frozen=True)
class Shape:
    """An attribute: its words, how it can be compared, and by what narrowed."""

    key: str
    name: str
    group: str
    kind: Kind
    operators: Sequence[tuple[str, Any]]
    parameters: Sequence[Parameter]
    hint: str = ""


OPERATORS: dict[str, Any] = {
    "at_least": _("at least"),
    "at_most": _("at most"),
    "between": _("between"),
    "is": _("is"),
    "is_not": _("is not"),
    "one_of": _("is one of"),
    "none_of": _("is none of"),
    "contains": _("contains"),
    "before": _("before"),
    "after": _("after"),
    "within_days": _("in the last so many days"),
    "longer_ago": _("longer ago than so many days"),
    "is_known": _("is known"),
    "is_unknown": _("is not known"),
}


def shapes(language: str) -> dict[str, Shape]:
    """Every attribute there is now, by its key."""
    return {each.key: _shape(each, language) for each in attributes()}


def _shape(attribute: Attribute, language: str) -> Shape:
    return Shape(
        key=attribute.key,
        name=capfirst(attribute.words[language]),
        group=attribute.group[language],
        kind=attribute.kind,
        operators=[(each, OPERATORS[each]) for each in attribute.operators],
        parameters=[Parameter(name, name in attribute.needs) for name in attribute.parameters],
    )
