"""What is kept of a sale after its returns, and what that would have earned.

The kept basket is judged by the rules and the facts of the sale. So the order in which things come
back makes no difference, and selling much to take most of it back earns what selling little does.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec import Struct, structs

from loyalty.earning.ruleset import RuleSet, award
from loyalty.types import Activity, Award, Grant, Line, MemberFacts, Reason

_CENT = Decimal("0.01")
_NONE = Decimal(0)


class ReturnedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much of a line that came back: the sale's line by its place, or any line of a product.

    Without an amount it is the quantity's part of what was paid; an amount without a quantity is
    money given back for goods that were kept. Of a sale without lines only the amount counts.
    """

    line: int | None = None
    product: str = ""
    quantity: Decimal = _NONE
    amount: Decimal | None = None


Returned = tuple[ReturnedLine, ...]
WHOLE: Returned = ()  # a return that names no lines: all that was still there


class Kept(NamedTuple):
    """What is left: the basket, None for nothing paid; and of its lines the places in the sale.

    `is_exceeded`: more came back than there was; only what was there counts.
    """

    basket: Activity | None
    places: tuple[int, ...] = ()
    is_exceeded: bool = False


class _Rest:
    """One line of the sale, and what is still there of it."""

    __slots__ = ("given_back", "is_exceeded", "left", "line", "paid_back")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.left = line.quantity
        self.paid_back = _NONE  # quantity whose part of the amount went back
        self.given_back = _NONE  # amounts that were named
        self.is_exceeded = False

    def give(self, quantity: Decimal, amount: Decimal | None) -> None:
        self.is_exceeded |= quantity > self.left
        quantity = min(quantity, self.left)
        self.left -= quantity
        if amount is None:
            self.paid_back += quantity
        else:
            self.given_back += amount

    @property
    def amount(self) -> Decimal:
        """What is still paid for it; nothing once all of it came back."""
        line = self.line
        if line.quantity > 0 and not self.left:
            return _NONE
        kept = line.amount
        if self.paid_back:
            part = (line.quantity - self.paid_back) / line.quantity
            kept = (line.amount * part).quantize(_CENT, ROUND_HALF_UP)
        return max(kept - self.given_back, min(kept, _NONE))


def kept_basket(sale: Activity, returns: Iterable[Returned]) -> Kept:
    """What all these returns leave of the sale, whatever their order.

    A return that names no lines brings back everything that no other return names.
    """
    lines = sale.lines or (Line(product="", amount=sale.amount),)
    rests = [_Rest(line) for line in lines]
    is_exceeded = is_whole = False
    for returned in returns:
        is_whole = is_whole or returned == WHOLE
        for each in returned:
            is_exceeded |= not _give_back(rests, each, has_lines=bool(sale.lines))
    is_exceeded |= any(rest.is_exceeded or rest.given_back > rest.line.amount for rest in rests)
    if is_whole:
        return Kept(None, (), is_exceeded)
    return _what_is_left(sale, rests, is_exceeded)


def worth_of_kept(
    rule_set: RuleSet, sale: Activity, facts: MemberFacts, given: Award, kept: Kept
) -> Award:
    """What the kept basket earns by the rules and facts of the sale, and no more than was given.

    `given` is what the sale itself earned. Line points are by the sale's lines, as its own are.
    """
    if kept.basket is None:
        return nothing(given)
    earned = award(rule_set, kept.basket, facts)
    if len(kept.places) != len(sale.lines):
        earned = _by_sale_lines(earned, kept.places, len(sale.lines))
    return _at_most(earned, given)


def nothing(given: Award) -> Award:
    """The award of a sale of which nothing is left."""
    return Award(points=0, line_points=(0,) * len(given.line_points))


# --- The basket --------------------------------------------------------------------------------


def _give_back(rests: Sequence[_Rest], returned: ReturnedLine, *, has_lines: bool) -> bool:
    """Take it off the line it names, or off lines of its product; False if it fits nowhere."""
    if not has_lines:
        rests[0].give(_NONE, rests[0].line.amount if returned.amount is None else returned.amount)
        return True
    if returned.line is not None:
        if not 0 <= returned.line < len(rests):
            return False
        rests[returned.line].give(returned.quantity, returned.amount)
        return True
    return _give_back_product(rests, returned)


def _give_back_product(rests: Sequence[_Rest], returned: ReturnedLine) -> bool:
    """From the first lines of the product that still have some; what is too much off the last."""
    lines = [rest for rest in rests if rest.line.product == returned.product]
    if not lines:
        return False
    quantity, amount = returned.quantity, returned.amount
    for rest in lines[:-1]:
        taken = min(quantity, rest.left)
        if taken and amount is None:
            rest.give(taken, None)
            quantity -= taken
        elif taken and taken == quantity:
            rest.give(taken, amount)
            return True
    if quantity or amount is not None:
        lines[-1].give(quantity, amount)
    return True


