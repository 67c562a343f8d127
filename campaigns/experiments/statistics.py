"""What differed between those who were treated and those who were held out, and how sure that is.

Everything works on the moments of each arm, which the database sums up in one pass, so that a
million participants weigh as much as ten. All fields may as well be arrays: then many campaigns
are read at once, which is how the proofs simulate thousands.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

Figures = Any  # a float, or an array with one float for each campaign
ALPHA: Final = 0.05
SRM_ALARM: Final = 0.001


class Moments(NamedTuple):
    """One arm: how many, the means of the outcome y and of the same before entering x, and the
    sums of squares and products about those means (regr_syy, regr_sxx and regr_sxy in SQL)."""

    n: Figures
    mean_y: Figures
    mean_x: Figures
    s_yy: Figures
    s_xx: Figures
    s_xy: Figures


class Interval(NamedTuple):
    """An estimate with the ends of its interval. An end that nothing can be said of is infinite."""

    estimate: Figures
    low: Figures
    high: Figures

    @property
    def is_shown(self) -> Any:
        """Whether the interval leaves zero out."""
        return (np.asarray(self.low) > 0) | (np.asarray(self.high) < 0)


class Difference(NamedTuple):
    """Treated less held out: in the outcome's own unit, as a part of the held out, and p."""

    absolute: Interval
    relative: Interval
    p_value: Figures
    error: Figures  # the standard error
    explained: Figures  # part of the variance that the time before took away, 0 to 1


def moments(y: Any, x: Any = None) -> Moments:
    """The moments along the last axis; without `x` nothing is known of the time before."""
    y = np.asarray(y, dtype=float)
    x = np.zeros_like(y) if x is None else np.asarray(x, dtype=float)
    n, mean_y, mean_x = y.shape[-1], y.mean(axis=-1), x.mean(axis=-1)
    dy, dx = y - mean_y[..., None], x - mean_x[..., None]
    return Moments(n, mean_y, mean_x, (dy**2).sum(-1), (dx**2).sum(-1), (dx * dy).sum(-1))


def together(parts: Sequence[Moments]) -> Moments:
    """The moments of several arms as if they were one."""
    n = sum(part.n for part in parts)
    mean_y = sum(part.n * part.mean_y for part in parts) / n
    mean_x = sum(part.n * part.mean_x for part in parts) / n
    return Moments(
        n,
        mean_y,
        mean_x,
        sum(part.s_yy + part.n * (part.mean_y - mean_y) ** 2 for part in parts),
        sum(part.s_xx + part.n * (part.mean_x - mean_x) ** 2 for part in parts),
        sum(part.s_xy + part.n * (part.mean_y - mean_y) * (part.mean_x - mean_x) for part in parts),
    )


def difference(treated: Moments, held: Moments, *, reach: Figures | None = None) -> Difference:
    """Compare by intention to treat: all who entered, by the arm they were drawn into.

    Welch's interval of 95 per cent on outcomes from which is taken what the time before explains
    (CUPED); with `reach` one of so many standard errors to either side. The relative interval is
    Fieller's: it leaves zero out exactly when the absolute one does.
    """
    theta = slope(treated, held)
    mean_x = (treated.n * treated.mean_x + held.n * held.mean_x) / (treated.n + held.n)
    first, second = (_adjusted(arm, theta, mean_x) for arm in (treated, held))
    error = np.sqrt(first.variance + second.variance)
    freedom = error**4 / np.maximum(
        first.variance**2 / (treated.n - 1) + second.variance**2 / (held.n - 1), 1e-300
    )
    freedom = np.clip(freedom, 1, None)
    quantile = stats.t.ppf(1 - ALPHA / 2, freedom) if reach is None else reach
    absolute = first.mean - second.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(error > 0, np.abs(absolute) / error, 0.0)
    raw = treated.s_yy + held.s_yy
    left = raw - theta * (treated.s_xy + held.s_xy)
    explained = np.where(raw > 0, 1 - left / np.where(raw > 0, raw, 1), 0.0)
    return Difference(
        Interval(absolute, absolute - quantile * error, absolute + quantile * error),
        _ratio(first, second, quantile),
        2 * stats.t.sf(score, freedom),
        error,
        explained,
    )


