"""Whether somebody is in a segment by what is known of them, and which condition says so.

The same meaning as the statement that members.services.segments compiles: whatever is changed here
is changed there, and a property test compares them.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from members.segments.catalogue import Kind
from members.segments.document import All, Except, Question, Tree, Where

UPPER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


class Facts(Struct, frozen=True):
    """What is known of one member; `zone` is where their days begin."""

    values: Mapping[Question, Any]
    zone: ZoneInfo


class Finding(Struct, frozen=True):
    """A condition, what was found of the member, and whether it holds."""

    where: Where
    found: Any
    holds: bool


class Match(Struct, frozen=True):
    """Whether the member is in it, and each condition with what it found."""

    is_in: bool
    reasons: tuple[Finding, ...]


def matches(tree: Tree, facts: Facts, *, at: datetime) -> Match:
    """Every condition is looked at, also when the answer is known before the last."""
    reasons: list[Finding] = []
    return Match(_holds(tree, facts, at, reasons), tuple(reasons))


def _holds(tree: Tree, facts: Facts, at: datetime, reasons: list[Finding]) -> bool:
    if isinstance(tree, Where):
        found = facts.values.get(tree.question)
        holds = compare(tree, found, at=at, zone=facts.zone)
        reasons.append(Finding(tree, found, holds))
        return holds
    if isinstance(tree, Except):
        of = _holds(tree.of, facts, at, reasons)
        return not _holds(tree.without, facts, at, reasons) and of
    held = [_holds(part, facts, at, reasons) for part in tree.parts]
    return all(held) if isinstance(tree, All) else any(held)


def compare(where: Where, found: Any, *, at: datetime, zone: ZoneInfo) -> bool:
    """Whether one condition holds. What is not known is only unknown, or not this or that."""
    is_known = found is not None and not (where.kind is Kind.CHOICES and not found)
    if where.operator in ("is_known", "is_unknown"):
        return is_known is (where.operator == "is_known")
    if not is_known:
        return where.operator in ("is_not", "none_of")
    if where.operator in ("within_days", "longer_ago"):
        return _by_age(where, found, at, zone)
    if isinstance(found, datetime):
        found = found.astimezone(zone).date()
    return _COMPARED[where.operator](found, where.value)


def _by_age(where: Where, found: Any, at: datetime, zone: ZoneInfo) -> bool:
    now: Any = at.astimezone(zone).date() if where.kind is Kind.DATE else at
    assert isinstance(where.value, int)  # noqa: S101  read_value has seen to it
    since = now - timedelta(days=where.value)
    if where.operator == "within_days":
        return bool(since <= found <= now)
    return bool(found < since)


def _one_of(found: str | list[str], keys: tuple[str, ...]) -> bool:
    return found in keys if isinstance(found, str) else not set(keys).isdisjoint(found)


def _contains(found: str, text: str) -> bool:
    return text.translate(UPPER) in found.translate(UPPER)


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda found, value: bool(found >= value),
    "at_most": lambda found, value: bool(found <= value),
    "between": lambda found, value: bool(value[0] <= found <= value[1]),
    "is": lambda found, value: bool(found == value),
    "is_not": lambda found, value: bool(found != value),
    "one_of": _one_of,
    "none_of": lambda found, keys: not _one_of(found, keys),
    "contains": _contains,
    "before": lambda found, day: _day(found) < day,
    "after": lambda found, day: _day(found) > day,
}


def _day(found: date) -> date:
    return found
