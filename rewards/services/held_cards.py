"""Stamp cards as a member sees them: what is on each, what it lacks, what lapses when."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Count

from loyalty.services.unit_holdings import UnitHeld, units_held
from loyalty.types import Words
from members.models import Membership
from rewards.models import Redemption, StampCard
from rewards.stamps import filled, read_collect, sentence

_HAD = (Redemption.State.CAPTURED, Redemption.State.FULFILLED)


class HeldCard(msgspec.Struct, frozen=True, kw_only=True):
    """One card: `stamps` are on it of the `of` that fill it, `to_go` are still to be collected.

    `full` cards wait for their reward; `filled` were paid with before. `lapsing` are stamps by the
    last day on which they count, soonest first. A card that is not `is_open` gives no more stamps.
    """

    key: str
    name: Words
    sentence: Words
    reward: Words
    reward_key: str
    stamps: int
    of: int
    to_go: int
    full: int
    filled: int
    lapsing: tuple[tuple[date, int], ...]
    is_open: bool
    ends_at: datetime | None


def stamp_cards_of(membership: Membership, *, at: datetime) -> list[HeldCard]:
    """The cards that can be collected on now, and those with stamps on them; in three queries."""
    cards = list(
        StampCard.objects.filter(programme_id=membership.programme_id)
        .exclude(state=StampCard.State.DRAFT)
        .select_related("unit", "reward", "programme")
        .order_by("pk")
    )
    if not cards:
        return []
    held = units_held(holder=membership.holder, unit_ids=[each.unit_id for each in cards], at=at)
    had = dict(
        Redemption.objects.filter(
            membership=membership,
            unit__in=[card.unit.code for card in cards],
            state__in=_HAD,
        )
        .values_list("unit")
        .annotate(times=Count("pk"))
    )
    told = [_told(card, held.get(card.unit_id), had.get(card.unit.code, 0), at) for card in cards]
    return [card for card in told if card.is_open or card.stamps or card.full]


def is_open(card: StampCard, at: datetime) -> bool:
    """Whether stamps are given for what happens at that moment."""
    has_begun = card.starts_at is None or card.starts_at <= at
    has_ended = card.ends_at is not None and card.ends_at <= at
    return card.state == StampCard.State.LIVE and has_begun and not has_ended


def _told(card: StampCard, held: UnitHeld | None, had: int, at: datetime) -> HeldCard:
    now = filled(held.spendable if held else 0, of=card.stamps)
    reward = {"nl": card.reward.name_nl, "en": card.reward.name_en}
    return HeldCard(
        key=card.key,
        name={"nl": card.name_nl, "en": card.name_en},
        sentence=sentence(
            read_collect(card.collect),
            stamps=card.stamps,
            reward=reward,
            currency=card.programme.currency,
        ),
        reward=reward,
        reward_key=card.reward.key,
        stamps=now.on_card,
        of=card.stamps,
        to_go=now.to_go,
        full=now.cards,
        filled=had,
        lapsing=_by_day(held, ZoneInfo(card.programme.time_zone)) if held else (),
        is_open=is_open(card, at),
        ends_at=card.ends_at,
    )


def _by_day(held: UnitHeld, zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
    days: dict[date, int] = {}
    for ends_at, stamps in held.ending:
        day = (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        days[day] = days.get(day, 0) + stamps
    return tuple(sorted(days.items()))
