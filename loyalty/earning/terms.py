"""When points become usable and when they lapse: policies as data, moments out of local days.

All ends are the end of a day in the programme's zone: the first instant of the next day, from
which on the points are gone. The clock starts when the points become usable. Where a month is
shorter, its last day counts, so 31 January and a month is 28 or 29 February.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from loyalty.earning.terms_wording import WORDINGS, Counted, TermsWording
from loyalty.errors import RuleInvalid
from loyalty.types import Language, Terms

LONGEST_TEXT = 200  # of a policy as JSON: what a lot keeps of it
_LEAP = 2024  # a year that has every month-day
_YEAR = 12

Months = Annotated[int, Meta(ge=1, le=240)]
MonthDay = Annotated[str, Meta(pattern=r"^\d\d-\d\d$(?!\n)", examples=["12-31"])]
ActivityType = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,63}$(?!\n)")]
Period = Literal["month", "quarter", "half_year", "year"]
_MONTHS_OF: Mapping[str, int] = MappingProxyType(
    {"month": 1, "quarter": 3, "half_year": 6, "year": _YEAR}
)


class Policy(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """What all policies share: unknown fields are refused, equal ones are one and the same."""


class Never(Policy, frozen=True, tag="never"):
    """They do not lapse."""


class Term(Policy, frozen=True, kw_only=True, tag="term"):
    """So many days or months after they became usable; one of the two."""

    days: Annotated[int, Meta(ge=1, le=7300)] | None = None
    months: Months | None = None


class EndOf(Policy, frozen=True, kw_only=True, tag="end_of"):
    """The end of the calendar period in which they became usable, or `after` periods later."""

    period: Period
    after: Annotated[int, Meta(ge=0, le=120)] = 0


class Dates(Policy, frozen=True, kw_only=True, tag="dates"):
    """The first of these days of the year that is at least one day ahead."""

    dates: Annotated[tuple[MonthDay, ...], Meta(min_length=1, max_length=20)]


class Inactivity(Policy, frozen=True, kw_only=True, tag="inactivity"):
    """So many months after the last of these activities (none named: of any activity)."""

    months: Months
    activities: tuple[ActivityType, ...] = ()


ExpiryPolicy = Never | Term | EndOf | Dates | Inactivity
NEVER = Never()


class LotDates(NamedTuple):
    """What a lot is written with. Without `available_from` it has no end yet either."""

    available_from: datetime | None
    expires_at: datetime | None
    is_sliding: bool


# --- Reading and writing -----------------------------------------------------------------------


def parse_expiry(document: Mapping[str, Any] | str) -> ExpiryPolicy:
    """The policy that a document, or its JSON text, describes.

    Raises RuleInvalid, with `field` as the place, for anything that could not be carried out.
    """
    return _read(document) if isinstance(document, str) else _parse(document)


def expiry_text(policy: ExpiryPolicy) -> str:
    """The policy as the JSON text that a lot keeps, at most 200 characters."""
    return msgspec.json.encode(policy).decode()


@lru_cache(maxsize=1024)
def _read(text: str) -> ExpiryPolicy:
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as broken:
        raise RuleInvalid("An expiry policy is a JSON object.") from broken
    return _parse(document)


def _parse(document: object) -> ExpiryPolicy:
    try:
        policy: ExpiryPolicy = msgspec.convert(document, ExpiryPolicy)
    except msgspec.ValidationError as invalid:
        problem, _, path = str(invalid).partition(" - at `$")
        places = [place.rstrip("]") for place in re.split(r"[.\[]", path.rstrip("`")) if place]
        if "matching regex" in problem:
            problem = 'A day is written as "12-31", an activity as a lower-case word'
        raise RuleInvalid(f"{problem.rstrip('.')}.", field=".".join(places)) from invalid
    _check(policy)
    return policy


def _check(policy: ExpiryPolicy) -> None:
    if isinstance(policy, Term) and (policy.days is None) == (policy.months is None):
        raise RuleInvalid("A term is a number of days or a number of months.", field="days")
    if isinstance(policy, Dates):
        _check_dates(policy.dates)
    if len(expiry_text(policy)) > LONGEST_TEXT:
        raise RuleInvalid("This policy names too many activities.", field="activities")


def _check_dates(dates: tuple[str, ...]) -> None:
    for position, day in enumerate(dates):
        month, number = map(int, day.split("-"))
        if not 1 <= month <= _YEAR or not 1 <= number <= monthrange(_LEAP, month)[1]:
            raise RuleInvalid(f"There is no day {day}.", field=f"dates.{position}")
        if day in dates[:position]:
            raise RuleInvalid(f"The day {day} is named twice.", field=f"dates.{position}")


# --- Moments -----------------------------------------------------------------------------------


def expires_at(policy: ExpiryPolicy, start: datetime, zone: ZoneInfo) -> datetime | None:
    """When points that became usable at `start` lapse, in UTC; None for never and inactivity."""
    if isinstance(policy, Never | Inactivity):
        return None
    return _end(policy, start.astimezone(zone).date(), zone)


def slides_to(policy: ExpiryPolicy, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when an activity at that moment keeps sliding points; None unless by inactivity."""
    if not isinstance(policy, Inactivity):
        return None
    return _end(policy, at.astimezone(zone).date(), zone)


