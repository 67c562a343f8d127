"""Rule sets with tiers, and members' days under them, for the tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from loyalty.earning.ruleset import RuleSet, parse_rule_set
from loyalty.earning.standing import Standing, advance, facts_at, tier_states
from loyalty.types import Activity, Award, Grant

JOINED = date(2024, 2, 29)
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
WORDS = {"nl": "Status", "en": "Status"}


def policy(**said: Any) -> dict[str, Any]:
    """Silver from 100 and gold from 300 points a year, unless said otherwise."""
    tiers = said.pop("tiers", {"silver": 100, "gold": 300})
    return {
        "measure": {"kind": "points"},
        "tiers": [{"key": k, "name": WORDS, "threshold": n} for k, n in tiers.items()],
        **said,
    }


def ladder(
    *policies: dict[str, Any], rules: list[dict[str, Any]] | None = None, **said: Any
) -> RuleSet:
    """A rule set with a tier set "status" (then "status2", …), by default `policy()`."""
    sets = [
        {"key": f"status{n or ''}", "name": WORDS, "policy": each}
        for n, each in enumerate(policies or (policy(),))
    ]
    document = {
        "schema": 1,
        "time_zone": "Europe/Amsterdam",
        "tier_sets": sets,
        "rules": [
            {"key": f"r{n}", "version": 1, "name": WORDS, "document": each}
            for n, each in enumerate(rules or [])
        ],
    }
    return parse_rule_set(document | said, number=said.get("number", 1))


def earning(points: int) -> Award:
    return Award(points=points, loose_points=points, grants=(Grant(points=points),))


def purchase(at: datetime, amount: str = "10.00", **said: Any) -> Activity:
    return Activity(**{"type": "purchase", "occurred_at": at, "amount": Decimal(amount)} | said)


def earned(
    rule_set: RuleSet,
    *steps: tuple[datetime, int],
    standing: Standing | None = None,
    joined_on: date = JOINED,
) -> Standing:
    """The standing after purchases at these moments that earned these points."""
    standing = standing or Standing()
    for at, points in steps:
        facts = facts_at(standing, rule_set, at=at, joined_on=joined_on, trigger="purchase")
        standing = advance(standing, rule_set, purchase(at), earning(points), facts)
    return standing


def tier(standing: Standing, rule_set: RuleSet, at: datetime, joined_on: date = JOINED) -> str:
    """The key of the tier held at that moment, empty for none."""
    return tier_states(standing, rule_set, at=at, joined_on=joined_on)[0].tier


def day(number: int) -> datetime:
    """Noon, so many days after the start."""
    return START + timedelta(days=number)
