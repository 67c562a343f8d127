"""The parts of a rule's document and the rows of its form, turned into each other."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language

from loyalty.earning.conditions import Condition
from loyalty.earning.effects import Effect
from loyalty.earning.limits import Limit
from loyalty.forms import conditions
from loyalty.forms.condition_kinds import CONDITIONS
from loyalty.forms.effects import EFFECTS, LimitRow
from loyalty.forms.rows import KeptRow, Part, Row, Sent, Surroundings
from loyalty.models import Budget, Programme, Unit

KEPT = "kept"
LIMIT = "limit"


class Kind(NamedTuple):
    """A kind of row: where its parts stand in the document, by what they are told apart."""

    word: str
    list: str
    about: str
    type: Any


KINDS = [
    Kind("condition", "conditions", "field", Condition),
    Kind("effect", "effects", "kind", Effect),
    Kind("limit", "limits", "", Limit),
]


def surroundings(programme: Programme) -> Surroundings:
    """What the rows of the programme's rules can choose from."""
    name = "name_nl" if (get_language() or "nl") == "nl" else "name_en"
    units = Unit.objects.filter(programme=programme).order_by("pk").values_list("code", name)
    budgets = Budget.objects.filter(programme=programme).order_by(name).values_list("key", name)
    return Surroundings(programme, tuple(units), tuple(budgets))


def row_class(word: str, about: str) -> type[Row]:
    if word == "limit":
        return LimitRow if about == LIMIT else KeptRow
    if word == "effect":
        return EFFECTS[about].row if about in EFFECTS else KeptRow
    return getattr(conditions, CONDITIONS[about].row) if about in CONDITIONS else KeptRow


def fields_of(kind: Kind, part: Part, around: Surroundings) -> tuple[str, Mapping[str, Any]]:
    """What a part is about, and what its row would have sent; else the part to keep as it is.

    Only a part that the row says again to mean the very same is shown in fields.
    """
    about = LIMIT if kind.word == "limit" else str(part.get(kind.about, ""))
    row = row_class(kind.word, about)
    try:
        sent = row.sent_for(part)
        again = _said_again(row, about, sent, around)
        if msgspec.convert(again, kind.type) == msgspec.convert(part, kind.type):
            return about, sent
    except (KeyError, ValueError, TypeError, AttributeError):
        pass  # a part of another make than this form's
    return KEPT, KeptRow.sent_for(part)


def _said_again(
    row: type[Row], about: str, fields: Mapping[str, Any], around: Surroundings
) -> Part | None:
    """The part that these fields say."""
    sent: Sent = MultiValueDict()
    send(sent, "row", about, fields)
    again = row(sent, prefix="row", key=about, around=around, is_judged=True)
    return again.part() if again.is_valid() else None


def send(sent: Sent, prefix: str, about: str, fields: Mapping[str, Any]) -> None:
    sent[f"{prefix}-about"] = about
    for name, value in fields.items():
        many = [value] if isinstance(value, str) else list(value)
        sent.setlist(f"{prefix}-{name}", many)
