"""Whether something that happened, or a day that came, begins a campaign for a member."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from campaigns.journeys.document import Trigger

PURCHASE = "purchase"
CLIMBED = frozenset({"earned", "assigned", "recounted"})


class Happening(Struct, frozen=True, kw_only=True):
    """What happened to a member. `key` makes it once; `kinds` are the beginnings it can be."""

    membership_id: int
    kinds: frozenset[str]
    key: str
    at: datetime
    about: Mapping[str, Any] = {}


def answers(trigger: Trigger, happening: Happening) -> bool:
    """Say whether this happening is what the trigger waits for."""
    if trigger.kind not in happening.kinds:
        return False
    asked = {
        "tier_reached": ("tier", trigger.tier),
        "entered_segment": ("segment", trigger.segment),
        "left_segment": ("segment", trigger.segment),
        "near_location": ("location", trigger.location),
        "activity": ("activity", trigger.activity),
    }
    name, wanted = asked.get(trigger.kind, ("", ""))
    return not wanted or bool(happening.about[name] == wanted)


def kinds_of_activity(activity: str, location: str, *, is_first_purchase: bool) -> frozenset[str]:
    """The beginnings that an activity can be."""
    kinds = {"activity"}
    if activity == PURCHASE:
        kinds.add("purchase")
        if is_first_purchase:
            kinds.add("first_purchase")
    if location:
        kinds.add("near_location")
    return frozenset(kinds)


def last_due(trigger: Trigger, zone: ZoneInfo, *, at: datetime) -> datetime | None:
    """The last moment up to `at` at which a scheduled campaign was due; None before the first."""
    if trigger.time is None:
        return None
    clock, today = time.fromisoformat(trigger.time), at.astimezone(zone).date()
    for back in range(64):
        day = today - timedelta(days=back)
        moment = datetime.combine(day, clock, zone).astimezone(UTC)
        if moment <= at and _is_day(trigger, day):
            return moment
    if trigger.kind == "once" and trigger.date is not None:
        moment = datetime.combine(date.fromisoformat(trigger.date), clock, zone).astimezone(UTC)
        return moment if moment <= at else None
    return None


def _is_day(trigger: Trigger, day: date) -> bool:
    match trigger.kind:
        case "once":
            return day.isoformat() == trigger.date
        case "weekly":
            return day.weekday() == trigger.weekday
        case "monthly":
            return day.day == min(trigger.monthday or 1, monthrange(day.year, day.month)[1])
    return trigger.kind == "daily"
