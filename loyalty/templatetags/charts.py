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

WIDE = 480
FIGURE = 64
BAR = 16
LINE = 20  # of a label
GAP = 10
HIGH = 150
FOOT = 24
HEAD = 20


class Pair(NamedTuple):
    """One row of a chart of pairs: as it was, as it would have been."""

    label: str
    live: int
    draft: int


@register.simple_tag
def pair_bars(rows: Sequence[Pair], title: str, live: str, draft: str) -> SafeString:
    """Two bars for each row, their figures beside them. Values below zero are drawn as none."""
    most = max([max(row.live, row.draft) for row in rows], default=0) or 1
    step = LINE + 2 * BAR + GAP
    marks = [
        {
            "label": row.label,
            "top": at * step + LINE - 6,
            "live": _bar(at * step + LINE, row.live, most),
            "draft": _bar(at * step + LINE + BAR, row.draft, most),
        }
        for at, row in enumerate(rows)
    ]
    return _drawn("pair_bars", len(rows) * step, title, marks=marks, words=(live, draft))


@register.simple_tag
def single_bars(rows: Sequence[tuple[str, int]], title: str) -> SafeString:
    """One bar for each row."""
    most = max([value for _label, value in rows], default=0) or 1
    step = LINE + BAR + GAP
    marks = [
        {
            "label": label,
            "top": at * step + LINE - 6,
            "bar": _bar(at * step + LINE, value, most),
        }
        for at, (label, value) in enumerate(rows)
    ]
    return _drawn("single_bars", len(rows) * step, title, marks=marks)


@register.simple_tag
def pair_lines(rows: Sequence[Pair], title: str, live: str, draft: str) -> SafeString:
    """Two lines over time; each ends in its last figure, the first and last moments below."""
    most = max([max(row.live, row.draft) for row in rows], default=0) or 1
    last = rows[-1] if rows else Pair("", 0, 0)
    ends = [_height(last.live, most), _height(last.draft, most)]
    if abs(ends[0] - ends[1]) < BAR:  # two figures that would lie on each other
        ends[0 if ends[0] > ends[1] else 1] += BAR - abs(ends[0] - ends[1])
    context = {
        "live_line": _line([row.live for row in rows], most),
        "draft_line": _line([row.draft for row in rows], most),
        "ends": [(ends[0] + 4, number(last.live)), (ends[1] + 4, number(last.draft))],
        "is_same": last.live == last.draft,
        "first": rows[0].label if rows else "",
        "last": last.label,
        "most": number(most),
        "right": WIDE - FIGURE,
        "foot": HEAD + HIGH + FOOT - 6,
        "floor": HEAD + HIGH,
        "words": (live, draft),
    }
    return _drawn("pair_lines", HEAD + HIGH + FOOT, title, **context)


def _bar(top: int, value: int, most: int) -> dict[str, Any]:
    width = max(1, round(max(0, value) * (WIDE - FIGURE) / most))
    return {
        "y": top,
        "width": width,
        "height": BAR - 2,
        "text": width + 6,
        "base": top + BAR - 4,
        "figure": number(value),
    }


def _height(value: int, most: int) -> int:
    return round(HEAD + HIGH - max(0, value) * HIGH / most)


def _line(values: Sequence[int], most: int) -> str:
    across = (WIDE - FIGURE) / max(1, len(values) - 1)
    return " ".join(f"{round(at * across)},{_height(v, most)}" for at, v in enumerate(values))


def _drawn(chart: str, high: int, title: str, **context: Any) -> SafeString:
    context |= {"wide": WIDE, "high": high, "title": title}
    return SafeString(render_to_string(f"admin/charts/{chart}.html", context))
