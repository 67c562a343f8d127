"""Rules for the console's tests: one of the first version, and one that says everything."""

from typing import Any

from loyalty.models import EarningRule, Programme
from loyalty.services.rules import draft_rule
from tests.console.conftest import NOON

ADD = "/console/loyalty/earningrule/add/"
LIST = "/console/loyalty/earningrule/"
OLD_DOCUMENT = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [
        {"field": "line.category", "operator": "in", "value": ["paint"]},
        {"field": "line.category", "operator": "not_in", "value": ["wallpaper"]},
        {"field": "activity.channel", "operator": "in", "value": ["store"]},
        {"field": "activity.location", "operator": "in", "value": ["Utrecht"]},
        {"field": "basket.amount", "operator": "at_least", "value": "20.00"},
        {"field": "member.segment", "operator": "in", "value": ["painters"]},
    ],
    "effect": {"kind": "multiplier", "factor": "1.5"},
}
EVERYTHING: dict[str, Any] = {
    "schema": 2,
    "trigger": "workshop_attended",
    "conditions": [
        {"field": "line.category", "operator": "in", "value": ["paint"]},
        {"field": "line.product", "operator": "not_in", "value": ["emulsion", "primer"]},
        {"field": "line.brand", "operator": "in", "value": ["Histor"]},
        {"field": "line.kind", "operator": "in", "value": ["GOODS"]},
        {"field": "line.amount", "operator": "at_least", "value": "5.00"},
        {"field": "activity.channel", "operator": "in", "value": ["store", "kiosk"]},
        {"field": "activity.location", "operator": "not_in", "value": ["Utrecht"]},
        {
            "field": "activity.attribute",
            "name": "rating",
            "operator": "at_least",
            "value": "4.5",
        },
        {
            "field": "activity.attribute",
            "name": "mood",
            "operator": "in",
            "value": ["happy", "glad"],
        },
        {"field": "basket.amount", "operator": "at_most", "value": "75.00"},
        {"field": "basket.quantity", "operator": "at_least", "value": "3"},
        {"field": "basket.contains", "operator": "all", "value": ["paint", "brush"]},
        {"field": "time.weekday", "operator": "in", "value": ["mon", "sun"]},
        {"field": "time.hours", "operator": "between", "value": ["17:00", "24:00"]},
        {"field": "time.month_day", "operator": "between", "value": ["12-01", "01-06"]},
        {"field": "member.tier", "operator": "in", "value": ["gold"]},
        {"field": "member.segment", "operator": "not_in", "value": ["staff"]},
        {"field": "member.joined", "operator": "at_most", "value": 30},
        {"field": "member.anniversary", "operator": "is", "value": "month"},
        {"field": "count", "of": "purchase", "operator": "every", "value": 5},
        {"field": "variant", "campaign": "autumn", "operator": "in", "value": ["b"]},
        {"field": "advanced", "operator": "holds", "value": "activity.amount > 10.0"},
    ],
    "effects": [
        {"kind": "per_amount", "points": 2, "per": "1.50"},
        {"kind": "per_quantity", "points": 1, "per": "2.5"},
        {"kind": "multiplier", "factor": "1.25"},
        {"kind": "fixed", "points": 50},
        {"kind": "reward", "reward": "free-brush"},
    ],
    "limits": [
        {"of": "points", "most": 500, "scope": "member", "period": "month"},
        {"of": "times", "most": 1, "scope": "location", "period": "day"},
    ],
    "group": {"key": "autumn", "choose": "first"},
    "terms": {
        "pending_days": 14,
        "awaits": "delivered",
        "expiry": {"kind": "dates", "dates": ["03-31", "09-30"]},
    },
    "tier_expiry": {"gold": {"kind": "never"}},
}


def page(rule: EarningRule, deed: str = "change") -> str:
    return f"{LIST}{rule.pk}/{deed}/"


def text(response: Any) -> str:
    return str(response.content.decode())


def drafted(programme: Programme, document: dict[str, Any], **more: Any) -> EarningRule:
    said = {"key": "much", "name_nl": "Veel", "name_en": "Much", **more}
    return draft_rule(
        programme_id=programme.pk, document=document, actor="staff:1", at=NOON, **said
    )
