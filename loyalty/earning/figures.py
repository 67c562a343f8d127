"""Numbers, money, dates and lists as a Dutch or an English reader writes them."""

from collections.abc import Sequence
from datetime import datetime

_SYMBOLS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
_WHOLE = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
}
_IN_THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_DECIMALS = dict.fromkeys(_WHOLE, 0) | dict.fromkeys(_IN_THOUSANDTHS, 3)
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_WEEKDAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_A_RANGE = 3  # days in a row that are told as one
_TEENS = range(11, 14)  # English: 11th, not 11st
_ORDINALS = {"nl": ("eerste", "tweede", "derde"), "en": ("first", "second", "third")}


def number(text: str, language: str) -> str:
    """A plain decimal text ("1250.5") with the language's separators ("1.250,5")."""
    whole, point, fraction = text.partition(".")
    grouped = f"{int(whole):,}" + point + fraction
    return grouped.translate(str.maketrans(",.", ".,")) if language == "nl" else grouped


def brief(text: str, language: str) -> str:
    """A number without idle zeros: "2.0" is "2", "1.50" is "1,5"."""
    return number(text.rstrip("0").rstrip(".") if "." in text else text, language)


def money(text: str, language: str, currency: str) -> str:
    """An amount in its currency, with the decimals of it: "€ 12,50", "€12.50", "¥1,200"."""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(_DECIMALS.get(currency, 2), "0")
    return _with_sign(f"{whole}.{fraction}" if fraction else whole, language, currency)


def round_money(text: str, language: str, currency: str) -> str:
    """The same for amounts that people choose: whole ones without decimals, "€ 50"."""
    whole, _, fraction = text.partition(".")
    if fraction.strip("0"):
        return money(text, language, currency)
    return _with_sign(whole, language, currency)


def _with_sign(amount: str, language: str, currency: str) -> str:
    symbol = _SYMBOLS.get(currency)
    shown = number(amount, language)
    return f"{symbol}{shown}" if symbol and language == "en" else f"{symbol or currency} {shown}"


def date(moment: datetime, language: str, *, in_year: int | None = None) -> str:
    """The day in full, "31 december 2026", with the hour unless it is midnight.

    The year is left out when it is `in_year`, the one that the reader takes for granted.
    """
    day = day_of_year(f"{moment:%m-%d}", language)
    if moment.year != in_year:
        day = f"{day} {moment.year}"
    return day if is_midnight(moment) else f"{day} {moment:%H:%M}"


def day_of_year(month_day: str, language: str) -> str:
    """ "12-31" as "31 december"."""
    month, _, day = month_day.partition("-")
    return f"{int(day)} {_MONTHS[language].split()[int(month) - 1]}"


def is_midnight(moment: datetime) -> bool:
    """Whether the moment is the very start of a day."""
    return not (moment.hour or moment.minute or moment.second or moment.microsecond)


def weekdays(codes: Sequence[str], language: str, through: str, conjunction: str) -> str:
    """Days of the week; three or more in a row as a range, "maandag t/m vrijdag"."""
    names = _WEEKDAYS[language].split()
    days = sorted({_WEEK.index(code) for code in codes})
    if len(days) >= _A_RANGE and days[-1] - days[0] == len(days) - 1:
        return through.format(names[days[0]], names[days[-1]])
    return listing([names[day] for day in days], conjunction)


def ordinal(count: int, language: str) -> str:
    """ "eerste", "tweede", "derde", "4e"; "first", "second", "third", "4th"."""
    words = _ORDINALS[language]
    if 1 <= count <= len(words):
        return words[count - 1]
    if language == "nl":
        return f"{number(str(count), language)}e"
    return f"{number(str(count), language)}{_english_ending(count)}"


def _english_ending(count: int) -> str:
    if count % 100 in _TEENS:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")


def listing(items: Sequence[str], conjunction: str) -> str:
    """ "verf", "verf en beits", "verf, beits en lak"."""
    *rest, last = items
    return f"{', '.join(rest)} {conjunction} {last}" if rest else last
