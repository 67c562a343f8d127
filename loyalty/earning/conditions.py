"""When a rule holds: the fields it may look at and the operators it may use.

A condition belongs to one of three kinds: of the line (decides which lines count), of the
situation (channel, location, member), or of the basket's amount (a threshold, which can say
how short it is). A new field is a struct here, a reader beside it and a phrase in `wording`.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from loyalty.earning.basket import Basket
from loyalty.types import Activity, Line, MemberFacts

# Patterns end in $(?!\n) because Python's $ alone lets a last line feed through.
# No comma and no plus in front: a reason's params list keys as "paint,stain,+12".
Key = Annotated[str, Meta(pattern=r"^[^,+\s]([^,\x00-\x1f]{0,98}[^,\s])?$(?!\n)")]
Keys = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=1000)]
Money = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$(?!\n)", examples=["50.00"])]


class KeyCondition(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="field"
):
    """The field is, or is not, one of the keys."""

    operator: Literal["in", "not_in"]
    value: Keys


class LineCategory(KeyCondition, frozen=True, kw_only=True, tag="line.category"):
    """The category of a basket line."""


class LineProduct(KeyCondition, frozen=True, kw_only=True, tag="line.product"):
    """The product code of a basket line."""


class LineBrand(KeyCondition, frozen=True, kw_only=True, tag="line.brand"):
    """The brand of a basket line."""


class ActivityChannel(KeyCondition, frozen=True, kw_only=True, tag="activity.channel"):
    """The channel the activity came through."""


class ActivityLocation(KeyCondition, frozen=True, kw_only=True, tag="activity.location"):
    """The location where the activity happened."""


class MemberTier(KeyCondition, frozen=True, kw_only=True, tag="member.tier"):
    """The tier the member has at that moment."""


class MemberSegment(KeyCondition, frozen=True, kw_only=True, tag="member.segment"):
    """The segments the member is in: `in` wants at least one of them, `not_in` none."""


class BasketAmount(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="field",
    tag="basket.amount",
):
    """What was paid for the whole basket, lines that earn nothing included."""

    operator: Literal["at_least"]
    value: Money


Condition = (
    LineCategory
    | LineProduct
    | LineBrand
    | ActivityChannel
    | ActivityLocation
    | MemberTier
    | MemberSegment
    | BasketAmount
)

AnyCondition = KeyCondition | BasketAmount  # the same, said by base class


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
            lines.append(LineTest(condition, read, accept, frozenset(condition.value)))
        else:
            situation.append(SituationTest(condition, frozenset(condition.value)))
    return Tests(tuple(situation), tuple(lines), tuple(amounts))


def cents(money: str) -> int:
    """A Money text ("12.5") as whole cents (1250)."""
    whole, _, fraction = money.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def field_of(condition: AnyCondition) -> str:
    """The condition's field as the document writes it, "line.category"."""
    return str(type(condition).__struct_config__.tag)