def slope(*arms: Moments) -> Figures:
    """How much of the outcome goes with the same before entering, inside the arms (CUPED)."""
    s_xx = np.asarray(sum(arm.s_xx for arm in arms), dtype=float)
    s_xy = np.asarray(sum(arm.s_xy for arm in arms), dtype=float)
    return np.where(s_xx > 0, s_xy / np.where(s_xx > 0, s_xx, 1), 0.0)


class _Mean(NamedTuple):
    mean: Figures
    variance: Figures  # of the mean


def _adjusted(arm: Moments, theta: Figures, mean_x: Figures) -> _Mean:
    spread = arm.s_yy - 2 * theta * arm.s_xy + theta**2 * arm.s_xx
    return _Mean(
        arm.mean_y - theta * (arm.mean_x - mean_x),
        np.maximum(spread, 0) / np.maximum(arm.n - 1, 1) / arm.n,
    )


def _ratio(first: _Mean, second: _Mean, quantile: Figures) -> Interval:
    """Fieller's interval of first over second, less one; endless while second may be zero."""
    square = quantile**2
    floor = second.mean**2 - square * second.variance
    product = first.mean * second.mean
    under = product**2 - (first.mean**2 - square * first.variance) * floor
    is_sure = (floor > 0) & (second.mean > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(under, 0))
        estimate = np.where(second.mean > 0, first.mean / second.mean - 1, np.nan)
        low = np.where(is_sure, (product - root) / floor - 1, -np.inf)
        high = np.where(is_sure, (product + root) / floor - 1, np.inf)
    return Interval(estimate, low, high)


def difference_of_shares(
    treated: int, of_treated: int, held: int, of_held: int, *, level: float = 1 - ALPHA
) -> Interval:
    """Compare two shares that are small or few: Newcombe's interval out of Wilson's two."""
    first, second = _wilson(treated, of_treated, level), _wilson(held, of_held, level)
    apart = first.estimate - second.estimate
    below = np.hypot(first.estimate - first.low, second.high - second.estimate)
    above = np.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(apart, apart - below, apart + above)


def _wilson(count: int, of: int, level: float) -> Interval:
    score = stats.norm.ppf((1 + level) / 2)
    share, weight = count / of, score**2 / of
    middle = (share + weight / 2) / (1 + weight)
    half = score / (1 + weight) * np.sqrt(share * (1 - share) / of + weight / of / 4)
    return Interval(share, middle - half, middle + half)


def reach_at_any_time(n: Figures, planned: Figures, alpha: float = ALPHA) -> Figures:
    """How many standard errors to either side are right at all looks together, early or often.

    An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024,
    theorem 2.2), tuned for when all the `planned` participants of both arms are in.
    """
    tuned = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / np.maximum(planned, 1)
    scaled = n * tuned + 1
    return np.sqrt(2 * scaled / (n * tuned) * np.log(np.sqrt(scaled) / alpha))


def sample_ratio(found: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """The chance of arms as uneven as these if the lot was fair; under SRM_ALARM something is wrong.

    `shares` are what was to be expected, in any unit. An arm with people and no share: 0.
    """
    if any(found.get(arm, 0) and not shares.get(arm) for arm in found):
        return 0.0
    arms = [arm for arm, share in shares.items() if share > 0]
    counts = [found.get(arm, 0) for arm in arms]
    if len(arms) <= 1 or sum(counts) == 0:
        return 1.0
    whole = sum(shares[arm] for arm in arms)
    expected = [shares[arm] / whole * sum(counts) for arm in arms]
    return float(stats.chisquare(counts, expected).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values made good for having asked several questions at once (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = most
    return adjusted
