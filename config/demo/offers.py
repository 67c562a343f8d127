"""What *Kleur & Co* gives, and when: its rewards, stamp card, occasions and tills, made live.

What is there already stays as it is.
"""

import secrets
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.utils.text import slugify

from config.demo.catalogue import CATEGORIES, REWARDS, Document, Offered
from loyalty.models import ApiClient, Programme
from rewards.models import CodePool, Occasion, Reward, RewardCategory, StampCard, Till
from rewards.services.catalogue import publish_reward, save_category, save_reward, set_stock
from rewards.services.occasions import OccasionDraft, publish_occasion, save_occasion
from rewards.services.pools import add_codes, save_pool
from rewards.services.stamp_cards import StampCardDraft, publish_stamp_card, save_stamp_card
from rewards.services.tills import save_till

ACTOR = "system:demo"
SATURDAY = 5

CINEMA_CODES = 40
OCCASIONS = [
    OccasionDraft(
        key="welcome",
        name_nl="Welkom bij Kleur & Co",
        name_en="Welcome to Kleur & Co",
        moment=Occasion.Moment.JOINED,
        way=Occasion.Way.CHOICE,
        rewards={},
    ),
    OccasionDraft(
        key="ten-jobs",
        name_nl="Tien klussen verder",
        name_en="Ten jobs on",
        moment=Occasion.Moment.PURCHASES,
        params={"count": 10, "repeats": True},
        way=Occasion.Way.SURPRISE,
        rewards={},
    ),
]
GIVEN = {
    "welcome": {"free-tape": 1, "free-delivery": 1},
    "ten-jobs": {"free-tape": 6, "outdoor-tenth": 3, "gift-card-ten": 1},
}


def see_to_offers(*, programme: Programme, at: datetime) -> None:
    """See that the rewards, the stamp card, the occasions and the tills are there, live."""
    categories = {key: _category(programme, place, key, at) for place, key in enumerate(CATEGORIES)}
    _see_to_pool(programme, at)
    for place, offered in enumerate(REWARDS):
        _see_to_reward(programme, offered, categories[offered.category], place, at)
    _see_to_stamps(programme, at)
    for occasion in OCCASIONS:
        _see_to_occasion(programme, occasion, at)


def see_to_tills(*, programme: Programme, locations: list[str], at: datetime) -> None:
    """See that each shop has a till in the browser, and the first one a till that calls the API."""
    own = ApiClient.objects.get(programme=programme, name="till").pk
    wanted: list[tuple[str, str, str, int | None]] = [
        (slugify(location)[:40], f"Kassa {location}", location, None) for location in locations
    ]
    wanted.append(("till", "Kassa met eigen software", locations[0], own))
    for key, name, location, client_id in wanted:
        if not Till.objects.filter(programme=programme, key=key).exists():
            save_till(
                programme_id=programme.pk,
                key=key,
                name=name,
                location=location,
                client_id=client_id,
                actor=ACTOR,
                at=at,
            )


def _category(programme: Programme, place: int, key: str, at: datetime) -> int:
    found = RewardCategory.objects.filter(programme=programme, key=key).first()
    if found is not None:
        return found.pk
    dutch, english = CATEGORIES[key]
    kept = save_category(
        programme_id=programme.pk,
        key=key,
        name_nl=dutch,
        name_en=english,
        position=place,
        actor=ACTOR,
        at=at,
    )
    return kept.pk


def _see_to_pool(programme: Programme, at: datetime) -> None:
    if CodePool.objects.filter(programme=programme, key="de-spiegel").exists():
        return
    pool = save_pool(
        programme_id=programme.pk,
        key="de-spiegel",
        name="Filmhuis De Spiegel",
        low_at=10,
        actor=ACTOR,
        at=at,
    )
    codes = [f"SPIEGEL-{secrets.token_hex(8).upper()}" for _ in range(CINEMA_CODES)]
    add_codes(pool_id=pool.pk, codes=codes, actor=ACTOR, at=at)


def _see_to_reward(
    programme: Programme, offered: Offered, category: int, place: int, at: datetime
) -> None:
    if Reward.objects.filter(programme=programme, key=offered.key).exists():
        return
    said = offered._asdict()
    more, stock = said.pop("more"), said.pop("stock")
    said["terms"] = offered.terms | _dates(offered.kind, ZoneInfo(programme.time_zone), at)
    del said["category"]
    reward = save_reward(
        programme_id=programme.pk,
        category_id=category,
        position=place,
        actor=ACTOR,
        at=at,
        **said,
        **more,
    )
    if stock is not None:
        set_stock(reward_id=reward.pk, total=stock, actor=ACTOR, at=at)
    publish_reward(reward_id=reward.pk, actor=ACTOR, at=at)


def _dates(kind: str, zone: ZoneInfo, at: datetime) -> Document:
    """What happens once happens on a Saturday some weeks from when the demo was loaded."""
    today = at.astimezone(zone).date()
    saturday = today + timedelta(days=42 + (SATURDAY - today.weekday()) % 7)
    begins = datetime.combine(saturday, time(9, 30), zone)
    match kind:
        case "EXPERIENCE":
            ends = begins + timedelta(hours=3)
            return {"starts_at": begins.isoformat(), "ends_at": ends.isoformat()}
        case "EARLY_ACCESS":
            everybody = begins + timedelta(days=14)
            return {"opens_at": begins.isoformat(), "for_all_at": everybody.isoformat()}
    return {}


def _see_to_stamps(programme: Programme, at: datetime) -> None:
    if StampCard.objects.filter(programme=programme, key="project-card").exists():
        return
    card = StampCardDraft(
        key="project-card",
        name_nl="De kluskaart",
        name_en="The project card",
        stamps=6,
        collect={"by": "purchase", "minimum": "25.00"},
        reward_id=Reward.objects.get(programme=programme, key="free-tape").pk,
        expiry={"kind": "term", "months": 12},
        starts_at=at - timedelta(days=60),
    )
    kept = save_stamp_card(programme_id=programme.pk, card=card, actor=ACTOR, at=at)
    publish_stamp_card(programme_id=programme.pk, card_id=kept.pk, actor=ACTOR, at=at)


def _see_to_occasion(programme: Programme, occasion: OccasionDraft, at: datetime) -> None:
    if Occasion.objects.filter(programme=programme, key=occasion.key).exists():
        return
    ids = dict(Reward.objects.filter(programme=programme).values_list("key", "pk"))
    rewards = {ids[key]: weight for key, weight in GIVEN[occasion.key].items()}
    drafted = msgspec.structs.replace(occasion, rewards=rewards)
    kept = save_occasion(programme_id=programme.pk, occasion=drafted, actor=ACTOR, at=at)
    publish_occasion(programme_id=programme.pk, occasion_id=kept.pk, actor=ACTOR, at=at)
