"""Is what came in an activity? Checked, written in one way, ready for the engine."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

import msgspec

from loyalty.errors import InvalidRequest
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Line
from members.errors import CurrencyMismatch, ReturnNotSupported
from members.types import ActivitySubmission, Holder, LineSubmission

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY = timedelta(minutes=5)
LARGEST_AMOUNT = 10_000_000  # exclusive, of one line and of a whole basket
LARGEST_QUANTITY = 1_000_000  # exclusive

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
_CENT = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")
_encode = msgspec.json.Encoder().encode


def fingerprint_of(book: Rulebook, holder: Holder, activity: Activity) -> str:
    """SHA-256 over what must be the same for a repetition to be the same activity.

    However it was written: 1.0 is "1.00", and a member is who they are by any identifier.
    """
    return hashlib.sha256(_encode((book.programme_id, holder.membership_id, activity))).hexdigest()


def check_submission(submission: ActivitySubmission, *, book: Rulebook, at: datetime) -> Activity:
    """The submission as an activity with exact amounts and a moment in UTC.

    Raises InvalidRequest with the field that is wrong; ReturnNotSupported for what is below zero
    and CurrencyMismatch for another currency than the programme's.
    """
    if submission.currency and submission.currency != book.currency:
        raise CurrencyMismatch(f"This programme counts in {book.currency}.", field="currency")
    lines = tuple([_line(line, f"lines.{number}") for number, line in enumerate(submission.lines)])
    return Activity(
        type=submission.type,
        occurred_at=_moment(submission.occurred_at, at),
        channel=submission.channel,
        location=submission.location,
        lines=lines,
        amount=_total(submission, lines),
    )


def _line(line: LineSubmission, place: str) -> Line:
    quantity = _exact(line.quantity, _THOUSANDTH, f"{place}.quantity")
    if not 0 < quantity < LARGEST_QUANTITY:
        raise InvalidRequest(
            f"A quantity is above zero and under {LARGEST_QUANTITY}.", field=f"{place}.quantity"
        )
    return Line(
        product=line.product,
        amount=_amount(line.amount, f"{place}.amount"),
        category=line.category,
        brand=line.brand,
        quantity=quantity,
    )


def _total(submission: ActivitySubmission, lines: tuple[Line, ...]) -> Decimal:
    """The sum of the lines, or the amount of an activity without any."""
    said = None if submission.amount is None else _amount(submission.amount, "amount")
    if not lines:
        if said is None and submission.type == "purchase":
            raise InvalidRequest("A purchase has lines or an amount.", field="amount")
        return said or Decimal("0.00")
    total = sum([line.amount for line in lines], Decimal("0.00"))
    if said is not None and said != total:
        raise InvalidRequest(f"The lines come to {total}.", field="amount")
    return _amount(total, "lines")


def _amount(value: Any, place: str) -> Decimal:
    amount = _exact(value, _CENT, place)
    if amount < 0:
        raise ReturnNotSupported("Amounts below zero are not taken yet.", field=place)
    if amount >= LARGEST_AMOUNT:
        raise InvalidRequest(f"An amount is under {LARGEST_AMOUNT}.", field=place)
    return amount


def _exact(value: Any, unit: Decimal, place: str) -> Decimal:
    """The number with exactly the unit's decimals; refused when it has more."""
    if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidRequest('This is no number. Send 12.50 or "12.50".', field=place)
    try:
        return _EXACT.quantize(value, unit) + 0  # there is no negative zero in a basket
    except (Inexact, InvalidOperation):
        decimals = -int(unit.as_tuple().exponent)
        raise InvalidRequest(
            f"This number is too large, or has more than {decimals} decimals.", field=place
        ) from None


def _moment(occurred_at: datetime, at: datetime) -> datetime:
    if occurred_at.utcoffset() is None:
        raise InvalidRequest("The moment needs a time zone.", field="occurred_at")
    if occurred_at > at + CLOCKS_DIFFER_BY:
        raise InvalidRequest("The moment lies in the future.", field="occurred_at")
    if occurred_at < EARLIEST:
        raise InvalidRequest(f"The moment lies before {EARLIEST.year}.", field="occurred_at")
    return occurred_at.astimezone(UTC)
