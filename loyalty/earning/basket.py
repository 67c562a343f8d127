"""What was bought, in whole numbers: Decimals are scaled once, so that rules count in integers."""

from decimal import Decimal
from math import lcm
from typing import NamedTuple

from msgspec import Struct

from loyalty.errors import InvalidRequest
from loyalty.types import Activity, Line

_CENTS = 100
_LARGEST_EXPONENT = 12  # amounts under ten billion
_SMALLEST_EXPONENT = -12


class EarningBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What earns besides goods paid with money: the part paid with points, gift cards, delivery."""

    points_tender: bool = False
    gift_cards: bool = False
    delivery: bool = False


class Basket(NamedTuple):
    """The lines of an activity with their amounts as exact integers of 1/`scale`.

    An activity without lines counts as one nameless line of its whole amount; `bound` then is
    False, because the points belong to no line that anybody sent.
    """

    lines: tuple[Line, ...]
    amounts: list[int]
    scale: int  # a multiple of 100
    total: int  # of all lines, negative ones included: what was paid
    paid: tuple[int, ...]  # positions of the lines that can earn: amount above zero
    bound: bool


def read_basket(activity: Activity) -> Basket:
    """The activity's lines as integers, without any loss.

    Raises InvalidRequest when an amount is not a finite number of a sane size.
    """
    bound = bool(activity.lines)
    lines = activity.lines or (Line(product="", amount=activity.amount),)
    ratios = [_ratio(line.amount, position) for position, line in enumerate(lines)]
    scale = _CENTS
    for _, denominator in ratios:
        if scale % denominator:
            scale = lcm(scale, denominator)
    amounts = [numerator * (scale // denominator) for numerator, denominator in ratios]
    paid = tuple([position for position, amount in enumerate(amounts) if amount > 0])
    return Basket(lines, amounts, scale, sum(amounts), paid, bound)


def _ratio(amount: Decimal, position: int) -> tuple[int, int]:
    if not amount.is_finite() or not (
        _SMALLEST_EXPONENT <= amount.adjusted() < _LARGEST_EXPONENT or not amount
    ):
        raise InvalidRequest("The amount is not a usable number.", field=f"lines.{position}.amount")
    return amount.as_integer_ratio()
