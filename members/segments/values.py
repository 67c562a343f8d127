"""What an answer is compared with: one form for each kind, however it was written."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from members.segments.catalogue import Kind
from members.segments.errors import SegmentUnknown

LARGEST = Decimal(10) ** 12
MOST_DAYS = 36_500
LONGEST, MOST_KEYS = 200, 200


def read_value(kind: Kind, operator: str, value: Any, path: str) -> Any:
    """The value as it is compared. Raises SegmentUnknown with the path."""
    if operator in ("is_known", "is_unknown"):
        return None
    if operator in ("within_days", "longer_ago"):
        return _days(value, path)
    if operator == "between":
        try:
            first, last = (_single(kind, each, path) for each in value)
        except (TypeError, ValueError) as wrong:
            raise SegmentUnknown("Between has two ends.", field=path) from wrong
        if first > last:
            raise SegmentUnknown("The first end is the lower one.", field=path)
        return (first, last)
    return _single(kind, value, path)


def _single(kind: Kind, value: Any, path: str) -> Any:
    if kind in (Kind.NUMBER, Kind.MONEY):
        return _figure(value, path)
    if kind in (Kind.DATE, Kind.MOMENT):
        return _day(value, path)
    if kind in (Kind.CHOICE, Kind.CHOICES):
        return _keys(value, path)
    if kind is Kind.YES_NO:
        if not isinstance(value, bool):
            raise SegmentUnknown("Say yes or no.", field=path)
        return value
    return _text(value, path)


def _figure(value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SegmentUnknown("Say a number.", field=path)
    try:
        figure = Decimal(value)
    except InvalidOperation as wrong:
        raise SegmentUnknown("Say a number.", field=path) from wrong
    if not figure.is_finite() or abs(figure) > LARGEST:
        raise SegmentUnknown("The number is too large.", field=path)
    return figure


def _day(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise SegmentUnknown("A day is written as 2026-05-17.", field=path) from wrong


def _days(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DAYS:
        raise SegmentUnknown("A number of days is 0 to 36,500.", field=path)
    return value


def _keys(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_KEYS:
        raise SegmentUnknown("Choose at least one.", field=path)
    return tuple(sorted({_text(each, path) for each in value}))


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or "\0" in value:
        raise SegmentUnknown("Say which.", field=path)
    return value
