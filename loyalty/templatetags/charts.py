"""Charts drawn on the server: plain SVG, a label at every mark, one question each.

They take the colours of the page; the figures stand in a table behind every chart.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from loyalty.templatetags.figures import number

register = template.Library()

WIDE = 640
LABEL = 168
FIGURE = 88
BAR = 16
GAP = 14
HIGH = 180
FOOT = 24
HEAD = 20
SIDE = 72


class Pair(NamedTuple):
    """One row of a chart of pairs: as it was, as it would have been."""

    label: str
    live: int
    draft: int


@register.simple_tag
def pair_bars(rows: Sequence[Pair], title: str, live: str, draft: str) -> SafeString:
    """Two bars for each row, their figures beside them. Values below zero are drawn as none."""
    most = max([max(row.live, row.draft) for row in rows], default=0) or 1
    room = WIDE - LABEL - FIGURE
    step = 2 * BAR + GAP
    marks = [
        {
            "label": row.label,
            "middle": at * step + BAR + 2,
            "live": _bar(at * step, row.live, most, room),
            "draft": _bar(at * step + BAR, row.draft, most, room),
        }
        for at, row in enumerate(rows)
    ]
    return _drawn("pair_bars", len(rows) * step, title, marks=marks, words=(live, draft))


@register.simple_tag
def single_bars(rows: Sequence[tuple[str, int]], title: str) -> SafeString:
    """One bar for each row."""
    most = max([value for _label, value in rows], default=0) or 1
    step = BAR + 10
    marks = [
        {
            "label": label,
            "middle": at * step + BAR // 2 + 4,
            "bar": _bar(at * step, value, most, WIDE - LABEL - FIGURE),
        }
        for at, (label, value) in enumerate(rows)
    ]
    return _drawn("single_bars", len(rows) * step, title, marks=marks)


@register.simple_tag
def pair_lines(rows: Sequence[Pair], title: str, live: str, draft: str) -> SafeString:
    """Two lines over time; each is named at its end, the first and last moments below."""
    most = max([max(row.live, row.draft) for row in rows], default=0) or 1
    ends = [_height(rows[-1].live, most), _height(rows[-1].draft, most)] if rows else [0, 0]
    if rows and abs(ends[0] - ends[1]) < BAR:  # two names that would lie on each other
        ends[0 if ends[0] > ends[1] else 1] += BAR - abs(ends[0] - ends[1])
    context = {
        "live_line": _line([row.live for row in rows], most),
        "draft_line": _line([row.draft for row in rows], most),
        "live_end": ends[0] + 4,
        "draft_end": ends[1] + 4,
        "first": rows[0].label if rows else "",
        "last": rows[-1].label if rows else "",
        "most": number(most),
        "right": WIDE - SIDE,
        "foot": HEAD + HIGH + FOOT - 6,
        "floor": HEAD + HIGH,
        "words": (live, draft),
    }
    return _drawn("pair_lines", HEAD + HIGH + FOOT, title, **context)


def _bar(top: int, value: int, most: int, room: int) -> dict[str, Any]:
    width = max(1, round(max(0, value) * room / most))
    return {
        "x": LABEL,
        "y": top,
        "width": width,
        "height": BAR - 2,
        "text": LABEL + width + 6,
        "base": top + BAR - 5,
        "figure": number(value),
    }


def _height(value: int, most: int) -> int:
    return round(HEAD + HIGH - max(0, value) * HIGH / most)


def _line(values: Sequence[int], most: int) -> str:
    across = (WIDE - SIDE) / max(1, len(values) - 1)
    return " ".join(f"{round(at * across)},{_height(v, most)}" for at, v in enumerate(values))


def _drawn(chart: str, high: int, title: str, **context: Any) -> SafeString:
    context |= {"wide": WIDE, "high": high, "title": title, "label_end": LABEL - 10}
    return SafeString(render_to_string(f"admin/charts/{chart}.html", context))