def _what_is_left(sale: Activity, rests: Sequence[_Rest], is_exceeded: bool) -> Kept:
    if not sale.lines:
        left = rests[0].amount
        basket = _with(sale, (), left) if left > 0 else None
        return Kept(basket, (), is_exceeded)
    left_over = [
        (place, structs.replace(rest.line, quantity=rest.left, amount=rest.amount))
        for place, rest in enumerate(rests)
        if rest.left > 0 or rest.line.quantity <= 0
    ]
    was_paid = any(rest.line.amount > 0 for rest in rests)
    if not any(line.amount > 0 or not was_paid for _place, line in left_over):
        return Kept(None, (), is_exceeded)
    lines = tuple(line for _place, line in left_over)
    basket = _with(sale, lines, sum((line.amount for line in lines), start=_NONE))
    return Kept(basket, tuple(place for place, _line in left_over), is_exceeded)


def _with(sale: Activity, lines: tuple[Line, ...], amount: Decimal) -> Activity:
    """The sale with less in it; what points paid for goes down in proportion."""
    tender = sale.tender
    if tender and sale.amount > 0:
        tender = (tender * max(amount, _NONE) / sale.amount).quantize(_CENT, ROUND_HALF_UP)
    return structs.replace(sale, lines=lines, amount=amount, tender=tender)


# --- The award ---------------------------------------------------------------------------------


def _by_sale_lines(earned: Award, places: tuple[int, ...], lines: int) -> Award:
    """The same award with its line points at the places of the sale's lines."""
    return structs.replace(
        earned,
        line_points=_placed(earned.line_points, places, lines),
        grants=tuple(
            structs.replace(grant, line_points=_placed(grant.line_points, places, lines))
            for grant in earned.grants
        ),
        reasons=tuple(
            structs.replace(reason, lines=tuple(places[at] for at in reason.lines))
            if reason.lines
            else reason
            for reason in earned.reasons
        ),
    )


def _placed(points: tuple[int, ...], places: tuple[int, ...], lines: int) -> tuple[int, ...]:
    if not points:
        return points
    placed = [0] * lines
    for place, earned in zip(places, points, strict=True):
        placed[place] = earned
    return tuple(placed)


def _at_most(earned: Award, given: Award) -> Award:
    """Without what goes beyond the points given of a unit: less in the basket earns no more."""
    before = _totals(given)
    beyond = {
        unit: points - before.get(unit, 0)
        for unit, points in _totals(earned).items()
        if points > before.get(unit, 0)
    }
    if not beyond:
        return earned
    reasons = _told(earned.reasons, dict(beyond))
    grants = tuple(reversed([_cut(grant, beyond) for grant in reversed(earned.grants)]))
    own = [grant for grant in grants if grant.unit == "points"]
    by_line = [sum(column) for column in zip(*(g.line_points for g in own if g.line_points))]  # noqa: B905
    return structs.replace(
        earned,
        points=sum(grant.points for grant in own),
        line_points=tuple(by_line) or (0,) * len(earned.line_points),
        loose_points=sum(grant.loose_points for grant in own),
        grants=tuple(grant for grant in grants if grant.points),
        reasons=reasons,
    )


def _totals(of: Award) -> dict[str, int]:
    totals: dict[str, int] = {}
    for grant in of.grants:
        totals[grant.unit] = totals.get(grant.unit, 0) + grant.points
    return totals


def _cut(grant: Grant, beyond: dict[str, int]) -> Grant:
    """The grant without what its unit has too much: loose points first, then the last lines."""
    cut = min(beyond.get(grant.unit, 0), grant.points)
    if not cut:
        return grant
    beyond[grant.unit] -= cut
    loose = max(0, grant.loose_points - cut)
    rest = cut - (grant.loose_points - loose)
    by_line = list(grant.line_points)
    for place in range(len(by_line) - 1, -1, -1):
        less = min(rest, by_line[place])
        by_line[place] -= less
        rest -= less
    return structs.replace(
        grant, points=grant.points - cut, line_points=tuple(by_line), loose_points=loose
    )


def _told(reasons: tuple[Reason, ...], beyond: dict[str, int]) -> tuple[Reason, ...]:
    """The reasons with what was cut taken off the last that gave it."""
    told: list[Reason] = []
    for reason in reversed(reasons):
        cut = min(beyond.get(reason.unit, 0), reason.points)
        if cut:
            beyond[reason.unit] -= cut
            params = {**reason.params, "cut": str(cut), "limit": "sale"}
            told.append(structs.replace(reason, points=reason.points - cut, params=params))
        else:
            told.append(reason)
    return tuple(reversed(told))
