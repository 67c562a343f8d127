"""Twenty live rules, a tier set and caps: what a shop of some size really runs."""

from typing import Any, NamedTuple

Json = dict[str, Any]
BASE = "bench-base"


class RuleWanted(NamedTuple):
    """A rule for the bench's programme."""

    key: str
    document: Json
    priority: int = 0


def _test(field: str, operator: str, value: Any, **more: Any) -> Json:
    return {"field": field, "operator": operator, "value": value, **more}


def _rule(key: str, effect: Json, *conditions: Json, trigger: str = "purchase", **more: Any) -> Any:
    document: Json = {"schema": 2, "trigger": trigger, "conditions": list(conditions)}
    return RuleWanted(key, document | {"effects": [effect]} | more)


def _fixed(points: int) -> Json:
    return {"kind": "fixed", "points": points}


def _times(factor: str) -> Json:
    return {"kind": "multiplier", "factor": factor}


def _at_most(most: int, period: str, of: str = "points") -> Json:
    return {"limits": [{"of": of, "most": most, "scope": "member", "period": period}]}


PER_EURO = {"kind": "per_amount", "points": 1, "per": "1.00"}

RULES: list[RuleWanted] = [
    _rule(BASE, PER_EURO),
    _rule("paint-twice", _times("2"), _test("line.category", "in", ["paint", "primer"])),
    _rule("from-100", _fixed(50), _test("basket.amount", "at_least", "100.00")),
    _rule("from-250", _fixed(200), _test("basket.amount", "at_least", "250.00")),
    _rule("web", _fixed(10), _test("activity.channel", "in", ["web", "app"])),
    _rule("utrecht", _fixed(5), _test("activity.location", "in", ["Utrecht", "Zwolle"])),
    _rule("weekend", _times("1.5"), _test("time.weekday", "in", ["sat", "sun"])),
    _rule("evening", _fixed(5), _test("time.hours", "between", ["18:00", "21:00"])),
    _rule("lighting", _times("1.25"), _test("line.category", "in", ["lighting"])),
    _rule("own-brand", _times("3"), _test("line.brand", "in", ["kleur"])),
    _rule("not-tools", _fixed(2), _test("line.category", "not_in", ["brushes_tools"])),
    _rule("fifth", _fixed(100), _test("count", "every", 5, of="purchase")),
    _rule("silver", _times("1.1"), _test("member.tier", "in", ["silver"])),
    _rule("gold", _times("1.2"), _test("member.tier", "in", ["gold"])),
    _rule("decorators", _fixed(25), _test("member.segment", "in", ["decorators"])),
    _rule("ten-litres", _fixed(30), _test("basket.quantity", "at_least", "10")),
    _rule(
        "daily-treat",
        _fixed(3),
        _test("basket.amount", "at_least", "10.00"),
        **_at_most(1, "day", of="times"),
    ),
    _rule(
        "wallpaper",
        {"kind": "per_amount", "points": 1, "per": "5.00"},
        _test("line.category", "in", ["wallpaper"]),
        **_at_most(500, "month"),
    ),
    _rule("summer", _fixed(10), _test("time.month_day", "between", ["06-01", "08-31"])),
    _rule("cap", {"kind": "cap", "most": 5000, "period": "month", "scope": "member"}),
]

TIERS: Json = {
    "measure": {"kind": "points"},
    "period": {"kind": "rolling", "months": 12},
    "downgrade": "one_level",
    "grace_days": 30,
    "on_return": "period_end",
    "tiers": [
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 500},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 5000},
    ],
}
