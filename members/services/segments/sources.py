"""Where the value of an attribute comes from: one query, for one member and for all of them.

A source selects (membership, value) out of `who`: the memberships that are looked at. It is text of
our own; whatever was chosen comes in as a parameter (`%(days)s`, and `%(at)s`, `%(since)s`,
`%(programme)s`, `%(zone)s`). Of a membership without a row nothing is known.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from members.segments.catalogue import Attribute, register_attribute
from members.segments.document import Question

Source = str | Callable[[Mapping[str, Any]], str]
"""The text, or what makes it of which parameters were given."""

_sources: dict[str, Source] = {}


def add_attribute(attribute: Attribute, source: Source) -> None:
    """Have segments ask about the attribute, with its values out of `source`."""
    register_attribute(attribute)
    _sources[attribute.key] = source


def source_of(question: Question, *, at: datetime, prefix: str) -> tuple[str, dict[str, Any]]:
    """The query that answers the question, its parameters' names beginning with `prefix`."""
    given: dict[str, Any] = {
        name: value if isinstance(value, int) else list(value)
        for name, value in question.parameters
    }
    source = _sources[question.attribute]
    text = source if isinstance(source, str) else source(given)
    days = given.get("days")
    given["since"] = at - timedelta(days=days) if days else None
    given["until"] = at + timedelta(days=days) if days else None
    used = {f"{prefix}{name}": value for name, value in given.items() if f"%({name})s" in text}
    for name in given:
        text = text.replace(f"%({name})s", f"%({prefix}{name})s")
    return text, used
