"""What a rule gives. A new effect is a struct here, its worth beside it and a phrase in `wording`."""

from collections.abc import Sequence
from enum import IntEnum
from fractions import Fraction
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from loyalty.earning.basket import Basket
from loyalty.earning.conditions import Money, cents
from loyalty.earning.rounding import spread
from loyalty.errors import RuleInvalid
from loyalty.types import Rounding

Points = Annotated[int, Meta(ge=1, le=1_000_000)]
Factor = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$(?!\n)", examples=["2", "1.5"])]


class Phase(IntEnum):
    """When a rule has its turn; a later phase may build on the points of an earlier one."""

    BASE = 1
    MULTIPLIER = 2
    BONUS = 3


class PerAmount(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="per_amount",
):
    """`points` for every `per` paid on the matching lines, pro rata."""

    points: Points
    per: Money


class Multiplier(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="multiplier",
):
    """Base points of the matching lines times `factor`: adds (factor - 1) x those points.

    Two multipliers add up and do not compound: each looks at the base points alone.
    """

    factor: Factor


class Fixed(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="fixed"
):
    """`points`, once per activity."""

    points: Points


Effect = PerAmount | Multiplier | Fixed


class Worth(NamedTuple):
    """A compiled effect: a flat number of points, or numerator / denominator of something.

    The something is the phase's: the amount paid (BASE) or the base points (MULTIPLIER).
    """

    phase: Phase
    numerator: int
    denominator: int

    def shares(
        self, positions: Sequence[int], basket: Basket, base: Sequence[int], rounding: Rounding
    ) -> list[int]:
        """Whole points for each of the positions; for a flat effect one number, of no line."""
        if self.phase is Phase.BONUS:
            return [self.numerator]
        of, denominator = base, self.denominator
        if self.phase is Phase.BASE:
            of, denominator = basket.amounts, denominator * basket.scale
        return spread([of[at] * self.numerator for at in positions], denominator, rounding)


def compile_effect(effect: Effect) -> Worth:
    """The effect in integers. Raises RuleInvalid for numbers that give no sensible rule."""
    if isinstance(effect, Fixed):
        return Worth(Phase.BONUS, effect.points, 1)
    if isinstance(effect, Multiplier):
        extra = Fraction(effect.factor) - 1
        if extra < 0:
            raise RuleInvalid("The factor must be 1 or more.", field="effect.factor")
        return Worth(Phase.MULTIPLIER, extra.numerator, extra.denominator)
    if not cents(effect.per):
        raise RuleInvalid("Points per amount need an amount above 0.", field="effect.per")
    return Worth(Phase.BASE, effect.points * 100, cents(effect.per))
