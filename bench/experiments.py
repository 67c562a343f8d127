"""The statistics, proven by planting: campaigns without any effect, with a known one, tired members.

Everything goes through the code that reads real campaigns. Prints what was found beside what must
be, and fails if anything is outside of it.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import numpy as np

from bench.shoppers import Numbers, lifted, shoppers, tired
from bench.table import print_table
from campaigns.experiments.allocation import HOLDOUT, arm_of
from campaigns.experiments.dose import advise
from campaigns.experiments.statistics import (
    ALPHA,
    SRM_ALARM,
    Difference,
    difference,
    holm,
    moments,
    reach_at_any_time,
    sample_ratio,
)

AT_ONCE = 50  # campaigns, which bounds the memory
DAYS = 28
DOSES = [1, 2, 4, 6, 8]
FEWEST = 400  # whose outcome is in, before anybody looks


class Row(NamedTuple):
    """What was measured, what must be, and whether it is."""

    name: str
    found: float
    low: float
    high: float

    @property
    def passes(self) -> bool:
        return self.low <= self.found <= self.high


def campaigns(
    lot: np.random.Generator, count: int, members: int
) -> Iterator[tuple[Numbers, Numbers]]:
    for start in range(0, count, AT_ONCE):
        yield shoppers(lot, min(AT_ONCE, count - start), members)


def compared(after: Numbers, before: Numbers, held: int) -> Difference:
    """The first `held` of each campaign were held out."""
    return difference(
        moments(after[:, held:], before[:, held:]), moments(after[:, :held], before[:, :held])
    )


def without_effect(count: int, members: int, held: int) -> list[Row]:
    """A/A campaigns: nothing is done, so whatever is found is a false alarm."""
    lot = np.random.default_rng(1)
    alarms = plain = daily = always = 0
    explained = []
    for after, before in campaigns(lot, count, members):
        found = compared(after, before, held)
        alarms += int(found.absolute.is_shown.sum())
        explained.append(found.explained.mean())
        plain += int(compared(after, np.zeros_like(before), held).absolute.is_shown.sum())
        naive, safe = looked_at_daily(after, before, held)
        daily, always = daily + int(naive.sum()), always + int(safe.sum())
    rate = 100 / count
    return [
        Row(f"{count} A/A campaigns, alarms, %", alarms * rate, 3.5, 6.5),
        Row("the same without the time before, %", plain * rate, 3.5, 6.5),
        Row("read every day, always-valid, %", always * rate, 0, 6.5),
        Row("read every day, as if once, % (why not to)", daily * rate, 6.5, 100),
        Row("variance that the time before explains, %", 100 * float(np.mean(explained)), 5, 95),
    ]


def looked_at_daily(after: Numbers, before: Numbers, held: int) -> tuple[Numbers, Numbers]:
    """Whether any of the days gave an alarm: by the usual interval, and by the always-valid one."""
    count, members = after.shape
    naive, safe = np.zeros(count, bool), np.zeros(count, bool)
    for day in range(1, DAYS + 1):
        a, b = held * day // DAYS, held + (members - held) * day // DAYS
        if a + b - held < FEWEST:
            continue
        found = difference(
            moments(after[:, held:b], before[:, held:b]), moments(after[:, :a], before[:, :a])
        )
        naive |= found.absolute.is_shown
        reach = reach_at_any_time(a + b - held, members)
        safe |= np.abs(found.absolute.estimate) > reach * found.error
    return naive, safe


def with_effect(count: int, members: int, held: int, lift: float) -> list[Row]:
    """Campaigns with a planted lift: how often the truth lies in the interval."""
    lot = np.random.default_rng(round(lift * 1000))
    truth = float(shoppers(lot, 400, 5_000).after.mean())
    inside = relative = 0
    for after, before in campaigns(lot, count, members):
        after[:, held:] = lifted(lot, after[:, held:], lift)
        found = compared(after, before, held)
        inside += int(
            np.sum((found.absolute.low <= lift * truth) & (lift * truth <= found.absolute.high))
        )
        relative += int(np.sum((found.relative.low <= lift) & (lift <= found.relative.high)))
    rate = 100 / count
    return [
        Row(f"lift of {lift:.0%} inside its interval, %", inside * rate, 93, 97),
        Row(f"lift of {lift:.0%} as a part, inside, %", relative * rate, 93, 97),
    ]


def of_variants(count: int, members: int) -> Row:
    """Three variants without any effect: how often Holm lets one of them through."""
    lot = np.random.default_rng(7)
    alarms, part = 0, members // 4
    for after, before in campaigns(lot, count, members):
        arms = [
            moments(after[:, at : at + part], before[:, at : at + part])
            for at in range(0, 4 * part, part)
        ]
        found = np.array([difference(arm, arms[0]).p_value for arm in arms[1:]]).T
        alarms += sum(min(holm(list(row))) < ALPHA for row in found)
    return Row("three variants without effect, any alarm, %", alarms * 100 / count, 0, 6.5)


def by_the_hash(count: int, members: int) -> list[Row]:
    """Arms drawn by `arm_of` as in a real campaign: fair lots, and no alarms but by chance."""
    lot = np.random.default_rng(9)
    ids = [UUID(int=number) for number in range(members)]
    alarms = uneven = at = 0
    for group in campaigns(lot, count, members):
        for after, before in zip(*group, strict=True):
            at += 1
            held = np.array([arm_of(f"{at:032x}", m, 20, None, [("a", 1)]) == HOLDOUT for m in ids])
            arms = {"a": int((~held).sum()), HOLDOUT: int(held.sum())}
            uneven += sample_ratio(arms, {"a": 80, HOLDOUT: 20}) < SRM_ALARM
            found = difference(
                moments(after[~held], before[~held]), moments(after[held], before[held])
            )
            alarms += bool(found.absolute.is_shown)
    return [
        Row(f"{count} lots drawn by the hash, alarms, %", alarms * 100 / count, 3.5, 6.5),
        Row("their sample ratio alarms, %", uneven * 100 / count, 0, 0.5),
    ]


def of_tired_members(count: int, members: int) -> list[Row]:
    """Dose tests with a planted best dose: how far off the advice is, in steps."""
    lot = np.random.default_rng(11)
    near = covered = 0
    for _ in range(count):
        best = int(lot.integers(len(DOSES)))
        advice = advise(tired(lot, DOSES, members, DOSES[best]))
        near += abs(DOSES.index(advice.dose) - best) <= 1
        covered += advice.low <= DOSES[best] <= advice.high
    rate = 100 / count
    return [
        Row(f"{count} tired crowds, dose within one step, %", near * rate, 95, 100),
        Row("the best dose is among those told, %", covered * rate, 90, 100),
    ]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--campaigns", type=int, default=1_000)
    asked.add_argument("--members", type=int, default=5_000)
    asked.add_argument("--lots", type=int, default=1_000)
    asked.add_argument("--dose-tests", type=int, default=200)
    asked.add_argument("--dose-members", type=int, default=4_000)
    asked.add_argument("--show-only", action="store_true", help="do not fail on what is outside")
    said = asked.parse_args()
    held = said.members // 5
    rows = [
        *without_effect(said.campaigns, said.members, held),
        *by_the_hash(said.lots, said.members),
        *with_effect(said.campaigns, said.members, held, 0.05),
        *with_effect(said.campaigns, said.members, held, 0.2),
        of_variants(said.campaigns, said.members),
        *of_tired_members(said.dose_tests, said.dose_members),
    ]
    told = [
        (
            row.name,
            f"{row.found:.1f}",
            f"{row.low:g} to {row.high:g}",
            "yes" if row.passes else "NO",
        )
        for row in rows
    ]
    print_table("Experiments, planted", ("what", "found", "must be", "passes"), told)
    if not said.show_only and not all(row.passes for row in rows):
        raise SystemExit("A figure is outside of what it must be.")


if __name__ == "__main__":
    main()
