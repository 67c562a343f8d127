"""What a browser sends for a rule's form."""

from collections.abc import Mapping, Sequence
from typing import Any

Said = dict[str, Any]


def condition(place: int, field: str, **said: Any) -> Said:
    return _row("condition", place, field, said)


def effect(place: int, kind: str, **said: Any) -> Said:
    return _row("effect", place, kind, said)


def limit(place: int, **said: Any) -> Said:
    return _row("limit", place, "limit", said)


def _row(word: str, place: int, about: str, said: Mapping[str, Any]) -> Said:
    named = {f"{word}-{place}-{name}": value for name, value in said.items()}
    return {f"{word}-{place}-about": about, **named}


NAMES = {"name_nl": "Dubbel op verf", "name_en": "Double on paint", "trigger": "purchase"}
ON_PAINT = condition(0, "line.category", operator="in", keys=["paint"])
TWO_PER_EURO = effect(0, "per_amount", points="2", per="1.00")
TWICE_ON_PAINT: Said = {**NAMES, **ON_PAINT, **TWO_PER_EURO}


def sent_by(editor: Any) -> dict[str, Sequence[str]]:
    """All that a browser would send back of a form that was drawn."""
    return {name: editor.sent.getlist(name) for name in editor.sent}
