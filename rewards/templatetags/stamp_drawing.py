"""A stamp card as a drawing: so many places, so many of them stamped."""

from math import ceil

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

STEP = 40  # from the middle of one place to that of the next
EDGE = 22
FEW = 5  # so many in one row; more are spread over even rows
WIDEST = 10


@register.simple_tag
def stamp_card(stamps: int, of: int) -> SafeString:
    """The card with its stamps; who cannot see it hears how many there are."""
    columns = _columns(of)
    rows = ceil(of / columns)
    places = ((*_middle(at, columns), at < stamps) for at in range(of))
    drawn = format_html_join("", "{}", ((_place(x, y, is_full),) for x, y, is_full in places))
    label = gettext("%(stamps)s of %(of)s stamps") % {"stamps": stamps, "of": of}
    return format_html(
        '<svg role="img" class="stamps" aria-label="{}" viewBox="0 0 {} {}">{}</svg>',
        label,
        2 * EDGE + (columns - 1) * STEP,
        2 * EDGE + (rows - 1) * STEP,
        drawn,
    )


def _columns(of: int) -> int:
    """As many in each row as make the rows even."""
    if of <= FEW:
        return of
    return min(range(FEW, min(of, WIDEST) + 1), key=lambda wide: (-of % wide, wide))


def _middle(at: int, columns: int) -> tuple[int, int]:
    return EDGE + at % columns * STEP, EDGE + at // columns * STEP


def _place(x: int, y: int, is_full: bool) -> SafeString:
    if not is_full:
        return format_html('<circle class="stamp-open" cx="{}" cy="{}" r="15"/>', x, y)
    return format_html(
        '<g class="stamp"><circle cx="{0}" cy="{1}" r="16"/><path d="m{2} {1} 5 5 9-10"/></g>',
        x,
        y,
        x - 7,
    )
