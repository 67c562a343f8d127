"""How much a rule may give: to a member, in a period, in all, at a location, out of a budget.

A use is booked under a key that names whose limit it is and which window of time; windows are
local to the programme's zone. Keys of limits that members share begin with "!".
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from loyalty.earning.scene import Scene
from loyalty.errors import RuleInvalid

Period = Literal["activity", "day", "week", "month", "year", "ever"]
Scope = Literal["member", "rule", "location", "budget"]
Most = Annotated[int, Meta(ge=1, le=1_000_000_000)]
BudgetKey = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{0,60}$(?!\n)", examples=["autumn"])]
UnitCode = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,50}$(?!\n)", examples=["points"])]


class Limit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so many points of a unit, or so many times, in each window of the period.

    `member` counts each member apart, `rule` all members together, `location` all members at one
    location. A `budget` is shared by all rules that name it: how much it holds is the programme's,
    it counts points of every unit and lasts for ever, so `most`, `unit` and `period` stay out.
    """

    of: Literal["points", "times"] = "points"
    unit: UnitCode = "points"
    most: Most | None = None
    scope: Scope = "member"
    period: Period = "ever"
    budget: BudgetKey = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of one rule, made ready: where its use is booked and how much it allows."""

    of_times: bool
    unit: str  # empty: of every unit
    most: int  # of a budget unknown here: 0
    budget: str
    is_shared: bool
    is_local: bool
    before_location: str  # the key, up to what only an activity can say
    after_location: str
    period: Period
    params: dict[str, str]

    def key(self, scene: Scene) -> str:
        """Under which its use by the activity is booked; empty when nothing is remembered."""
        period = self.period
        if period == "activity":
            return ""
        window = "" if period == "ever" else window_of(period, scene.day)
        place = scene.activity.location if self.is_local else ""
        return f"{self.before_location}{place}{self.after_location}{window}"


def bound_of(limit: Limit, rule: str) -> Bound:
    """The limit of that rule. Raises RuleInvalid, with the field, for one that makes no sense."""
    is_budget = limit.scope == "budget"
    if is_budget and not limit.budget:
        raise RuleInvalid("A limit by budget names one.", field="budget")
    if is_budget and (limit.most is not None or limit.of != "points" or limit.period != "ever"):
        raise RuleInvalid("How much a budget holds is said with the budget.", field="most")
    if not is_budget and limit.budget:
        raise RuleInvalid("Only a limit with scope budget names a budget.", field="budget")
    if not is_budget and limit.most is None:
        raise RuleInvalid("A limit needs a number.", field="most")
    if limit.scope != "member" and limit.period == "activity":
        raise RuleInvalid("A limit per activity is a member's own.", field="period")
    params: dict[str, str] = {"limit": limit.scope, "of": limit.of, "period": limit.period}
    params |= {"budget": limit.budget} if is_budget else {"most": str(limit.most)}
    return Bound(
        of_times=limit.of == "times",
        unit="" if is_budget or limit.of == "times" else limit.unit,
        most=limit.most or 0,
        budget=limit.budget,
        is_shared=limit.scope != "member",
        is_local=limit.scope == "location",
        before_location=_before(limit, rule),
        after_location=f"|{limit.period}:",
        period=limit.period,
        params=params,
    )


def _before(limit: Limit, rule: str) -> str:
    """The key's first part. Only what differs from points of the unit "points" is named in it."""
    if limit.scope == "budget":
        return f"!budget:{limit.budget}"
    what = "times" if limit.of == "times" else "" if limit.unit == "points" else limit.unit
    word = f"{limit.scope}.{what}" if what else limit.scope
    shared = "" if limit.scope == "member" else "!"
    return f"{shared}{rule}|{word}" + (":" if limit.scope == "location" else "")


@lru_cache(maxsize=4096)
def window_of(period: Period, day: date) -> str:
    """The window in which the day falls: "2026-11-22", "2026-W47", "2026-11" or "2026"."""
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[period]]
