"""Compiled conditions and effects."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

from loyalty.earning.basket import Basket
from loyalty.earning.conditions import (
    ActivityChannel,
    ActivityLocation,
    BasketAmount,
    Condition,
    KeyCondition,
    LineBrand,
    LineCategory,
    LineProduct,
    MemberSegment,
    MemberTier,
    cents,
)
from loyalty.earning.effects import Effect, Fixed, Multiplier, PerAmount, Phase
from loyalty.earning.rounding import spread
from loyalty.errors import RuleInvalid
from loyalty.types import Activity, Line, MemberFacts, Rounding


def is_one_of(subject: str, keys: AbstractSet[str]) -> bool:
    return subject in keys


def is_none_of(subject: str, keys: AbstractSet[str]) -> bool:
    return subject not in keys


def shares_any(subject: AbstractSet[str], keys: AbstractSet[str]) -> bool:
    return not keys.isdisjoint(subject)


def shares_none(subject: AbstractSet[str], keys: AbstractSet[str]) -> bool:
    return keys.isdisjoint(subject)


def shortfall(total: int, threshold: int) -> int:
    """How much is missing to reach the threshold; 0 when it is reached."""
    return max(0, threshold - total)


OPERATORS: dict[str, Callable[[str, AbstractSet[str]], bool]] = {
    "in": is_one_of,
    "not_in": is_none_of,
}
SET_OPERATORS: dict[str, Callable[[AbstractSet[str], AbstractSet[str]], bool]] = {
    "in": shares_any,
    "not_in": shares_none,
}
AMOUNT_OPERATORS: dict[str, Callable[[int, int], int]] = {"at_least": shortfall}

_LINE_READERS: dict[type[KeyCondition], Callable[[Line], str]] = {
    LineCategory: attrgetter("category"),
    LineProduct: attrgetter("product"),
    LineBrand: attrgetter("brand"),
}
_ACTIVITY_READERS: dict[type[KeyCondition], Callable[[Activity], str]] = {
    ActivityChannel: attrgetter("channel"),
    ActivityLocation: attrgetter("location"),
}


class LineTest(NamedTuple):
    """A compiled condition of the line."""

    condition: KeyCondition
    read: Callable[[Line], str]
    accept: Callable[[str, AbstractSet[str]], bool]
    keys: frozenset[str]

    def lines(self, basket: Basket, positions: Sequence[int]) -> tuple[int, ...]:
        """Those of the positions whose line meets the condition."""
        read, accept, keys, lines = self.read, self.accept, self.keys, basket.lines
        return tuple([at for at in positions if accept(read(lines[at]), keys)])


class SituationTest(NamedTuple):
    """A compiled condition of the channel, the location or the member."""

    condition: KeyCondition
    keys: frozenset[str]

    def holds(self, activity: Activity, facts: MemberFacts) -> bool:
        """Whether the condition is met."""
        condition = self.condition
        if isinstance(condition, MemberSegment):
            return SET_OPERATORS[condition.operator](facts.segments, self.keys)
        if isinstance(condition, MemberTier):
            return SET_OPERATORS[condition.operator](frozenset(facts.tiers.values()), self.keys)
        read = _ACTIVITY_READERS[type(condition)]
        return OPERATORS[condition.operator](read(activity), self.keys)


class AmountTest(NamedTuple):
    """A compiled threshold on the basket's amount."""

    condition: BasketAmount
    cents: int

    def short_cents(self, basket: Basket) -> int:
        """The cents missing, rounded up so that paying them suffices; 0 when the test is met."""
        per_cent = basket.scale // 100
        short = AMOUNT_OPERATORS[self.condition.operator](basket.total, self.cents * per_cent)
        return -(-short // per_cent)


class Tests(NamedTuple):
    """All conditions of one rule, compiled; within a kind in the document's order."""

    situation: tuple[SituationTest, ...]
    lines: tuple[LineTest, ...]
    amounts: tuple[AmountTest, ...]


def compile_tests(conditions: Sequence[Condition]) -> Tests:
    """Sort the conditions by kind and do once what every evaluation would repeat."""
    situation: list[SituationTest] = []
    lines: list[LineTest] = []
    amounts: list[AmountTest] = []
    for condition in conditions:
        if isinstance(condition, BasketAmount):
            amounts.append(AmountTest(condition, cents(condition.value)))
        elif read := _LINE_READERS.get(type(condition)):
            accept = OPERATORS[condition.operator]
            assert isinstance(condition, KeyCondition)
            lines.append(LineTest(condition, read, accept, frozenset(condition.value)))
        elif isinstance(condition, KeyCondition):
            situation.append(SituationTest(condition, frozenset(condition.value)))
    return Tests(tuple(situation), tuple(lines), tuple(amounts))


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
    if not isinstance(effect, PerAmount):
        return Worth(Phase.BONUS, 0, 1)
    if not cents(effect.per):
        raise RuleInvalid("Points per amount need an amount above 0.", field="effect.per")
    return Worth(Phase.BASE, effect.points * 100, cents(effect.per))
