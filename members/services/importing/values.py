"""What a cell says: a day, a moment, an amount, points, yes or no; or why it says nothing of that."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from loyalty.errors import InvalidRequest
from members.identifiers import ParsedIdentifier, parse_identifier
from members.services.importing.refused import LineRefused

MOST_POINTS = 10_000_000

_ISO = re.compile(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)")
_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d+)?")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_FRACTION = re.compile(r"(\d+)[.,]0+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CENTURIES = (1900, 2200)

_YES = frozenset(["yes", "y", "true", "1", "ja", "j", "waar", "x", "aan", "on"])
_NO = frozenset(["no", "n", "false", "0", "nee", "onwaar", "uit", "off", "-"])
_LANGUAGES = {
    "nl": "nl", "nl-nl": "nl", "nl_nl": "nl", "nld": "nl", "dutch": "nl", "nederlands": "nl",
    "en": "en", "en-gb": "en", "en_gb": "en", "en-us": "en", "en_us": "en", "eng": "en",
    "english": "en", "engels": "en",
}  # fmt: skip
_DUTCH_WITHOUT_ZERO = 9  # digits of a Dutch number whose zero a spreadsheet took away
_DUTCH_ABROAD = 11


def day(said: str, field: str) -> date:
    """A day, Dutch or ISO; of a moment the day. Raises LineRefused."""
    return _day(said.partition("T")[0].split(" ")[0] if _ISO.match(said) else said, said, field)


@lru_cache(maxsize=4096)
def _day(text: str, said: str, field: str) -> date:
    iso, dutch = _ISO.fullmatch(text), _DUTCH.fullmatch(text)
    parts = [iso[1], iso[2], iso[3]] if iso else [dutch[3], dutch[2], dutch[1]] if dutch else []
    try:
        found = date(*map(int, parts))
    except (TypeError, ValueError):
        raise LineRefused("not_a_date", said[:40], field=field) from None
    if not _CENTURIES[0] <= found.year < _CENTURIES[1]:
        raise LineRefused("not_a_date", said[:40], field=field)
    return found


def moment(said: str, zone: ZoneInfo, field: str) -> datetime:
    """A moment; one without a zone is the programme's, one without a time noon. Raises LineRefused."""
    if _ZONED.fullmatch(said):
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            raise LineRefused("not_a_date", said[:40], field=field) from None
    text = said.replace("T", " ")
    clock = _CLOCK.search(text)
    if clock is None:
        return datetime.combine(day(said, field), time(12), tzinfo=zone)
    on = day(text[: clock.start()].strip(), field)
    try:
        at = time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
    except ValueError:
        raise LineRefused("not_a_date", said[:40], field=field) from None
    return datetime.combine(on, at, tzinfo=zone)


def number(said: str, field: str) -> Decimal:
    """A number, the Dutch way (1.234,56) or the English (1,234.56). Raises LineRefused."""
    text = said.replace("\xa0", "").replace(" ", "").removeprefix("€").removesuffix("€")
    if "," in text and "." in text:
        thousands = "." if text.rindex(",") > text.rindex(".") else ","
        text = text.replace(thousands, "")
    text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise LineRefused("not_a_number", said[:40], field=field)
    return Decimal(text)


def points(said: str, field: str) -> int:
    """Whole points above zero; 1.000 and 1,000 are a thousand. Raises LineRefused."""
    text = re.sub(r"(?<=\d)[.,\s\xa0](?=\d{3}(\D|$))", "", said)
    found = number(text, field)
    if found != int(found) or found < 1:
        raise LineRefused("not_points", said[:40], field=field)
    if found > MOST_POINTS:
        raise LineRefused("too_many_points", f"{MOST_POINTS:,}", field=field)
    return int(found)


def yes_or_no(said: str, field: str) -> bool:
    """Raises LineRefused for what is neither."""
    word = said.lower()
    if word not in _YES | _NO:
        raise LineRefused("not_yes_or_no", said[:40], field=field)
    return word in _YES


def language(said: str, field: str) -> str:
    """nl or en, however it is written. Raises LineRefused."""
    found = _LANGUAGES.get(said.lower())
    if found is None:
        raise LineRefused("language", said[:40], field=field)
    return found


def identifier(kind: str, said: str) -> ParsedIdentifier:
    """By what a member is found; `kind` is card, email, phone or ext:<system>. Raises LineRefused."""
    text = said if kind == "email" else digits(said, kind)
    if kind == "phone":
        text = _phone(text)
    try:
        return parse_identifier(f"{kind}:{text}")
    except InvalidRequest:
        raise LineRefused(f"not_{kind.partition(':')[0]}", said[:60], field=kind) from None


def digits(said: str, field: str) -> str:
    """A number as it was before a spreadsheet took hold of it: 2.99E+12, 2990000000019.0.

    Raises LineRefused when digits are lost.
    """
    if found := _SCIENTIFIC.fullmatch(said):
        whole, fraction, exponent = found[1], found[2] or "", int(found[3])
        if len(fraction) < exponent:
            raise LineRefused("shortened", said[:40], field=field)
        return whole + fraction[:exponent]
    if found := _FRACTION.fullmatch(said):
        return found[1]
    return said


def _phone(text: str) -> str:
    """With the zero, or the plus, that a spreadsheet took away."""
    bare = text.replace(" ", "").replace("-", "")
    if bare.isascii() and bare.isdigit() and bare[0] != "0":
        if len(bare) == _DUTCH_WITHOUT_ZERO:
            return f"0{bare}"
        if len(bare) == _DUTCH_ABROAD and bare.startswith("31"):
            return f"+{bare}"
    return text
