"""What a back-test found, as it is kept and shown: `live` was really given, `draft` would have been.

Amounts of money are strings with the currency's cents. Members are opaque holders.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

import msgspec

from loyalty.types import Words

TOP = 20
EDGES = (-1000, -500, -100, -10, 0, 1, 11, 101, 501, 1001)  # of the bands of change per member
_CENT = Decimal("0.01")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one group, a tier of a tier set (`of`) or a segment; or members in a tier."""

    key: str
    live: int
    draft: int
    of: str = ""
    activities: int = 0


class RuleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule gave, in points, and on how many activities it was applied."""

    rule: str
    name: Words
    live: int
    draft: int
    live_activities: int
    draft_activities: int


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week from its Monday on, in the programme's zone."""

    starts_on: date
    activities: int
    live: int
    draft: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One member whose points change."""

    holder: str
    live: int
    draft: int
    change: int


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Members whose change lies from `least` to under `below`; None: no bound."""

    least: int | None
    below: int | None
    members: int


class MemberFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Who gains and who loses; `gained` and `lost` are sums of points, both above zero."""

    members: int
    winners: int
    losers: int
    unchanged: int
    gained: int
    lost: int
    top_winners: list[Change]
    top_losers: list[Change]
    distribution: list[Band]


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """Two rules of the draft that were applied to the same activities."""

    rules: tuple[str, str]
    activities: int


class TierMoves(msgspec.Struct, frozen=True, kw_only=True):
    """How often members went from one tier to another; "" is below the first."""

    tier_set: str
    before: str
    after: str
    live: int
    draft: int


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Points, and what they are worth."""

    live: int
    draft: int
    live_amount: str
    draft_amount: str

    @classmethod
    def of(cls, points: tuple[int, int], worth: Decimal) -> Self:
        amounts = [str((worth * each).quantize(_CENT, ROUND_HALF_UP)) for each in points]
        live, draft = points
        return cls(live=live, draft=draft, live_amount=amounts[0], draft_amount=amounts[1])


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `units` has the points of each unit granted; all else is of the unit "points"."""

    schema: int = 1
    order: str  # "member": told member by member; "moment": as it happened, for shared limits
    currency: str
    point_worth: str
    activities: int
    changed: int
    units: list[Share]
    cost: Money
    liability: Money
    rules: list[RuleFigures]
    weeks: list[Week]
    tiers: list[Share]
    segments: list[Share]
    members: MemberFigures
    overlapping: int
    overlaps: list[Overlap]
    tier_moves: list[TierMoves]
    tier_members: list[Share]
