from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loyalty.models import EarningRule, EarningRuleVersion, Programme
from loyalty.services.accounts import open_programme
from loyalty.services.configuration import bump_configuration
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Membership
from members.services.enrolment import enrol_member

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CARD = "card:2990000000019"
EMAIL = "email:anna@example.nl"


@dataclass
class Shop:
    """A programme with one point per euro, twice on paint, and Anna, who has a card."""

    programme: Programme
    anna: Membership

    @property
    def book(self) -> Rulebook:
        return current_rulebook(programme_id=self.programme.pk)

    def publish(self, key: str, document: dict[str, Any], **fields: Any) -> None:
        rule = EarningRule.objects.create(
            programme=self.programme,
            key=key,
            name_nl=f"{key} nl",
            name_en=f"{key} en",
            state=EarningRule.State.LIVE,
        )
        EarningRuleVersion.objects.create(
            rule=rule, number=1, document=document, published_at=NOON, actor="test", **fields
        )
        bump_configuration()


BASE = {
    "schema": 1,
    "trigger": "purchase",
    "effect": {"kind": "per_amount", "points": 1, "per": "1.00"},
}
PAINT = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [{"field": "line.category", "operator": "in", "value": ["paint"]}],
    "effect": {"kind": "multiplier", "factor": "2"},
}
BASKET = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "50.00"}],
    "effect": {"kind": "fixed", "points": 50},
}


def open_shop(slug: str = "kleur", *, card: str = CARD, email: str = EMAIL) -> Shop:
    """A shop with its rules live and one member."""
    programme = Programme(slug=slug, name="Kleur & Co")
    open_programme(programme=programme, expiry={"kind": "term", "months": 24}, at=NOON)
    anna = enrol_member(
        programme_id=programme.pk,
        identifiers=[card, email],
        given_name="Anna",
        touchpoint="api",
        actor="test",
        at=NOON,
    )
    shop = Shop(programme, anna)
    shop.publish("base", BASE)
    shop.publish("paint-twice", PAINT)
    shop.publish("fifty", BASKET)
    return shop
