"""Charts of estimates with their intervals: what is sure is drawn, not only what was found."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

WIDE = 480
SIDE = 24  # room beside the outermost ends
ROW = 52
TOP = 28
HIGH = 170  # of a chart of doses
LEFT = 40
FOOT = 40


class Mark(NamedTuple):
    """One estimate; an end that is None goes on beyond the chart."""

    label: str
    estimate: float
    low: float | None
    high: float | None
    is_shown: bool = False


def lift_chart(marks: Sequence[Mark], shown: Callable[[float], str]) -> dict[str, Any]:
    """Lay estimates out beneath each other, beside the line of no difference."""
    known = [0.0, *(each for mark in marks for each in _ends(mark))]
    least, most = min(known), max(known)
    span = (most - least) or 1.0

    def across(value: float) -> int:
        return round(SIDE + (value - least) / span * (WIDE - 2 * SIDE))

    rows = [
        {
            "label": mark.label,
            "y": TOP + at * ROW + 34,
            "text": TOP + at * ROW + 14,
            "x": across(mark.estimate),
            "from": 0 if mark.low is None else across(mark.low),
            "to": WIDE if mark.high is None else across(mark.high),
            "figure": shown(mark.estimate),
            "is_shown": mark.is_shown,
        }
        for at, mark in enumerate(marks)
    ]
    return {
        "wide": WIDE,
        "high": TOP + len(marks) * ROW + 8,
        "zero": across(0.0),
        "rows": rows,
    }


def dose_chart(
    marks: Sequence[Mark],
    shown: Callable[[float], str],
    *,
    line: Sequence[float] = (),
    kept: str = "",
) -> dict[str, Any]:
    """Lay doses out side by side, each with its estimate, and a smoothed line through them."""
    known = [*(each for mark in marks for each in _ends(mark)), *line]
    least, most = min(known), max(known)
    span = (most - least) or 1.0
    step = (WIDE - 2 * LEFT) / max(1, len(marks) - 1)

    def up(value: float) -> int:
        return round(TOP + (most - value) / span * (HIGH - TOP))

    def across(at: int) -> int:
        return round(LEFT + at * step)

    points = [
        {
            "label": mark.label,
            "x": across(at),
            "y": up(mark.estimate),
            "low": up(_ends(mark)[1]),
            "high": up(_ends(mark)[2]),
            "figure": shown(mark.estimate),
            "is_kept": mark.label == kept,
        }
        for at, mark in enumerate(marks)
    ]
    return {
        "wide": WIDE,
        "high": HIGH + FOOT,
        "floor": HIGH + 8,
        "foot": HIGH + 28,
        "points": points,
        "line": " ".join(f"{across(at)},{up(value)}" for at, value in enumerate(line)),
    }


def _ends(mark: Mark) -> tuple[float, float, float]:
    low = mark.estimate if mark.low is None else mark.low
    high = mark.estimate if mark.high is None else mark.high
    return mark.estimate, low, high
