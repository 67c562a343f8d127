"""Shoppers that were made up: most spend nothing, some a little, a few very much, as in a real shop."""

from typing import Any, NamedTuple

import numpy as np

from campaigns.experiments.dose import DoseArm

Numbers = Any  # an array of numpy's


class Shoppers(NamedTuple):
    """What each spent after entering, and in the same time before; a row for each campaign."""

    after: Numbers
    before: Numbers


def shoppers(lot: np.random.Generator, campaigns: int, members: int) -> Shoppers:
    """Spend of two periods: some shop often and some hardly ever, baskets have a long tail."""
    habit = lot.gamma(0.6, 1.2, (campaigns, members))
    return Shoppers(_spend(lot, habit), _spend(lot, habit))


def lifted(lot: np.random.Generator, after: Numbers, lift: float) -> Numbers:
    """The same shoppers after a campaign that makes them spend `lift` more, each more or less so."""
    return after * (1 + lift * lot.gamma(2.0, 0.5, after.shape))


def _spend(lot: np.random.Generator, habit: Numbers) -> Numbers:
    times = lot.poisson(habit)
    baskets = np.exp(lot.normal(3.2, 0.8, habit.shape))
    return np.round(times * baskets, 2)


def tired(lot: np.random.Generator, doses: list[int], members: int, best: float) -> list[DoseArm]:
    """A dose test with a planted curve: spend is highest at `best`, and more leave at each dose.

    At its best a message is good for 12 per cent on top of a mean of 40, with a wide spread.
    """
    arms = []
    for dose in doses:
        away = np.log1p(dose) - np.log1p(best)
        truth = 40 * (1 + 0.12 - 0.25 * away**2)
        spent = lot.gamma(0.35, truth / 0.35, members)
        left = int(lot.binomial(members, 0.002 + 0.001 * dose))
        arms.append(DoseArm(dose, members, float(spent.mean()), float(spent.std()), left, 0))
    return arms
