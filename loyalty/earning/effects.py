"""What a rule gives. A new effect is a struct here, its making into a gift and a phrase."""

from enum import IntEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from loyalty.earning.conditions import Key, Money, Quantity
from loyalty.earning.limits import Most, Period, UnitCode

Points = Annotated[int, Meta(ge=1, le=1_000_000)]
Factor = Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$(?!\n)", examples=["2", "1.5"])]


class Phase(IntEnum):
    """When an effect has its turn; a later phase may build on the points of an earlier one."""

    BASE = 1
    MULTIPLIER = 2
    BONUS = 3
    CAP = 4


class AnyEffect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all effects share: they are told apart by `kind`, and unknown fields are refused."""


class PerAmount(AnyEffect, frozen=True, kw_only=True, tag="per_amount"):
    """`points` for every `per` paid on the matching lines, pro rata. Phase BASE."""

    points: Points
    per: Money
    unit: UnitCode = "points"


class PerQuantity(AnyEffect, frozen=True, kw_only=True, tag="per_quantity"):
    """`points` for every `per` pieces, litres, … on the matching lines, pro rata. Phase BASE."""

    points: Points
    per: Quantity = "1"
    unit: UnitCode = "points"


class Multiplier(AnyEffect, frozen=True, kw_only=True, tag="multiplier"):
    """Base points of the matching lines times `factor`: adds (factor - 1) x those points.

    Two multipliers add up and do not compound: each looks at the base points alone, those of its
    own unit. Phase MULTIPLIER.
    """

    factor: Factor
    unit: UnitCode = "points"


class Fixed(AnyEffect, frozen=True, kw_only=True, tag="fixed"):
    """`points`, once per activity. Phase BONUS."""

    points: Points
    unit: UnitCode = "points"


class Reward(AnyEffect, frozen=True, kw_only=True, tag="reward"):
    """A reward of the catalogue, once per activity: no points, but a reason that names it."""

    reward: Key


class Cap(AnyEffect, frozen=True, kw_only=True, tag="cap"):
    """No more than `most` points of the unit from this trigger, all its rules together.

    It stands alone in its rule. What is over comes off what was given last. Phase CAP.
    """

    most: Most
    unit: UnitCode = "points"
    scope: Literal["member", "rule", "location"] = "member"
    period: Period = "activity"


Effect = PerAmount | PerQuantity | Multiplier | Fixed | Reward | Cap
