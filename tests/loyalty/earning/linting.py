"""A small programme whose rules are linted."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.earning.document import Rule
from loyalty.earning.findings import Finding
from loyalty.earning.lint import lint
from loyalty.types import EarningBase
from tests.loyalty.earning.telling import LABELS, gives

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BASE = [gives("per_amount", points=1, per="1.00")]
DOUBLE = [gives("multiplier", factor="2")]


def found(*rules: Rule, **more: Any) -> list[Finding]:
    given: dict[str, Any] = {
        "budgets": {},
        "tier_keys": ["silver", "gold"],
        "categories": ["paint", "stain", "tools", "gift_card"],
        "segments": ["painters", "parents"],
        "units": ["points", "stamps", "stars"],
        "base": EarningBase(),
        "zone": AMSTERDAM,
        "labels": LABELS,
        "now": NOW,
    }
    return lint(rules, **(given | more))


def said(*rules: Rule, **more: Any) -> list[tuple[str, str, str, str]]:
    return [
        (each.code, str(each.severity), each.sentences["nl"], each.sentences["en"])
        for each in found(*rules, **more)
    ]
