"""What a voucher takes off a basket, to the cent and by line. Pure.

Vouchers are taken one after the other: each works on what those before it left of the lines.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from loyalty.errors import DomainError
from loyalty.types import Line, LineKind
from rewards.kinds import Delivery, Discount, Product, Terms
from rewards.sales import NOTHING

CENT = Decimal("0.01")


class NothingToTakeOff(DomainError):
    """Nothing in the basket is what the voucher is for."""

    code = "nothing_to_take_off"


class MinimumNotMet(DomainError):
    """The basket does not come to what the voucher asks; `facts` says how much is missing."""

    code = "minimum_not_met"

    def __init__(self, missing: Decimal) -> None:
        super().__init__(f"The basket is {missing} short of what this voucher asks.")
        self.missing = missing

    @property
    def facts(self) -> dict[str, str]:
        return {"missing": str(self.missing)}


def taken_off(terms: Terms, lines: Sequence[Line], left: Sequence[Decimal]) -> list[Decimal]:
    """Of each line what comes off; `left` is what earlier vouchers left of them.

    What is handed over as it is (a gift, a service) takes nothing off. Raises MinimumNotMet and
    NothingToTakeOff.
    """
    match terms:
        case Discount():
            return _discount(terms, lines, left)
        case Product():
            return _products(terms, lines, left)
        case Delivery():
            _check_minimum(terms.minimum, left)
            is_theirs = [terms.option == "free" and one.kind is LineKind.DELIVERY for one in lines]
            return [of if mine else NOTHING for of, mine in zip(left, is_theirs, strict=True)]
    return [NOTHING] * len(lines)


def _discount(terms: Discount, lines: Sequence[Line], left: Sequence[Decimal]) -> list[Decimal]:
    _check_minimum(terms.minimum, left)
    fits = [of if _is_meant(terms, line) else NOTHING for line, of in zip(lines, left, strict=True)]
    base = sum(fits, NOTHING)
    if base <= 0:
        raise NothingToTakeOff("Nothing in the basket is what this voucher is for.")
    if terms.amount is not None:
        off = min(terms.amount, base)
    else:
        off = (base * (terms.percent or Decimal(0)) / 100).quantize(CENT, ROUND_HALF_UP)
        off = min(off, base, terms.at_most or off)
    return spread(off.quantize(CENT), fits)


def _is_meant(terms: Discount, line: Line) -> bool:
    if line.kind is not LineKind.GOODS:
        return False
    if not (terms.products or terms.categories):
        return True
    return line.product in terms.products or line.category in terms.categories


def _products(terms: Product, lines: Sequence[Line], left: Sequence[Decimal]) -> list[Decimal]:
    """So many pieces free, the dearest first."""
    off = [NOTHING] * len(lines)
    pieces = Decimal(terms.quantity)
    meant = [at for at, line in enumerate(lines) if line.product in terms.products and left[at] > 0]
    for at in sorted(meant, key=lambda at: left[at] / lines[at].quantity, reverse=True):
        free = min(pieces, lines[at].quantity)
        off[at] = (left[at] * free / lines[at].quantity).quantize(CENT, ROUND_HALF_UP)
        pieces -= free
        if not pieces:
            break
    # A sale told as one amount names no article: then the piece is handed over beside it.
    if not meant and any(line.product for line in lines):
        raise NothingToTakeOff("Nothing in the basket is what this voucher is for.")
    return off


def _check_minimum(minimum: Decimal, left: Sequence[Decimal]) -> None:
    missing = minimum - sum(left, NOTHING)
    if missing > 0:
        raise MinimumNotMet(missing)


def spread(money: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """The money in proportion, by largest remainder; never more on a line than it has."""
    whole = sum(over, NOTHING)
    exact = [money * each / whole for each in over]
    parts = [each.quantize(CENT, ROUND_FLOOR) for each in exact]
    cents = int((money - sum(parts, NOTHING)) / CENT)
    order = sorted(range(len(over)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[:cents]:
        parts[at] += CENT
    return parts
