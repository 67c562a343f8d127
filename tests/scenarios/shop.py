"""A shop whose rules and policies change only through the doors that marketers use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.models import EarningRule, Programme, Unit
from loyalty.services.accounts import open_programme
from loyalty.services.programmes import change_programme
from loyalty.services.rulebook import Rulebook, current_rulebook
from loyalty.services.rules import draft_rule, publish_rule, stop_rule
from loyalty.types import EarningBase, Rounding
from members.models import Membership
from members.services.enrolment import enrol_member
from tests.members.shop import CARD, EMAIL, NOON

OPENED = NOON.replace(day=1, hour=0)
PER_EURO = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
}
PAINT_TWICE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "line.category", "operator": "in", "value": ["paint"]}],
    "effects": [{"kind": "multiplier", "factor": "2"}],
}
FIFTY_FROM_FIFTY = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "50.00"}],
    "effects": [{"kind": "fixed", "points": 50}],
}
LADDER = {
    "measure": {"kind": "points"},
    "period": {"kind": "rolling", "months": 12},
    "downgrade": "one_level",
    "grace_days": 0,
    "on_return": "at_once",
    "tiers": [
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 100},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 500},
    ],
}
SILVER_TWICE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "member.tier", "operator": "in", "value": ["silver"]}],
    "effects": [{"kind": "multiplier", "factor": "2"}],
}


@dataclass
class Shop:
    """A programme with one point per euro, and Anna, who has a card."""

    programme: Programme
    anna: Membership

    @property
    def book(self) -> Rulebook:
        return current_rulebook(programme_id=self.programme.pk)

    def publish(self, key: str, document: dict[str, Any], **fields: Any) -> EarningRule:
        rule = draft_rule(
            programme_id=self.programme.pk,
            key=key,
            name_nl=f"{key} nl",
            name_en=f"{key} en",
            document=document,
            actor="staff:1",
            at=OPENED,
            **fields,
        )
        publish_rule(rule_id=rule.pk, actor="staff:1", at=OPENED)
        return rule

    def stop(self, key: str, at: datetime = NOON) -> None:
        rule = EarningRule.objects.get(programme=self.programme, key=key)
        stop_rule(rule_id=rule.pk, actor="staff:1", at=at)

    def change(self, **fields: Any) -> None:
        """Other policies from now on, the rest as it is."""
        programme = Programme.objects.get(pk=self.programme.pk)
        unit = Unit.objects.get(programme=programme, code="points")
        said: dict[str, Any] = {
            "name": programme.name,
            "point_worth": programme.point_worth,
            "rounding": Rounding(programme.rounding),
            "expiry": unit.expiry,
            "base": EarningBase(),
            "return_policy": Programme.ReturnPolicy(programme.return_policy),
            "goodwill_days": programme.goodwill_days,
            "transfer_limit": programme.transfer_limit,
            "brand_colour": programme.brand_colour,
            "accent_colour": programme.accent_colour,
        }
        change_programme(programme_id=programme.pk, actor="staff:1", at=OPENED, **(said | fields))


def open_shop(slug: str = "kleur", *, card: str = CARD, email: str = EMAIL) -> Shop:
    """The shop with its one rule live."""
    programme = Programme(slug=slug, name="Kleur & Co")
    open_programme(programme=programme, expiry={"kind": "term", "months": 24}, at=OPENED)
    anna = enrol_member(
        programme_id=programme.pk,
        identifiers=[card, email],
        given_name="Anna",
        touchpoint="api",
        actor="test",
        at=OPENED,
    )
    shop = Shop(programme, anna)
    shop.publish("base", PER_EURO)
    return shop
