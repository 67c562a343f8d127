"""Points as money: what so many are worth, and how many an amount takes."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from loyalty.errors import InvalidRequest
from rewards.kinds.terms import Tender

CENT = Decimal("0.01")


def tender_worth(terms: Tender, points: int) -> Decimal:
    """What so many points are worth, to the cent; a half cent is the member's."""
    return (points * terms.point_worth).quantize(CENT, ROUND_HALF_UP)


def tender_points(terms: Tender, money: Decimal) -> int:
    """The most points that may pay for a basket of that amount, in whole steps.

    They are worth no more than the share of it that points may pay. Zero when that is less than
    `at_least`.
    """
    payable = (money * terms.share / 100).quantize(CENT, ROUND_FLOOR)
    points = int(payable / terms.point_worth)
    if terms.at_most is not None:
        points = min(points, terms.at_most)
    points -= points % terms.step
    return points if points >= terms.at_least else 0


def check_tender(terms: Tender, points: int, *, basket: Decimal | None = None) -> None:
    """See that a member may pay with so many; of a basket, when it is known.

    Raises InvalidRequest.
    """
    if points < terms.at_least or points < 1:
        raise InvalidRequest(f"Pay with {terms.at_least} points or more.", field="points")
    if points % terms.step:
        raise InvalidRequest(f"Pay with a multiple of {terms.step} points.", field="points")
    if terms.at_most is not None and points > terms.at_most:
        raise InvalidRequest(f"Pay with {terms.at_most} points at most.", field="points")
    if basket is not None and points > tender_points(terms, basket):
        raise InvalidRequest("That is more than may be paid with points.", field="points")
