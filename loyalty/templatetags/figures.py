"""Numbers, money and days as members read them, in the language of the page."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NEAR_DAYS = 31


DUTCH, BRITISH = Locale("nl"), Locale("en", "GB")
"""Made once: reading a locale's name anew for every number is most of the work."""


KEPT = 4_096
"""Figures whose words are remembered, of each sort: they depend on nothing but the language."""


def _is_dutch() -> bool:
    return (get_language() or "nl").startswith("nl")


def _locale(is_dutch: bool) -> Locale:
    return DUTCH if is_dutch else BRITISH


@lru_cache(KEPT, typed=True)
def _number(value: int, is_dutch: bool) -> str:
    return str(format_decimal(value, locale=_locale(is_dutch))).replace("-", MINUS)


@lru_cache(KEPT)
def _money(value: str, currency: str, is_dutch: bool) -> str:
    """By the value's digits: as numbers, zero and minus zero would be remembered as one."""
    return str(format_currency(Decimal(value), currency, locale=_locale(is_dutch)))


@lru_cache(KEPT)
def _day(value: date, is_dutch: bool) -> str:
    return str(format_date(value, "d MMMM y", locale=_locale(is_dutch)))


@register.filter
def number(value: int) -> str:
    """1240 as "1.240" or "1,240"."""
    return _number(value, _is_dutch())


@register.filter
def signed(value: int) -> str:
    """A movement: "+62" or "−500"."""
    return f"{'+' if value > 0 else MINUS}{number(abs(value))}"


@register.filter
def points_word(value: int) -> str:
    """The word that goes with so many: "point" or "points"."""
    return ngettext("point", "points", abs(value))


@register.filter
def points(value: int) -> str:
    """The number with its word: "1,240 points"."""
    return f"{number(value)} {points_word(value)}"


@register.filter
def money(value: Decimal, currency: str) -> str:
    return _money(str(value), currency, _is_dutch())


def decimal_plain(value: Decimal) -> str:
    """As a spreadsheet of the reader's language takes it for a number: "1234,50" or "1234.50"."""
    plain = f"{value:.2f}"
    return plain.replace(".", ",") if _is_dutch() else plain


@register.filter
def day(value: date | datetime) -> str:
    """A day in full: "5 januari 2027". A moment is told in the zone in force."""
    return _day(_local_day(value), _is_dutch())


@register.filter
def near(value: date, today: date) -> SafeString:
    """A day to come as a `<time>`: "today", "in 6 days" when near, else "on 5 January 2027"."""
    away = (value - today).days
    if away == 0:
        told = gettext("today")
    elif away == 1:
        told = gettext("tomorrow")
    elif 1 < away <= NEAR_DAYS:
        told = ngettext("in %(days)s day", "in %(days)s days", away) % {"days": away}
    else:
        told = gettext("on %(day)s") % {"day": day(value)}
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), day(value), told
    )


@register.filter
def last_day(ends_at: datetime) -> date:
    """The last day before an end that is exclusive: what ends at midnight held the day before."""
    return timezone.localtime(ends_at - timedelta(microseconds=1)).date()


@register.simple_tag
def moment(value: datetime, today: date) -> SafeString:
    """A `<time>`: "today, 10:12", "yesterday, 17:40" or "5 January 2027", exact on demand."""
    local = timezone.localtime(value)
    away = (today - local.date()).days
    if away == 0:
        told = gettext("today, %(time)s") % {"time": f"{local:%H:%M}"}
    elif away == 1:
        told = gettext("yesterday, %(time)s") % {"time": f"{local:%H:%M}"}
    else:
        told = day(local)
    exact = f"{day(local)}, {local:%H:%M}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat("T", "minutes"), exact, told
    )


@register.filter
def card(value: str) -> str:
    """A card's number in groups, as it is printed: "2990 0000 00019"."""
    return " ".join([value[:4], value[4:8], value[8:]]).strip()


def _local_day(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
