"""One reward of each kind in the shop of the portal's tests, and what members are given there."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from members.models import Membership
from rewards.models import Grant, Occasion, Reward, RewardCategory, StampCard
from rewards.services.giving import give
from rewards.services.occasions import OccasionDraft, publish_occasion, save_occasion
from rewards.services.pictures import save_picture
from rewards.services.pools import add_codes, save_pool
from rewards.services.stamp_cards import StampCardDraft, publish_stamp_card, save_stamp_card
from tests.portal.shop import STAFF, Shop

LATER = datetime(2030, 5, 12, 17, 0, tzinfo=UTC)

# Key: Dutch name, English name, points, kind, terms.
KINDS: dict[str, tuple[str, str, int, str, dict[str, Any]]] = {
    "discount": ("€ 5 korting", "€5 off", 250, "DISCOUNT", {"amount": "5", "minimum": "25"}),
    "product": ("Gratis kwast", "Free brush", 300, "PRODUCT", {"products": ["kwast-50"]}),
    "gift": (
        "Linnen tas",
        "Linen bag",
        350,
        "GIFT",
        {
            "ways": ["SHIP", "COLLECT"],
            "options": [{"nl": "Oker", "en": "Ochre"}, {"nl": "Blauw", "en": "Blue"}],
        },
    ),
    "delivery": (
        "Avondlevering",
        "Evening delivery",
        150,
        "DELIVERY",
        {
            "option": "slot",
            "slots": [{"nl": "18–20 uur", "en": "6–8 pm"}, {"nl": "20–22 uur", "en": "8–10 pm"}],
        },
    ),
    "service": ("Kleuradvies", "Colour advice", 400, "SERVICE", {"service": "advice"}),
    "samples": (
        "Twee kleurstalen",
        "Two colour samples",
        100,
        "SAMPLES",
        {
            "count": 2,
            "samples": [
                {"nl": "Zeegroen", "en": "Sea green"},
                {"nl": "Terracotta", "en": "Terracotta"},
                {"nl": "Nachtblauw", "en": "Night blue"},
            ],
            "ways": ["SHIP"],
        },
    ),
    "experience": (
        "Avond in de verfmakerij",
        "Evening at the paint works",
        450,
        "EXPERIENCE",
        {
            "starts_at": LATER.isoformat(),
            "ends_at": (LATER + timedelta(hours=3)).isoformat(),
            "venue": "Zaandam",
        },
    ),
    "early": (
        "Eerder bij de uitverkoop",
        "First at the sale",
        200,
        "EARLY_ACCESS",
        {
            "opens_at": LATER.isoformat(),
            "for_all_at": (LATER + timedelta(days=1)).isoformat(),
        },
    ),
    "donation": ("Een boom", "A tree", 120, "DONATION", {"cause": "Trees for All"}),
    "tender": (
        "Betaal met punten",
        "Pay with points",
        0,
        "TENDER",
        {"point_worth": "0.01", "step": 50, "at_least": 100, "at_most": 1000},
    ),
    "multiplier": ("Week dubbele punten", "A week of double points", 180, "MULTIPLIER",
                   {"factor": "2"}),
    "card": ("Cadeaukaart van € 10", "€10 gift card", 500, "CASH_CARD", {"value": "10"}),
}  # fmt: skip


def stock_shelves(shop: Shop, **more: Any) -> dict[str, Reward]:
    """Every kind but a partner's code, by its key; the discount has a picture and a category."""
    category = RewardCategory.objects.create(
        programme=shop.programme, key="home", name_nl="Voor thuis", name_en="For the home"
    )
    there = {
        key: shop.reward(
            key,
            points,
            name_nl=name_nl,
            name_en=name_en,
            kind=kind,
            terms=terms,
            category_id=category.pk if key in {"discount", "gift"} else None,
            **more,
        )
        for key, (name_nl, name_en, points, kind, terms) in KINDS.items()
    }
    save_picture(
        reward_id=there["discount"].pk,
        upload=drawn(),
        alt_nl="Potten verf op een plank",
        alt_en="Pots of paint on a shelf",
        actor=STAFF,
        at=shop.opened_at,
    )
    return there


def partner(shop: Shop, *, at: datetime) -> Reward:
    """A cinema ticket: a code out of the partner's pool."""
    pool = save_pool(
        programme_id=shop.programme.pk, key="cinema", name="Bios", low_at=0, actor=STAFF, at=at
    )
    add_codes(pool_id=pool.pk, codes=["BIOS-2026-AAAA-7"], actor=STAFF, at=at)
    where = {"nl": "Bij de kassa van de bioscoop.", "en": "At the till of the cinema."}
    return shop.reward(
        "cinema",
        200,
        name_nl="Bioscoopkaartje",
        name_en="Cinema ticket",
        kind="PARTNER",
        terms={"pool": "cinema", "where": where},
    )


def drawn() -> bytes:
    """A picture of pots of paint."""
    picture = Image.new("RGB", (1200, 900), "#e9dcc3")
    pen = ImageDraw.Draw(picture)
    for at, colour in enumerate(["#c8553d", "#1f5f4a", "#e0a33b", "#34506b"]):
        pen.rounded_rectangle((90 + at * 265, 380, 310 + at * 265, 700), 24, fill=colour)
        pen.rectangle((90 + at * 265, 350, 310 + at * 265, 400), fill="#f6efe2")
    pen.rectangle((0, 700, 1200, 740), fill="#8a6a45")
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def stamp_card(shop: Shop, reward: Reward, *, stamps: int = 5, **said: Any) -> StampCard:
    """A card that every purchase stamps."""
    draft = StampCardDraft(
        key="tools",
        name_nl="Klusserskaart",
        name_en="Handyman's card",
        stamps=stamps,
        collect={"by": "purchase", "minimum": "10"},
        reward_id=reward.pk,
        **said,
    )
    kept = save_stamp_card(
        programme_id=shop.programme.pk, card=draft, actor=STAFF, at=shop.opened_at
    )
    return publish_stamp_card(
        programme_id=shop.programme.pk, card_id=kept.pk, actor=STAFF, at=shop.opened_at
    )


def occasion(shop: Shop, way: str, rewards: list[Reward], *, key: str) -> Occasion:
    """An occasion on which members choose, or are surprised."""
    draft = OccasionDraft(
        key=key,
        name_nl="Vijf keer geweest",
        name_en="Five visits",
        moment="PURCHASES",
        way=way,
        rewards={reward.pk: 1 for reward in rewards},
        params={"count": 5},
    )
    kept = save_occasion(
        programme_id=shop.programme.pk, occasion=draft, actor=STAFF, at=shop.opened_at
    )
    return publish_occasion(
        programme_id=shop.programme.pk, occasion_id=kept.pk, actor=STAFF, at=shop.opened_at
    )


def given(member: Membership, *, at: datetime, key: str = "k", **what: Any) -> Grant:
    """A gift for being there so often."""
    return give(
        membership_id=member.pk,
        key=key,
        reason={"nl": "Omdat je vijf keer geweest bent", "en": "Because you came five times"},
        actor=STAFF,
        at=at,
        **what,
    )


SURCHARGE = Decimal("2.50")
