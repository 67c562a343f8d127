"""Where a member stands on each ladder, and what it takes to stay there or to climb, in words."""

from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection

from loyalty.earning.projection import project
from loyalty.earning.ruleset import RuleSet
from loyalty.earning.sentences import tell_projection
from loyalty.earning.standing import read_standing, tier_states
from loyalty.services.rulebook import Rulebook
from loyalty.types import Language, Words

_STANDING = "SELECT document::text FROM loyalty_standing WHERE account_id = %s"


class HeldTier(msgspec.Struct, frozen=True, kw_only=True):
    """The tier of one set; `tier` is empty for none. `ahead` says what keeps it and what is next.

    Of what the next tier asks, `done` is there; `asked` is zero when there is no next one.
    """

    tier_set: str
    name: str
    tier: str
    tier_name: str
    until: datetime | None
    is_by_hand: bool
    ahead: list[str]
    done: int = 0
    asked: int = 0


def tiers_held(
    *, book: Rulebook, account_id: int, joined_on: date | None, at: datetime, language: Language
) -> list[HeldTier]:
    """Of each live tier set what the holder of that points account has at that moment."""
    standing = read_standing(_document(account_id))
    rules = book.rule_set
    ahead: dict[str, list[str]] = {}
    ways: dict[str, tuple[int, int]] = {}
    ladders = {tier_set.key: tier_set for tier_set in rules.tier_sets}
    for projection in project(standing, rules, at=at, joined_on=joined_on):
        said = tell_projection(
            projection,
            language,
            at=at,
            currency=book.currency,
            labels=book.labels,
            zone=book.zone,
        )
        ahead.setdefault(projection.tier_set, []).append(said)
        if not projection.is_keep:
            ladder = ladders[projection.tier_set]
            asked = ladder.asks[ladder.levels[projection.tier]]
            ways[projection.tier_set] = max(0, asked - projection.short), asked
    names = _names(rules, language)
    return [
        HeldTier(
            tier_set=state.tier_set,
            name=names[state.tier_set, ""],
            tier=state.tier,
            tier_name=names.get((state.tier_set, state.tier), "") if state.tier else "",
            until=state.until,
            is_by_hand=state.is_assigned,
            ahead=ahead.get(state.tier_set, []),
            done=done,
            asked=asked,
        )
        for state in tier_states(standing, rules, at=at, joined_on=joined_on)
        for done, asked in [ways.get(state.tier_set, (0, 0))]
    ]


def tier_keys(
    *,
    book: Rulebook,
    account_id: int,
    joined_on: date | None,
    at: datetime,
    segments: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """The tiers that the holder of that points account has at that moment, of whichever ladder."""
    if not book.rule_set.tier_sets:
        return frozenset()
    standing = read_standing(_document(account_id))
    states = tier_states(standing, book.rule_set, at=at, joined_on=joined_on, segments=segments)
    return frozenset(state.tier for state in states if state.tier)


def tier_names(book: Rulebook) -> dict[str, Words]:
    """What the tiers of the programme are called, the lowest of each ladder first."""
    return {
        tier.key: dict(tier.name)
        for tier_set in book.rule_set.tier_sets
        for tier in tier_set.policy.tiers
    }


def _document(account_id: int) -> dict[str, Any]:
    """What is kept of the holder, nothing when nothing is; without the ORM, for the home page."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [account_id])
        row = cursor.fetchone()
    document: dict[str, Any] = msgspec.json.decode(row[0]) if row else {}
    return document


def _names(rules: RuleSet, language: Language) -> dict[tuple[str, str], str]:
    """What the sets and their tiers are called; a set stands under no tier."""
    names: dict[tuple[str, str], str] = {}
    for tier_set in rules.tier_sets:
        names[tier_set.key, ""] = tier_set.name.get(language) or tier_set.key
        for tier in tier_set.policy.tiers:
            names[tier_set.key, tier.key] = tier.name.get(language) or tier.key
    return names
