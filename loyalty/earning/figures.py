"""Numbers, money, dates and lists as a Dutch or an English reader writes them."""

from collections.abc import Sequence
from datetime import datetime

_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def number(text: str, language: str) -> str:
    """A plain decimal text ("1250.5") with the language's separators ("1.250,5")."""
    whole, point, fraction = text.partition(".")
    grouped = f"{int(whole):,}" + point + fraction
    return grouped.translate(str.maketrans(",.", ".,")) if language == "nl" else grouped


def factor(text: str, language: str) -> str:
    """A factor without idle zeros: "2.0" is "2", "1.50" is "1,5"."""
    return number(text.rstrip("0").rstrip(".") if "." in text else text, language)


def money(text: str, language: str, currency: str) -> str:
    """An amount with its currency and two decimals: "€ 12,50" or "€12.50"."""
    whole, _, fraction = text.partition(".")
    amount = number(f"{whole}.{fraction.ljust(2, '0')}", language)
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{amount}" if symbol and language == "en" else f"{symbol or currency} {amount}"


def date(moment: datetime, language: str) -> str:
    """The day in full: "31 december 2026", with the hour unless it is midnight."""
    month = _MONTHS[language].split()[moment.month - 1]
    day = f"{moment.day} {month} {moment.year}"
    return day if is_midnight(moment) else f"{day} {moment:%H:%M}"


def is_midnight(moment: datetime) -> bool:
    """Whether the moment is the very start of a day."""
    return not (moment.hour or moment.minute or moment.second or moment.microsecond)


def listing(items: Sequence[str], conjunction: str) -> str:
    """ "verf", "verf en beits", "verf, beits en lak"."""
    *rest, last = items
    return f"{', '.join(rest)} {conjunction} {last}" if rest else last
