"""Effects made ready to be given: in whole numbers, with what their reason will say."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from loyalty.earning.basket import Positions
from loyalty.earning.conditions import cents, thousandths
from loyalty.earning.effects import (
    Cap,
    Effect,
    Fixed,
    Multiplier,
    PerAmount,
    PerQuantity,
    Phase,
    Reward,
)
from loyalty.earning.rounding import spread
from loyalty.earning.scene import Scene
from loyalty.errors import RuleInvalid


class Of(IntEnum):
    """What an effect counts."""

    AMOUNT = 1
    QUANTITY = 2
    BASE_POINTS = 3
    NOTHING = 4


@dataclass(frozen=True, slots=True)
class Gift:
    """One effect of a rule: `numerator` / `denominator` for each of what it counts."""

    place: int  # among the rule's effects
    phase: Phase
    of: Of
    unit: str  # empty for a reward
    numerator: int
    denominator: int
    code: str
    params: dict[str, str]

    def shares(self, scene: Scene, positions: Positions, base: Sequence[int]) -> list[int]:
        """Whole points for each of the positions; for what counts nothing, none."""
        of, numerator, basket = self.of, self.numerator, scene.basket
        if of is Of.AMOUNT:
            amounts = basket.amounts
            numerators = [amounts[at] * numerator for at in positions]
            return spread(numerators, self.denominator * basket.scale, scene.rounding)
        if of is Of.NOTHING:
            return []
        counted = scene.quantities if of is Of.QUANTITY else base
        numerators = [counted[at] * numerator for at in positions]
        return spread(numerators, self.denominator, scene.rounding)


def gift_of(effect: Effect, place: int, trigger: str) -> Gift:
    """The effect in integers. Raises RuleInvalid for numbers that give no sensible rule."""
    match effect:
        case PerAmount(points=points, per=per, unit=unit):
            ratio = _ratio(points * 100, cents(per), place)
            said = {"points": str(points), "per": per}
            return Gift(place, Phase.BASE, Of.AMOUNT, unit, *ratio, "per_amount", said)
        case PerQuantity(points=points, per=per, unit=unit):
            ratio = _ratio(points, thousandths(per), place)
            said = {"points": str(points), "per": per}
            return Gift(place, Phase.BASE, Of.QUANTITY, unit, *ratio, "per_quantity", said)
        case Multiplier(factor=factor, unit=unit):
            extra = Fraction(factor) - 1
            if extra < 0:
                raise RuleInvalid("The factor must be 1 or more.", field=f"effects.{place}.factor")
            ratio = (extra.numerator, extra.denominator)
            said = {"factor": factor}
            return Gift(place, Phase.MULTIPLIER, Of.BASE_POINTS, unit, *ratio, "multiplier", said)
        case Fixed(points=points, unit=unit):
            said = {"points": str(points), "trigger": trigger}
            return Gift(place, Phase.BONUS, Of.NOTHING, unit, points, 1, "fixed", said)
        case Reward(reward=reward):
            return Gift(place, Phase.BONUS, Of.NOTHING, "", 0, 1, "reward", {"reward": reward})
        case Cap():
            return _cap(effect, place)


def _cap(effect: Cap, place: int) -> Gift:
    if effect.scope != "member" and effect.period == "activity":
        field = f"effects.{place}.period"
        raise RuleInvalid("A cap per activity is a member's own.", field=field)
    said = {"most": str(effect.most), "scope": effect.scope, "period": effect.period}
    return Gift(place, Phase.CAP, Of.NOTHING, effect.unit, effect.most, 1, "cap", said)


def _ratio(points: int, per: int, place: int) -> tuple[int, int]:
    if not per:
        raise RuleInvalid("Points per amount need an amount above 0.", field=f"effects.{place}.per")
    return points, per
