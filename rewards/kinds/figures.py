"""Amounts and days as a Dutch or an English reader writes them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from loyalty.types import Language

_LOCALES: dict[Language, Locale] = {"nl": Locale("nl"), "en": Locale("en", "GB")}
_AT: dict[Language, str] = {"nl": "om", "en": "at"}


def money(amount: Decimal, language: Language, currency: str) -> str:
    """An amount that people choose: whole ones without decimals, "€ 5" and "€7.50"."""
    said = str(format_currency(amount, currency, locale=_LOCALES[language]))
    is_whole = amount == amount.to_integral_value()
    said = said.replace(",00", "").replace(".00", "") if is_whole else said
    return said.replace("\N{NO-BREAK SPACE}", " ")


def count(value: Decimal | int, language: Language) -> str:
    """A number without idle zeros: "2", "1,5"."""
    return str(format_decimal(value, locale=_LOCALES[language]))


def day(moment: datetime, language: Language, zone: ZoneInfo) -> str:
    """The day of a moment: "12 december 2026"."""
    return str(format_date(moment.astimezone(zone).date(), "d MMMM y", locale=_LOCALES[language]))


def moment(value: datetime, language: Language, zone: ZoneInfo) -> str:
    """The day and the hour: "12 december 2026 om 19:00"."""
    local = value.astimezone(zone)
    return f"{day(value, language, zone)} {_AT[language]} {local:%H:%M}"
