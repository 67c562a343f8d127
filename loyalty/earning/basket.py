"""What was bought, in whole numbers: Decimals are scaled once, so that rules count in integers."""

from collections.abc import Sequence
from decimal import Decimal
from math import lcm
from typing import NamedTuple

from loyalty.earning.rounding import spread
from loyalty.errors import InvalidRequest
from loyalty.types import Activity, EarningBase, Line, LineKind, Rounding

Positions = tuple[int, ...]

_CENTS = 100
_THOUSANDTHS = 1000
_LARGEST_EXPONENT = 12  # amounts under ten billion
_SMALLEST_EXPONENT = -12


class Basket(NamedTuple):
    """The lines of an activity with what earns of each as exact integers of 1/`scale`.

    What does not earn is left out: lines of excluded kinds have amount 0, and what points paid for
    is taken off the others. An activity without lines counts as one nameless line of its whole
    amount; `bound` then is False, because the points belong to no line that anybody sent.
    """

    lines: tuple[Line, ...]
    amounts: list[int]
    scale: int  # a multiple of 100
    total: int  # of all amounts, negative ones included
    paid: Positions  # of the lines that can earn: amount above zero
    bound: bool
    is_reduced: bool  # whether the earning base left anything out


def read_basket(activity: Activity, base: EarningBase) -> Basket:
    """The activity's lines as integers, without any loss.

    Excluded tender comes off the goods in proportion to their amounts (whole units of 1/scale,
    the largest remainders first), what is left of it off the other lines that earn.
    Raises InvalidRequest when an amount is not a finite number of a sane size.
    """
    bound = bool(activity.lines)
    lines = activity.lines or (Line(product="", amount=activity.amount),)
    scale, amounts = _scaled([line.amount for line in lines], "lines.{}.amount")
    is_reduced = False
    excluded = _excluded(base)
    if excluded:
        for position, line in enumerate(lines):
            if line.kind in excluded and amounts[position]:
                amounts[position] = 0
                is_reduced = True
    if activity.tender and not base.points_tender:
        scale, amounts = _less_tender(activity.tender, lines, scale, amounts)
        is_reduced = True
    paid = tuple([position for position, amount in enumerate(amounts) if amount > 0])
    return Basket(lines, amounts, scale, sum(amounts), paid, bound, is_reduced)


def read_quantities(lines: Sequence[Line]) -> list[int]:
    """The quantity of each line in whole thousandths, rounded down; nothing below zero.

    Raises InvalidRequest when a quantity is not a finite number of a sane size.
    """
    quantities = []
    for position, line in enumerate(lines):
        numerator, denominator = _ratio(line.quantity, "lines.{}.quantity", position)
        quantities.append(max(0, numerator * _THOUSANDTHS // denominator))
    return quantities


def _excluded(base: EarningBase) -> frozenset[LineKind]:
    return _EXCLUDED[base.gift_cards, base.delivery]


_EXCLUDED: dict[tuple[bool, bool], frozenset[LineKind]] = {
    (False, False): frozenset({LineKind.GIFT_CARD, LineKind.DELIVERY}),
    (False, True): frozenset({LineKind.GIFT_CARD}),
    (True, False): frozenset({LineKind.DELIVERY}),
    (True, True): frozenset(),
}


def _less_tender(
    tender: Decimal, lines: Sequence[Line], scale: int, amounts: Sequence[int]
) -> tuple[int, list[int]]:
    numerator, denominator = _ratio(tender, "tender", 0)
    finer = lcm(scale, denominator)
    left = [amount * (finer // scale) for amount in amounts]
    to_take = max(0, numerator * (finer // denominator))
    goods = [line.kind == LineKind.GOODS for line in lines]
    for kind in (True, False):
        at = [place for place, is_goods in enumerate(goods) if is_goods is kind]
        at = [place for place in at if left[place] > 0]
        there = sum([left[place] for place in at])
        taken = min(to_take, there)
        if taken:
            parts = spread([left[place] * taken for place in at], there, Rounding.FLOOR)
            for place, part in zip(at, parts, strict=True):
                left[place] -= part
            to_take -= taken
    return finer, left


def _scaled(numbers: Sequence[Decimal], field: str) -> tuple[int, list[int]]:
    ratios = [_ratio(number, field, position) for position, number in enumerate(numbers)]
    scale = _CENTS
    for _, denominator in ratios:
        if scale % denominator:
            scale = lcm(scale, denominator)
    return scale, [numerator * (scale // denominator) for numerator, denominator in ratios]


def _ratio(number: Decimal, field: str, position: int) -> tuple[int, int]:
    try:
        if _SMALLEST_EXPONENT <= number.adjusted() < _LARGEST_EXPONENT or not number:
            return number.as_integer_ratio()
    except (ValueError, OverflowError):  # what is not finite has no ratio
        pass
    except ArithmeticError:  # a signalling NaN objects to any question
        pass
    raise InvalidRequest("The amount is not a usable number.", field=field.format(position))
