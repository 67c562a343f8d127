"""What activities earn, by the programme's rulebook, and the words for it."""

from functools import lru_cache

import msgspec

from loyalty.earning import ruleset
from loyalty.earning.reason_teller import Audience
from loyalty.earning.sentences import explain
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Award, MemberFacts, Reason, Words

__all__ = ["LANGUAGES", "Audience", "award", "explained"]

LANGUAGES = ("nl", "en")


def award(*, book: Rulebook, activity: Activity, facts: MemberFacts) -> Award:
    """The engine's answer under the rule set of the programme, as its history is judged too."""
    return ruleset.award(book.rule_set, activity, facts)


def explained(
    book: Rulebook, reason: Reason, *, is_ahead: bool = False, audience: Audience = "member"
) -> Words:
    """The reason in a sentence, in each language; `is_ahead` while it is only a quote.

    A "cashier" gets it short, the service "desk" with the rule, its version and all numbers.
    """
    return _explained(book, msgspec.json.encode(reason), is_ahead, audience)


@lru_cache(maxsize=4096)
def _explained(book: Rulebook, reason: bytes, is_ahead: bool, audience: Audience) -> Words:
    said = msgspec.json.decode(reason, type=Reason)
    return {
        language: explain(
            said,
            language,
            currency=book.currency,
            labels=book.labels,
            zone=book.zone,
            is_ahead=is_ahead,
            audience=audience,
        )
        for language in LANGUAGES
    }
