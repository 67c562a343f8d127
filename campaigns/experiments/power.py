"""What a campaign could show at all, said before it begins."""

from math import ceil, inf, sqrt
from typing import Final

from scipy import stats

POWER: Final = 0.8
ALPHA: Final = 0.05


def smallest_effect(
    *, treated: float, held: float, spread: float, explained: float = 0.0, power: float = POWER
) -> float:
    """Return the smallest true difference that is found in `power` of the cases, in y's own unit.

    `spread` is the standard deviation of the outcome, `explained` the part of its variance that the
    time before takes away. Infinite when an arm is empty.
    """
    if treated <= 0 or held <= 0:
        return inf
    return _scores(power) * spread * sqrt((1 - explained) * (1 / treated + 1 / held))


def size_for(
    effect: float,
    *,
    holdout: int,
    spread: float,
    explained: float = 0.0,
    power: float = POWER,
) -> int | None:
    """Return how many must enter, held out included, to find `effect`; None if nobody can tell.

    `holdout` is in per cent.
    """
    part = holdout / 100
    if effect <= 0 or not 0 < part < 1:
        return None
    needed = (_scores(power) * spread / effect) ** 2 * (1 - explained)
    return ceil(needed * (1 / part + 1 / (1 - part)))


def _scores(power: float) -> float:
    return float(stats.norm.ppf(1 - ALPHA / 2) + stats.norm.ppf(power))
