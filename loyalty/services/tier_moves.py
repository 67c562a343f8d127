"""Booking what time has done to tiers: it holds already, this only writes it down and tells it."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import transaction

from loyalty.earning.ruleset import RuleSet
from loyalty.earning.standing import Standing, read_standing, tier_states
from loyalty.earning.tier_moves import TierChange, lapses, recounted
from loyalty.models import Standing as StandingRow
from loyalty.models import TierMove
from loyalty.services.rule_sets import current_rule_set, rule_set
from loyalty.services.standings import HeldStanding, locked_standings, move_tiers

BATCH = 500


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch booked. `last_account` is where the next one goes on, None at the end."""

    accounts: int
    moves: int
    last_account: int | None


class _Booked(NamedTuple):
    """The last booked tier of one set."""

    tier: str
    at: datetime


Latest = dict[tuple[int, str], _Booked]


@transaction.atomic
def book_tier_moves(
    *, programme_id: int, at: datetime, limit: int = BATCH, after: int = 0
) -> Moved:
    """Book changes of tier of at most `limit` accounts whose id is above `after`, and tell them.

    Safe to run twice, late, or many at once: each change is booked once, with the moment from
    which it holds. Tiers by segment are left alone: the segments are not known here.
    """
    rules = rule_set(current_rule_set(programme_id=programme_id).pk)
    if not rules.tallies:
        return Moved(accounts=0, moves=0, last_account=None)
    known = StandingRow.objects.filter(
        account__unit__programme_id=programme_id, account_id__gt=after
    )
    rows = list(known.order_by("account_id").values_list("account_id", "document")[:limit])
    due = _due(rules, {account: read_standing(doc) for account, doc in rows}, at)
    moves = 0
    for held in locked_standings(sorted(due)) if due else []:
        changes = _unbooked(rules, held, _latest([held.account_id]), at)
        moves += move_tiers(held, changes, programme_id, at=at)
    last = rows[-1][0] if len(rows) == limit else None
    return Moved(accounts=len(rows), moves=moves, last_account=last)


def _due(rules: RuleSet, standings: dict[int, Standing], at: datetime) -> list[int]:
    """The accounts of which something is not booked, as far as can be seen without holding them."""
    latest = _latest(list(standings))
    return [
        account
        for account, standing in standings.items()
        if _changes(rules, standing, account, latest, at)
    ]


def _unbooked(rules: RuleSet, held: HeldStanding, latest: Latest, at: datetime) -> list[TierChange]:
    return _changes(rules, held.standing, held.account_id, latest, at)


def _changes(
    rules: RuleSet, standing: Standing, account: int, latest: Latest, at: datetime
) -> list[TierChange]:
    """Of each tier set what was recounted since, then what time has changed and is not booked."""
    found: list[TierChange] = []
    passed = lapses(standing, rules, until=at)
    for tier_set in rules.tier_sets:
        if tier_set.policy.measure.kind == "segment":
            continue
        booked = latest.get((account, tier_set.key))
        ahead = [
            each
            for each in passed
            if each.tier_set == tier_set.key and (booked is None or each.effective_at > booked.at)
        ]
        since = ahead[0].before if ahead else None
        found += _recount(rules, standing, tier_set.key, booked, since, at=at)
        found += ahead
    return found


def _recount(
    rules: RuleSet,
    standing: Standing,
    key: str,
    booked: _Booked | None,
    since: str | None,
    *,
    at: datetime,
) -> list[TierChange]:
    """The step from the booked tier to the one that the lapses begin with, or to that of now."""
    moment = max(filter(None, (standing.last_at, booked and booked.at)), default=at)
    if since is None:
        moment = at
    states = tier_states(standing, rules, at=moment)
    state = next(each for each in states if each.tier_set == key)
    if since is not None:
        state = state._replace(tier=since)
    change = recounted(booked.tier if booked else "", standing, state, at=moment)
    return [change] if change else []


def _latest(accounts: list[int]) -> Latest:
    rows = (
        TierMove.objects.filter(account_id__in=accounts)
        .order_by("account_id", "tier_set_id", "-effective_at", "-id")
        .distinct("account_id", "tier_set_id")
        .values_list("account_id", "tier_set__key", "after", "effective_at")
    )
    return {(account, key): _Booked(tier, at) for account, key, tier, at in rows}
