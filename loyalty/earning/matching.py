"""Which lines of the basket count for a rule: its conditions of the line, made ready to be used."""

from collections.abc import Callable
from operator import attrgetter

from loyalty.earning.basket import Basket, Positions
from loyalty.earning.conditions import (
    Condition,
    LineBrand,
    LineCategory,
    LineKinds,
    LineProduct,
)
from loyalty.types import Line

Matcher = Callable[[Basket, Positions], Positions]

_READERS: dict[type[Condition], Callable[[Line], str]] = {
    LineCategory: attrgetter("category"),
    LineProduct: attrgetter("product"),
    LineBrand: attrgetter("brand"),
    LineKinds: attrgetter("kind"),
}


def matcher_of(condition: Condition) -> Matcher | None:
    """Those of the positions whose line meets the condition; None if it is not of the line."""
    if not isinstance(condition, LineCategory | LineProduct | LineBrand | LineKinds):
        return None
    read = _READERS[type(condition)]
    keys = frozenset(condition.value)
    return _is_one_of(read, keys) if condition.operator == "in" else _is_none_of(read, keys)


def _is_one_of(read: Callable[[Line], str], keys: frozenset[str]) -> Matcher:
    def match(basket: Basket, positions: Positions) -> Positions:
        lines = basket.lines
        return tuple([at for at in positions if read(lines[at]) in keys])

    return match


def _is_none_of(read: Callable[[Line], str], keys: frozenset[str]) -> Matcher:
    def match(basket: Basket, positions: Positions) -> Positions:
        lines = basket.lines
        return tuple([at for at in positions if read(lines[at]) not in keys])

    return match
