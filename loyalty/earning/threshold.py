"""Numbers that must be reached, and how short of them an activity is: what near misses tell."""

from collections.abc import Callable
from typing import NamedTuple

from loyalty.earning.basket import Positions
from loyalty.earning.conditions import (
    ActivityCount,
    BasketAmount,
    BasketQuantity,
    Condition,
    LineAmount,
    cents,
    condition_params,
    field_of,
    thousandths,
)
from loyalty.earning.scene import Scene
from loyalty.errors import RuleInvalid

BEYOND = -1  # the threshold is missed in a way that more cannot mend

Missing = Callable[[Scene, Positions], int]


class Threshold(NamedTuple):
    """A number to be reached. `missing` is how much is not there yet, in the smallest unit."""

    field: str
    params: dict[str, str]
    missing: Missing  # 0: reached; BEYOND: too late
    said: Callable[[int], str]  # what is missing, as a reason carries it


def threshold_of(condition: Condition) -> Threshold | None:
    """The condition as a threshold; None if it is one of another kind. Raises RuleInvalid."""
    said: Callable[[int], str] = str
    match condition:
        case BasketAmount(operator="at_least", value=value):
            missing, said = _amount(cents(value)), money_said
        case BasketQuantity(value=value):
            missing, said = _quantity(thousandths(value)), _quantity_said
        case ActivityCount(operator=operator, of=of, value=number) if operator != "at_most":
            missing = _count(operator, of, number)
        case _:
            return None
    return Threshold(field_of(condition), condition_params(condition), missing, said)


class LargeLine(NamedTuple):
    """That a single line be large enough: it chooses lines, and says how short the largest is."""

    params: dict[str, str]
    cents: int

    def choose(self, scene: Scene, positions: Positions) -> tuple[Positions, str]:
        """The lines that are large enough; if none is, the largest and what it is short."""
        amounts, per_cent = scene.basket.amounts, scene.basket.scale // 100
        least = self.cents * per_cent
        large = tuple([at for at in positions if amounts[at] >= least])
        if large:
            return large, ""
        largest = max(positions, key=amounts.__getitem__)  # the first of equal ones
        return (largest,), money_said(-((amounts[largest] - least) // per_cent))


def large_line_of(condition: Condition) -> LargeLine | None:
    """The condition as one of the size of a line; None if it is another."""
    if not isinstance(condition, LineAmount):
        return None
    return LargeLine(condition_params(condition), cents(condition.value))


def money_said(missing: int) -> str:
    """Cents as a plain decimal text."""
    return f"{missing // 100}.{missing % 100:02d}"


def _quantity_said(missing: int) -> str:
    whole, part = divmod(missing, 1000)
    return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)


def _amount(least: int) -> Missing:
    def missing(scene: Scene, positions: Positions) -> int:
        basket = scene.basket
        per_cent = basket.scale // 100
        short = least * per_cent - basket.total
        return -(-short // per_cent) if short > 0 else 0  # up, so that paying it suffices

    return missing


def _quantity(least: int) -> Missing:
    def missing(scene: Scene, positions: Positions) -> int:
        quantities = scene.quantities
        return max(0, least - sum([quantities[at] for at in positions]))

    return missing


def _count(operator: str, of: str, number: int) -> Missing:
    if operator == "every":
        if number == 1:
            raise RuleInvalid("Every first is each one: leave this condition out.")
        return lambda scene, _: -nth % number if (nth := scene.nth(of)) else number
    if operator == "at_least":
        return lambda scene, _: max(0, number - scene.nth(of))

    def equals(scene: Scene, positions: Positions) -> int:
        nth = scene.nth(of)
        return number - nth if nth <= number else BEYOND

    return equals
