"""From what was summed up of each arm to what can be said of the campaign."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

import msgspec

from campaigns.experiments.allocation import HOLDOUT, UNIVERSAL
from campaigns.experiments.figures import Compared, Range, Verdict
from campaigns.experiments.power import smallest_effect
from campaigns.experiments.statistics import (
    ALPHA,
    SRM_ALARM,
    Interval,
    Moments,
    difference,
    difference_of_shares,
    holm,
    reach_at_any_time,
    together,
)

FEWEST: Final = 30  # in an arm, before anything is said
RARE: Final = 10  # who did it or who did not; below, the shares are compared by counts


class ArmSums(NamedTuple):
    """One arm: the outcome, the outcome less what it cost, and that cost for each member."""

    value: Moments
    net: Moments
    cost: float


class Result(NamedTuple):
    """What a reading found."""

    verdict: Verdict
    overall: Compared | None = None
    variants: tuple[Compared, ...] = ()
    explained: float = 0.0
    smallest: float | None = None


def read(
    arms: Mapping[str, ArmSums],
    *,
    sample_ratio: float,
    planned: int,
    is_final: bool,
    is_share: bool,
    is_money: bool,
) -> Result:
    """Compare every variant, and all together, with those held out.

    Not final means that somebody looks early: then the intervals are right at every look together.
    """
    held = arms.get(HOLDOUT)
    treated = {key: arm for key, arm in arms.items() if key not in (HOLDOUT, UNIVERSAL)}
    if held is None:
        return Result(Verdict.NO_HOLDOUT if treated else Verdict.TOO_FEW)
    enough = {key: arm for key, arm in treated.items() if arm.value.n >= FEWEST}
    if not enough or held.value.n < FEWEST:
        return Result(Verdict.TOO_FEW)
    how = _How(held, planned, is_final, is_share, is_money)
    overall = how.compare("", _all(enough))
    variants = how.variants(enough) if len(enough) > 1 else ()
    explained, smallest = how.could_show(_all(enough))
    verdict = _verdict(overall, sample_ratio)
    return Result(verdict, overall, variants, explained, smallest)


def _verdict(overall: Compared, sample_ratio: float) -> Verdict:
    if sample_ratio < SRM_ALARM:
        return Verdict.UNEVEN
    if not overall.is_shown:
        return Verdict.NOT_SHOWN
    return Verdict.MORE if overall.absolute.estimate > 0 else Verdict.LESS


def _all(arms: Mapping[str, ArmSums]) -> ArmSums:
    n = sum(arm.value.n for arm in arms.values())
    return ArmSums(
        together([arm.value for arm in arms.values()]),
        together([arm.net for arm in arms.values()]),
        sum(arm.cost * arm.value.n for arm in arms.values()) / n,
    )


class _How(NamedTuple):
    held: ArmSums
    planned: int
    is_final: bool
    is_share: bool
    is_money: bool

    def compare(self, key: str, arm: ArmSums, questions: int = 1) -> Compared:
        treated, held = arm.value, self.held.value
        reach = None
        if not self.is_final:
            reach = reach_at_any_time(treated.n + held.n, self.planned, ALPHA / questions)
        found = difference(treated, held, reach=reach)
        absolute = _range(found.absolute)
        relative: Range | None = _range(found.relative)
        if self.is_share and self.is_final and _is_rare(treated, held):
            absolute, relative = _range(_counted(treated, held)), None
        net = difference(arm.net, self.held.net, reach=reach).absolute if self.is_money else None
        return Compared(
            key=key,
            members=int(treated.n),
            mean=float(treated.mean_y),
            cost=arm.cost,
            absolute=absolute,
            relative=relative,
            net=_range(net) if net else None,
            p_value=float(found.p_value) if self.is_final else None,
            is_shown=absolute.is_shown,
        )

    def variants(self, arms: Mapping[str, ArmSums]) -> tuple[Compared, ...]:
        """Each variant; several questions at once make each harder to answer (Holm)."""
        found = [self.compare(key, arm, len(arms)) for key, arm in sorted(arms.items())]
        if not self.is_final:
            return tuple(found)
        p_values = holm([each.p_value or 0.0 for each in found])
        return tuple(
            _with(each, p_value=p, is_shown=each.is_shown and p < ALPHA)
            for each, p in zip(found, p_values, strict=True)
        )

    def could_show(self, arm: ArmSums) -> tuple[float, float | None]:
        treated, held = arm.value, self.held.value
        found = difference(treated, held)
        spread = ((treated.s_yy + held.s_yy) / (treated.n + held.n - 2)) ** 0.5
        smallest = smallest_effect(
            treated=treated.n, held=held.n, spread=float(spread), explained=float(found.explained)
        )
        return float(found.explained), _end(smallest)


def _is_rare(treated: Moments, held: Moments) -> bool:
    return any(min(arm.mean_y * arm.n, (1 - arm.mean_y) * arm.n) < RARE for arm in (treated, held))


def _counted(treated: Moments, held: Moments) -> Interval:
    return difference_of_shares(
        round(treated.mean_y * treated.n), treated.n, round(held.mean_y * held.n), held.n
    )


def _range(interval: Interval) -> Range:
    return Range(_end(interval.estimate) or 0.0, _end(interval.low), _end(interval.high))


def _end(value: Any) -> float | None:
    return float(value) if isfinite(float(value)) else None


def _with(compared: Compared, **changes: Any) -> Compared:
    return msgspec.structs.replace(compared, **changes)