def keeps_alive(policy: ExpiryPolicy, activity_type: str) -> bool:
    """Whether an activity of this type moves the end of points on this policy."""
    return isinstance(policy, Inactivity) and (
        not policy.activities or activity_type in policy.activities
    )


def available_from(terms: Terms, occurred_at: datetime, zone: ZoneInfo) -> datetime | None:
    """When points become usable by time alone; None when only an event can make them so."""
    if terms.pending_days:
        last = occurred_at.astimezone(zone).date() + timedelta(days=terms.pending_days)
        return _end_of_day(last, zone)
    return None if terms.awaits else occurred_at


def dates_of(terms: Terms, policy: ExpiryPolicy, occurred_at: datetime, zone: ZoneInfo) -> LotDates:
    """What a lot granted on these terms by something that happened then is written with."""
    start = available_from(terms, occurred_at, zone)
    end = expires_at(policy, start, zone) if start else None
    return LotDates(start, end, isinstance(policy, Inactivity))


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day there, in UTC; clocks that jump over midnight included."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last of a month that is shorter."""
    years, month = divmod(day.year * _YEAR + day.month - 1 + months, _YEAR)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


@lru_cache(maxsize=8192)
def _end(policy: Term | EndOf | Dates | Inactivity, day: date, zone: ZoneInfo) -> datetime:
    return _end_of_day(_last_day(policy, day), zone)


@lru_cache(maxsize=8192)
def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    return start_of_day(day + timedelta(days=1), zone)


def _last_day(policy: Term | EndOf | Dates | Inactivity, day: date) -> date:
    match policy:
        case Term(days=int(days)):
            return day + timedelta(days=days)
        case EndOf(period=period, after=after):
            return _last_of_period(day, _MONTHS_OF[period], after)
        case Dates(dates=dates):
            ahead = [_month_day(year, text) for year in (day.year, day.year + 1) for text in dates]
            return min(on for on in ahead if on > day)
        case _:
            return add_months(day, policy.months or 0)


def _last_of_period(day: date, months: int, after: int) -> date:
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return add_months(first, months * (after + 1)) - timedelta(days=1)


def _month_day(year: int, text: str) -> date:
    month, day = map(int, text.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


# --- Sentences ---------------------------------------------------------------------------------


def describe_expiry(policy: ExpiryPolicy, language: Language, *, what: str = "") -> str:
    """The policy as a clause: "punten vervallen aan het eind van het jaar"; `what`: "stempels"."""
    words = WORDINGS[language]
    template, figures = _told(policy, words)
    return template.format(what=what or words.points, **figures)


def _told(policy: ExpiryPolicy, words: TermsWording) -> tuple[str, dict[str, str]]:
    match policy:
        case Term(days=days, months=months):
            span = _counted(words.spans["day"], days) if days else _span(months or 0, words)
            return words.after, {"span": span}
        case EndOf(period=period, after=after):
            template = words.end_of_later if after else words.end_of
            return template, {"end": words.ends[period], "span": _span(after, words, period)}
        case Dates(dates=dates):
            named = _either([_day(text, words) for text in sorted(dates)], words)
            return words.dates if len(dates) > 1 else words.date, {"days": named}
        case Inactivity(months=months, activities=activities):
            known = [words.activities.get(kind, kind) for kind in activities]
            without = _either(known or [words.activity], words)
            return words.inactive, {"span": _span(months, words), "activities": without}
    return words.never, {}


def _span(number: int, words: TermsWording, period: str = "month") -> str:
    years, rest = divmod(number * _MONTHS_OF[period], _YEAR)
    return (
        _counted(words.spans["year"], years) if not rest else _counted(words.spans[period], number)
    )


def _counted(forms: Counted, number: int) -> str:
    return forms[0] if number == 1 else forms[1].format(number)


def _day(text: str, words: TermsWording) -> str:
    month, day = map(int, text.split("-"))
    return f"{day} {words.months.split()[month - 1]}"


def _either(items: list[str], words: TermsWording) -> str:
    *rest, last = items
    return f"{', '.join(rest)} {words.alternative} {last}" if rest else last
