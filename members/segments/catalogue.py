"""The attributes that a segment can ask about. Every app adds its own when it starts."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from members.segments.errors import SegmentUnknown


class Kind(StrEnum):
    """What sort of value an attribute has; it settles how it can be compared."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    MONEY = "MONEY"
    DATE = "DATE"
    MOMENT = "MOMENT"
    YES_NO = "YES_NO"
    CHOICE = "CHOICE"
    CHOICES = "CHOICES"


_KNOWN = ("is_known", "is_unknown")
_FIGURES = ("at_least", "at_most", "between", "is", "is_not", *_KNOWN)
_DAYS = ("within_days", "longer_ago", "before", "after", "between", *_KNOWN)
_KEYS = ("one_of", "none_of", *_KNOWN)
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "is_not", "contains", *_KNOWN),
    Kind.NUMBER: _FIGURES,
    Kind.MONEY: _FIGURES,
    Kind.DATE: _DAYS,
    Kind.MOMENT: _DAYS,
    Kind.YES_NO: ("is",),
    Kind.CHOICE: _KEYS,
    Kind.CHOICES: _KEYS,
}
COUNTED = ("days",)
"""Parameters that are a number of days; the others are keys."""


class Attribute(Struct, frozen=True, kw_only=True):
    """Something known of each member. `needs` are the parameters that have to be given.

    Of whom nothing is known the value is 0 when it `counts`, no for a yes or no, and else unknown:
    then no comparison holds but `is_unknown`, `is_not` and `none_of`.
    """

    key: str
    kind: Kind
    words: Mapping[str, str]
    group: Mapping[str, str]
    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    counts: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """How it can be compared; what counts is always known."""
        told = OPERATORS[self.kind]
        return tuple(each for each in told if each not in _KNOWN) if self.counts else told


_registered: dict[str, Attribute] = {}


def register_attribute(attribute: Attribute) -> None:
    """Add it to the catalogue; the same key again takes its place."""
    _registered[attribute.key] = attribute


def attributes() -> list[Attribute]:
    """Every attribute there is, in the order in which they were added."""
    return list(_registered.values())


def attribute_of(key: str, *, field: str = "attribute") -> Attribute:
    """The attribute with that key. Raises SegmentUnknown."""
    found = _registered.get(key)
    if found is None:
        raise SegmentUnknown(f"There is no attribute '{key}'.", field=field)
    return found
