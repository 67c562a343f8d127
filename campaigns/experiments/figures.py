"""The figures of a reading, as they are kept and as the words and charts are made of them."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What can be said."""

    NO_HOLDOUT = "NO_HOLDOUT"  # nobody got nothing, so nothing can be told
    TOO_FEW = "TOO_FEW"
    UNEVEN = "UNEVEN"  # the lot was not fair: the figures are not to be trusted
    MORE = "MORE"
    LESS = "LESS"
    NOT_SHOWN = "NOT_SHOWN"


class Range(msgspec.Struct, frozen=True):
    """An estimate and its interval; an end is None when nothing can be said of it."""

    estimate: float
    low: float | None
    high: float | None

    @property
    def is_shown(self) -> bool:
        """Whether zero is outside of it."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One variant, or all together, beside those held out. All figures are per member."""

    key: str  # the variant's; empty: all together
    members: int
    mean: float
    cost: float
    absolute: Range
    relative: Range | None = None
    net: Range | None = None  # money, after what it cost
    p_value: float | None = None  # made good for the number of variants; None: read early
    is_shown: bool = False


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's result as counted at one moment.

    `ripe` are those whose days for the goal are over; only they count. `reach` is how many standard
    errors the intervals go to either side: more when read early.
    """

    goal: str
    goal_days: int
    verdict: Verdict
    is_final: bool
    counted_at: str
    reading_on: str = ""
    ended_early_on: str = ""  # the day it was ended, when that was before the day it is read
    stop_reason: str = ""
    entered: int = 0
    ripe: int = 0
    universal: int = 0
    held: int = 0
    held_mean: float = 0.0
    before_treated: float = 0.0
    before_held: float = 0.0
    overall: Compared | None = None
    variants: list[Compared] = []
    sample_ratio: float = 1.0
    arms: dict[str, int] = {}  # how many entered each, for the sample ratio
    expected: dict[str, float] = {}
    explained: float = 0.0
    smallest: float | None = None  # the smallest effect that it would have shown
    planned: int = 0
    cost: float = 0.0  # in all
    points: int = 0  # given in all
