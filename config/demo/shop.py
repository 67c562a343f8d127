"""The demo shop *Kleur & Co*: its programme, its tiers and its earning rules.

All through the services that the console uses. What is there already stays as it is, so a marketer
who tries things out in the demo finds them again after a restart.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from config.demo.assortment import CATEGORIES
from config.demo.offers import see_to_offers, see_to_tills
from config.demo.places import SHOPS, WEBSHOP
from loyalty.models import ApiClient, EarningRule, Programme, TierSet
from loyalty.services.accounts import open_programme
from loyalty.services.api_clients import register_client
from loyalty.services.registry import register_categories, register_locations
from loyalty.services.rules import draft_rule, publish_rule
from loyalty.services.tiers import publish_tier_set, save_tier_set

ACTOR = "system:demo"
EXPIRY = {"kind": "term", "months": 24}
PAINTS = ["paint", "primer", "wood_stain"]

Document = dict[str, Any]


class RuleOffered(NamedTuple):
    """An earning rule of the shop, live from the start."""

    key: str
    name_nl: str
    name_en: str
    document: Document


def _rule(trigger: str, effect: Document, *conditions: tuple[str, str, Any]) -> Document:
    said = [{"field": f, "operator": o, "value": v} for f, o, v in conditions]
    return {"schema": 1, "trigger": trigger, "conditions": said, "effect": effect}


def _fixed(points: int) -> Document:
    return {"kind": "fixed", "points": points}


RULES = [
    RuleOffered(
        "purchase",
        "Punten op elke aankoop",
        "Points on every purchase",
        _rule(
            "purchase",
            {"kind": "per_amount", "points": 1, "per": "1.00"},
            ("line.category", "not_in", ["gift_cards"]),
        ),
    ),
    RuleOffered(
        "double-paint",
        "Dubbele punten op verf",
        "Double points on paint",
        _rule(
            "purchase",
            {"kind": "multiplier", "factor": "2"},
            ("line.category", "in", PAINTS),
        ),
    ),
    RuleOffered(
        "large-basket",
        "Extra bij een grote klus",
        "Extra for a big job",
        _rule("purchase", _fixed(25), ("basket.amount", "at_least", "75.00")),
    ),
    RuleOffered(
        "gold-extra",
        "Anderhalf keer punten voor Goud",
        "One and a half times points for Gold",
        _rule(
            "purchase",
            {"kind": "multiplier", "factor": "1.5"},
            ("member.tier", "in", ["gold"]),
        ),
    ),
    RuleOffered(
        "review",
        "Een review schrijven",
        "Writing a review",
        _rule("review", _fixed(50)),
    ),
    RuleOffered(
        "survey",
        "Een vragenlijst invullen",
        "Filling in a survey",
        _rule("survey", _fixed(30)),
    ),
]

TIERS: Document = {
    "measure": {"kind": "spend"},
    "period": {"kind": "rolling", "months": 12},
    "downgrade": "one_level",
    "grace_days": 30,
    "tiers": [
        {"key": "bronze", "name": {"nl": "Brons", "en": "Bronze"}, "threshold": 150},
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 500},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 1500},
    ],
}

CLIENTS = {"webshop": ApiClient.Kind.WEBSHOP, "till": ApiClient.Kind.TILL}
SCOPES = [
    "members:read",
    "members:write",
    "activities:write",
    "activities:read",
    "quotes:read",
    "rewards:read",
    "redemptions:write",
    "vouchers:use",
    "till:use",
    "offers:read",
    "offers:write",
    "events:read",
    "campaigns:write",
]


@transaction.atomic
def open_shop(*, at: datetime) -> Programme:
    """See that the shop is there, with everything it offers; what exists already is left alone."""
    programme = Programme.objects.filter(slug="kleur-en-co").first()
    if programme is None:
        programme = Programme(
            slug="kleur-en-co",
            name="Kleur & Co",
            point_worth=Decimal("0.01"),
        )
        open_programme(programme=programme, expiry=EXPIRY, at=at)
    register_categories(
        programme_id=programme.pk,
        words={each.key: {"nl": each.nl, "en": each.en} for each in CATEGORIES},
    )
    register_locations(
        programme_id=programme.pk, names=[shop.location for shop in (*SHOPS, WEBSHOP)]
    )
    _see_to_tiers(programme, at)
    for rule in RULES:
        _see_to_rule(programme, rule, at)
    see_to_offers(programme=programme, at=at)
    for name, kind in CLIENTS.items():
        register_client(programme_id=programme.pk, name=name, kind=kind, scopes=SCOPES)
    see_to_tills(programme=programme, locations=[shop.location for shop in SHOPS], at=at)
    return programme


def _see_to_tiers(programme: Programme, at: datetime) -> None:
    if TierSet.objects.filter(programme=programme).exists():
        return
    tiers = save_tier_set(
        programme_id=programme.pk,
        key="status",
        name_nl="Status",
        name_en="Status",
        policy=TIERS,
        actor=ACTOR,
        at=at,
    )
    publish_tier_set(tier_set_id=tiers.pk, actor=ACTOR, at=at)


def _see_to_rule(programme: Programme, offered: RuleOffered, at: datetime) -> None:
    if EarningRule.objects.filter(programme=programme, key=offered.key).exists():
        return
    rule = draft_rule(programme_id=programme.pk, actor=ACTOR, at=at, **offered._asdict())
    publish_rule(rule_id=rule.pk, actor=ACTOR, at=at)
