"""What activities earn, by the programme's rulebook, and the words for it."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import msgspec

from loyalty.earning import ruleset
from loyalty.earning.sentences import explain
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Award, MemberFacts, Reason, Words

LANGUAGES = ("nl", "en")


def award(*, book: Rulebook, activity: Activity, facts: MemberFacts) -> Award:
    """The engine's answer under the rule set of the programme, as its history is judged too."""
    return ruleset.award(book.rule_set, activity, facts)


def expires_at(book: Rulebook, effective_at: datetime) -> datetime | None:
    """When points earned at that moment lapse: as a day ends in the programme's zone, or never.

    The day is the programme's number of months on; where that month is shorter, its last day.
    """
    if book.points_valid_months is None:
        return None
    return _end_of_day(book, effective_at.astimezone(book.zone).date())


@lru_cache(maxsize=1024)
def _end_of_day(book: Rulebook, earned_on: date) -> datetime:
    months = earned_on.month - 1 + (book.points_valid_months or 0)
    year, month = earned_on.year + months // 12, months % 12 + 1
    day = min(earned_on.day, monthrange(year, month)[1])
    after = date(year, month, day) + timedelta(days=1)
    return datetime.combine(after, time.min, tzinfo=book.zone).astimezone(UTC)


def explained(book: Rulebook, reason: Reason, *, is_ahead: bool = False) -> Words:
    """The reason in a sentence, in each language; `is_ahead` while it is only a quote."""
    return _explained(book, msgspec.json.encode(reason), is_ahead)


@lru_cache(maxsize=4096)
def _explained(book: Rulebook, reason: bytes, is_ahead: bool) -> Words:
    said = msgspec.json.decode(reason, type=Reason)
    return {
        language: explain(
            said,
            language,
            currency=book.currency,
            labels=book.labels,
            zone=book.zone,
            is_ahead=is_ahead,
        )
        for language in LANGUAGES
    }
