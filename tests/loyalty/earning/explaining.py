"""Baskets judged by rules, and what is said of it in both languages."""

from typing import Any
from zoneinfo import ZoneInfo

from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate
from loyalty.earning.sentences import explain
from loyalty.types import Activity, MemberFacts, Reason
from tests.loyalty.earning.shop import NOBODY, activity, line
from tests.loyalty.earning.telling import LABELS, gives

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BASKET = activity(line("12.49", "paint"), line("1234.41", "tools"), channel="web")
FIFTY = [gives("fixed", points=50)]


def both(reason: Reason, **more: Any) -> tuple[str, str]:
    nl, en = (
        explain(reason, language, labels=LABELS, zone=AMSTERDAM, **more)
        for language in ("nl", "en")
    )
    return nl, en


def judged(
    *rules: Rule, of: Activity = BASKET, by: MemberFacts = NOBODY, about: str = "rule", **more: Any
) -> Reason:
    """The reason of that rule."""
    award = evaluate(rules, of, by, zone=AMSTERDAM, **more)
    return next(reason for reason in award.reasons if reason.rule == about)
