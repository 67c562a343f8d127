"""How much a rule may give: to a member, in a period, in all, at a location, out of a budget.

A use is booked under a key that names whose limit it is and which window of time; windows are
local to the programme's zone. Keys of limits that members share begin with "!".
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from loyalty.earning.conditions import Key

Period = Literal["activity", "day", "week", "month", "year", "ever"]
Scope = Literal["member", "rule", "location", "budget"]
Most = Annotated[int, Meta(ge=1, le=1_000_000_000)]
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
    budget: Key | Literal[""] = ""
