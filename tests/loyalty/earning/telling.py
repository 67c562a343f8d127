"""Rules and reasons of the second version of the document, for the tests of sentences and lint."""

from typing import Any

from loyalty.earning.document import Rule, parse_rule
from loyalty.types import Outcome, Reason, Words
from tests.loyalty.earning.shop import Json

LABELS: dict[str, Words] = {
    "paint": {"nl": "buitenverf", "en": "exterior paint"},
    "stain": {"nl": "beits", "en": "stain"},
    "gift_card": {"nl": "cadeaubonnen", "en": "gift cards"},
    "gold": {"nl": "Goud", "en": "Gold"},
    "unit:stars": {"nl": "ster|sterren", "en": "star|stars"},
    "rule:autumn": {"nl": "Herfstkleuren", "en": "Autumn colours"},
    "reward:brush": {"nl": "Gratis kwast", "en": "Free brush"},
    "budget:spring": {"nl": "lente", "en": "spring"},
}


def asks(field: str, operator: str, value: Any, **more: Any) -> Json:
    return {"field": field, "operator": operator, "value": value, **more}


def gives(kind: str, **more: Any) -> Json:
    return {"kind": kind, **more}


def a_rule(
    *conditions: Json,
    effects: list[Json] | None = None,
    trigger: str = "purchase",
    key: str = "rule",
    named: str = "",
    priority: int = 0,
    starts_at: Any = None,
    ends_at: Any = None,
    **more: Any,
) -> Rule:
    document = {
        "schema": 2,
        "trigger": trigger,
        "conditions": list(conditions),
        "effects": effects or [gives("fixed", points=50)],
        **more,
    }
    return parse_rule(
        document,
        key=key,
        version=1,
        name={"nl": named or key, "en": named or key},
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def a_reason(outcome: Outcome, code: str, params: dict[str, str], **more: Any) -> Reason:
    given: dict[str, Any] = {"rule": "autumn", "version": 3, "name": {"nl": "Herfst"}, **more}
    return Reason(outcome=outcome, code=code, params=params, **given)
