"""How a member came from tier to tier: by what they did, by hand, and as time went by."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from loyalty.earning.ruleset import RuleSet
from loyalty.earning.standing import Standing, TierState, tier_states

EARNED = "earned"
RETURNED = "returned"
LAPSED = "lapsed"
ASSIGNED = "assigned"
ENDED = "assignment_ended"
RECOUNTED = "recounted"


class TierChange(NamedTuple):
    """A change of tier of one tier set, and the moment from which it holds; no tier is ""."""

    tier_set: str
    before: str
    after: str
    cause: str
    effective_at: datetime


def tier_changes(
    before: Standing,
    after: Standing,
    rule_set: RuleSet,
    *,
    at: datetime,
    joined_on: date | None = None,
) -> list[TierChange]:
    """What a step at that moment changes, after what time had changed since the step before.

    The same lapse is found again by whoever looks later; it is booked once.
    """
    if not rule_set.tier_sets:
        return []
    changes = lapses(before, rule_set, until=at, joined_on=joined_on)
    were = tier_states(before, rule_set, at=at, joined_on=joined_on)
    are = tier_states(after, rule_set, at=at, joined_on=joined_on)
    for was, now in zip(were, are, strict=True):
        if was.tier != now.tier:
            changes.append(_change(was, now, at, _step(was, now)))
    return changes


def lapses(
    standing: Standing, rule_set: RuleSet, *, until: datetime, joined_on: date | None = None
) -> list[TierChange]:
    """What time alone changes from the standing's last moment on, in order."""
    moment, changes = _first(standing), []
    if moment is None:
        return []
    states = tier_states(standing, rule_set, at=moment, joined_on=joined_on)
    while moment := min(_ahead(standing, states, moment, until), default=None):
        following = tier_states(standing, rule_set, at=moment, joined_on=joined_on)
        for was, now in zip(states, following, strict=True):
            if was.tier != now.tier:
                changes.append(_change(was, now, moment, _cause(was, now)))
        states = following
    return changes


def recounted(
    booked: str, standing: Standing, state: TierState, *, at: datetime
) -> TierChange | None:
    """What is not booked yet of the tier at the standing's last moment, if anything."""
    if booked == state.tier:
        return None
    cause = ASSIGNED if state.is_assigned else RECOUNTED
    return TierChange(state.tier_set, booked, state.tier, cause, at)


def _first(standing: Standing) -> datetime | None:
    starts = [given.starts_at for given in standing.assigned]
    return standing.last_at or min(starts, default=None)


def _ahead(
    standing: Standing, states: list[TierState], moment: datetime, until: datetime
) -> Iterator[datetime]:
    """The moments after this one at which a tier may be another."""
    moments = [state.lapses_at for state in states]
    moments += [given.starts_at for given in standing.assigned]
    moments += [given.ends_at for given in standing.assigned]
    return (each for each in moments if each is not None and moment < each <= until)


def _step(was: TierState, now: TierState) -> str:
    if now.is_assigned and now.level > was.level:
        return ASSIGNED
    if was.is_assigned and now.level < was.level:
        return ENDED
    return EARNED if now.level > was.level else RETURNED


def _cause(was: TierState, now: TierState) -> str:
    if now.is_assigned and now.level > was.level:
        return ASSIGNED
    return ENDED if was.is_assigned else LAPSED


def _change(was: TierState, now: TierState, at: datetime, cause: str) -> TierChange:
    return TierChange(was.tier_set, was.tier, now.tier, cause, at)
