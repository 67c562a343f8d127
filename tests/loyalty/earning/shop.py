"""A small paint shop's rules and baskets, for the engine's tests."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from loyalty.earning.document import Rule, parse_rule
from loyalty.types import Activity, Line, MemberFacts

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOBODY = MemberFacts()
Json = dict[str, Any]


def per_amount(points: int = 1, per: str = "1.00") -> Json:
    return {"kind": "per_amount", "points": points, "per": per}


def multiplier(factor: str = "2") -> Json:
    return {"kind": "multiplier", "factor": factor}


def fixed(points: int = 50) -> Json:
    return {"kind": "fixed", "points": points}


def per_quantity(points: int = 1, per: str = "1", **more: Any) -> Json:
    return {"kind": "per_quantity", "points": points, "per": per, **more}


def reward(key: str = "free_coffee") -> Json:
    return {"kind": "reward", "reward": key}


def cap(most: int, **more: Any) -> Json:
    return {"kind": "cap", "most": most, **more}


def limited(most: int, **more: Any) -> Json:
    """What makes a rule give at most so many, in a document."""
    return {"limits": [{"most": most, **more}]}


def in_group(choose: str = "best", key: str = "autumn") -> Json:
    return {"group": {"key": key, "choose": choose}}


def where(field: str, operator: str, value: Any, **more: Any) -> Json:
    return {"field": field, "operator": operator, "value": value, **more}


def on(*keys: str, field: str = "line.category") -> Json:
    return {"field": field, "operator": "in", "value": list(keys)}


def off(*keys: str, field: str = "line.category") -> Json:
    return {"field": field, "operator": "not_in", "value": list(keys)}


def at_least(amount: str) -> Json:
    return {"field": "basket.amount", "operator": "at_least", "value": amount}


def document(effect: Json, *conditions: Json, trigger: str = "purchase") -> Json:
    return {"schema": 2, "trigger": trigger, "conditions": list(conditions), "effects": [effect]}


def rule(
    effect: Json,
    *conditions: Json,
    key: str = "rule",
    trigger: str = "purchase",
    also: Json | None = None,
    **more: Any,
) -> Rule:
    """A rule with one effect; `also` is what else stands in its document, limits or a group."""
    given: Json = {"version": 1, "name": {"nl": "Regel", "en": "Rule"}, **more}
    said = document(effect, *conditions, trigger=trigger) | (also or {})
    return parse_rule(said, key=key, **given)


def line(amount: str, category: str = "", **more: Any) -> Line:
    given: Json = {"product": "4711", "amount": Decimal(amount), "category": category, **more}
    return Line(**given)


def activity(*lines: Line, what: str = "purchase", **more: Any) -> Activity:
    return Activity(type=what, lines=lines, **({"occurred_at": NOON} | more))
