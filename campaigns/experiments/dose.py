"""How often is often enough: what each dose of messages did, and which one to keep.

Spend may rise with the dose and fall again where it tires people: a parabola through the doses,
weighed by how sure each is. Those who opt out or call it spam only ever get more with a higher
dose: smoothed so that they never go down. The dose to keep is the one with the highest spend
among those that do not drive people away; the bootstrap tells how sure that is.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Numbers = NDArray[np.float64]
DRAWS: Final = 2_000
SEED: Final = 20_240_611  # the same figures give the same advice, whoever reads them
LIKELY: Final = 0.05
CURVED_FROM: Final = 4  # doses; with fewer a parabola is no more than the points themselves


class DoseArm(NamedTuple):
    """One dose and what those who drew it did: spend each, how many left, how many complained."""

    dose: int
    n: int
    mean: float
    spread: float  # the standard deviation of spend
    opted_out: int
    complained: int


class Limits(NamedTuple):
    """What a dose may cost in people: parts of the members, above the lowest dose and in all."""

    opt_out: float = 0.02  # more than at the lowest dose
    complaint: float = 0.003


class DosePoint(NamedTuple):
    """One dose as drawn in the chart."""

    dose: int
    n: int
    spend: float
    low: float
    high: float
    smoothed: float
    opt_out: float
    complaint: float
    is_within_limits: bool
    chance: float  # that this is the one to keep


class Advice(NamedTuple):
    """The dose to keep, with those that may as well be it; and the response of all."""

    dose: int
    low: int
    high: int
    chance: float
    is_sure: bool  # no other dose may as well be it
    points: list[DosePoint]


def advise(arms: Sequence[DoseArm], limits: Limits | None = None) -> Advice:
    """Return the dose to keep. Raises ValueError with fewer than two doses that have members."""
    limits = limits or Limits()
    arms = sorted((arm for arm in arms if arm.n > 1), key=lambda arm: arm.dose)
    if len(arms) <= 1:
        raise ValueError("nothing to compare")
    doses = np.array([arm.dose for arm in arms], dtype=float)
    means, errors, outs, spam = _figures(arms)
    smoothed = _curve(doses, means[None, :], errors)[0]
    sizes = np.array([float(arm.n) for arm in arms])
    fits = _within(_rising(outs, sizes), _rising(spam, sizes), limits)
    best = _best(smoothed[None, :], fits[None, :])[0]
    chances = _chances(arms, limits)
    likely = [at for at in range(len(arms)) if chances[at] >= LIKELY or at == best]
    quantile = stats.norm.ppf(0.975)
    points = [
        DosePoint(
            arm.dose,
            arm.n,
            arm.mean,
            float(arm.mean - quantile * errors[at]),
            float(arm.mean + quantile * errors[at]),
            float(smoothed[at]),
            float(outs[at]),
            float(spam[at]),
            bool(fits[at]),
            float(chances[at]),
        )
        for at, arm in enumerate(arms)
    ]
    low, high = arms[likely[0]].dose, arms[likely[-1]].dose
    return Advice(arms[best].dose, low, high, float(chances[best]), len(likely) == 1, points)


def _figures(arms: Sequence[DoseArm]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    n = np.array([arm.n for arm in arms], dtype=float)
    spread = np.array([arm.spread for arm in arms])
    return (
        np.array([arm.mean for arm in arms]),
        np.maximum(spread, 1e-9) / np.sqrt(n),
        np.array([arm.opted_out for arm in arms]) / n,
        np.array([arm.complained for arm in arms]) / n,
    )


def _curve(doses: Numbers, means: Numbers, errors: Numbers) -> Numbers:
    """The weighed parabola over log(1 + dose), for each row of means; few doses stay as they are."""
    if len(doses) < CURVED_FROM:
        return means
    across = np.log1p(doses)
    design = np.vander(across - across.mean(), 3) / errors[:, None]
    fitted = np.linalg.lstsq(design, (means / errors).T)[0]
    return np.asarray(((design * errors[:, None]) @ fitted).T, dtype=float)


def _rising(rates: Numbers, sizes: Numbers) -> Numbers:
    smoothed: Numbers = optimize.isotonic_regression(rates, weights=sizes).x
    return smoothed


def _within(opt_outs: Numbers, complaints: Numbers, limits: Limits) -> NDArray[np.bool_]:
    """Which doses do not drive people away; the lowest never does more than itself."""
    fits = (opt_outs <= opt_outs[0] + limits.opt_out) & (complaints <= limits.complaint)
    fits[0] = True
    return np.asarray(fits, dtype=bool)


def _best(spend: Numbers, fits: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.asarray(np.argmax(np.where(fits, spend, -np.inf), axis=-1))


def _chances(arms: Sequence[DoseArm], limits: Limits) -> Numbers:
    """How often each dose comes out best when the test is drawn again out of its own figures."""
    lot = np.random.default_rng(SEED)
    means, errors, outs, spam = _figures(arms)
    sizes = np.array([arm.n for arm in arms])
    doses = np.array([arm.dose for arm in arms], dtype=float)
    drawn: Numbers = lot.normal(means, errors, (DRAWS, len(arms)))
    spend = _curve(doses, drawn, errors)
    left = lot.binomial(sizes, outs, (DRAWS, len(arms))) / sizes
    called = lot.binomial(sizes, spam, (DRAWS, len(arms))) / sizes
    weights = sizes.astype(float)
    fits = np.array(
        [
            _within(_rising(a, weights), _rising(b, weights), limits)
            for a, b in zip(left, called, strict=True)
        ]
    )
    best = _best(spend, fits)
    return np.bincount(best, minlength=len(arms)) / DRAWS
