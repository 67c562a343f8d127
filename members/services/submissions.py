"""Is what came in an activity? Checked, written in one way, ready for the engine."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from loyalty.errors import InvalidRequest
from loyalty.services.rulebook import Rulebook
from loyalty.types import Activity, Line, LineKind
from members.errors import CurrencyMismatch, ReturnNotSupported
from members.types import ActivitySubmission, Holder, LineSubmission, ReturnedPart, Submitted

RETURN = "return"
"""The type of an activity that brings goods back."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY = timedelta(minutes=5)
LARGEST_AMOUNT = 10_000_000  # exclusive, of one line and of a whole basket
LARGEST_QUANTITY = 1_000_000  # exclusive

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
_SHORT = 12  # characters; what is longer is hardly said twice
_CENT = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")
_ZERO = Decimal("0.00")
_NONE = Decimal("0.000")
_ONE = Decimal("1.000")
_encode = msgspec.json.Encoder().encode


class _NoNumber(Exception):
    """What was said is no number."""


class _Line(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line as fingerprints have always said it, defaults included."""

    product: str
    amount: Decimal
    category: str
    brand: str
    quantity: Decimal


class _Activity(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An activity as fingerprints have always said it."""

    type: str
    occurred_at: datetime
    channel: str
    location: str
    lines: list[_Line]
    amount: Decimal


class _More(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What activities had no word for at first: said after all else, and only when there is any."""

    kinds: list[LineKind] = []
    tender: Decimal = Decimal(0)
    points_paid: int = 0
    attributes: dict[str, str] = {}
    original: str = ""
    returned: tuple[ReturnedPart, ...] = ()


_NOTHING_MORE = _More()
_GOODS = LineKind.GOODS


def fingerprint_of(book: Rulebook, holder: Holder, submitted: Submitted) -> str:
    """SHA-256 over what must be the same for a repetition to be the same activity.

    However it was written: 1.0 is "1.00", and a member is who they are by any identifier. What is
    hashed never changes for the same activity, or a repetition across an upgrade would be refused.
    """
    activity = submitted.activity
    lines = [
        _Line(
            product=line.product,
            amount=line.amount,
            category=line.category,
            brand=line.brand,
            quantity=line.quantity,
        )
        for line in activity.lines
    ]
    said = _Activity(
        type=activity.type,
        occurred_at=activity.occurred_at,
        channel=activity.channel,
        location=activity.location,
        lines=lines,
        amount=activity.amount,
    )
    more = _more(submitted)
    whole = (book.programme_id, holder.membership_id, said)
    return hashlib.sha256(_encode(whole if more is None else (*whole, more))).hexdigest()


def _more(submitted: Submitted) -> _More | None:
    activity = submitted.activity
    more = _More(
        kinds=[line.kind for line in activity.lines]
        if any(line.kind is not _GOODS for line in activity.lines)
        else [],
        tender=activity.tender,
        points_paid=submitted.points_paid,
        attributes=dict(sorted(activity.attributes.items())),
        original=submitted.original,
        returned=submitted.returned,
    )
    return None if more == _NOTHING_MORE else more


def check_submission(
    submission: ActivitySubmission, *, book: Rulebook, source: str, at: datetime
) -> Submitted:
    """The submission as an activity with exact amounts and a moment in UTC.

    `source` is what its key belongs to. Raises InvalidRequest with the field that is wrong;
    ReturnNotSupported for what is below zero and CurrencyMismatch for another currency than the
    programme's.
    """
    if submission.currency and submission.currency != book.currency:
        raise CurrencyMismatch(f"This programme counts in {book.currency}.", field="currency")
    if submission.type == RETURN:
        return _return(submission, source=source, at=at)
    if submission.original or submission.original_source:
        raise InvalidRequest('Only a "return" has an original.', field="original")
    lines = tuple([_line(line, f"lines.{number}") for number, line in enumerate(submission.lines)])
    activity = Activity(
        type=submission.type,
        occurred_at=check_moment(submission.occurred_at, at),
        channel=submission.channel,
        location=submission.location,
        lines=lines,
        amount=_total(submission, lines),
        attributes=submission.attributes,
    )
    if submission.points_paid is None:
        return Submitted(activity)
    tender = _amount(submission.points_paid.amount, "points_paid.amount")
    if not 0 < tender <= activity.amount:
        raise InvalidRequest(
            "Points pay for a part of the amount, or for all of it.", field="points_paid.amount"
        )
    return Submitted(
        msgspec.structs.replace(activity, tender=tender), submission.points_paid.points
    )


def original_key(source: str, external_id: str) -> str:
    """How a return keeps which sale it is of."""
    return f"{source}:{external_id}"


def _return(submission: ActivitySubmission, *, source: str, at: datetime) -> Submitted:
    if not submission.original:
        raise InvalidRequest(
            "A return names its sale: the external_id that the sale was sent with.",
            field="original",
        )
    if submission.points_paid is not None:
        raise InvalidRequest("Nothing is paid for a return.", field="points_paid")
    parts = [_part(line, f"lines.{at_}") for at_, line in enumerate(submission.lines)]
    amount = _ZERO if submission.amount is None else _amount(submission.amount, "amount")
    if parts and submission.amount is not None:
        raise InvalidRequest("Of lines, each says its own amount.", field="amount")
    if submission.amount is not None:
        if not amount:
            raise InvalidRequest("Nothing comes back.", field="amount")
        parts = [ReturnedPart(0, _NONE, amount)]
    activity = Activity(
        type=RETURN,
        occurred_at=check_moment(submission.occurred_at, at),
        channel=submission.channel,
        location=submission.location,
        amount=sum((part.amount for part in parts), _ZERO),
        attributes=submission.attributes,
    )
    original = original_key(submission.original_source or source, submission.original)
    return Submitted(activity, 0, original, tuple(parts))


def _part(line: LineSubmission, place: str) -> ReturnedPart:
    """A line of the sale that comes back; zero stands for what is not said."""
    if not line.line:
        raise InvalidRequest(
            "Say which line of the sale comes back, counted from 1.", field=f"{place}.line"
        )
    for field in ("product", "category", "brand"):
        if getattr(line, field):
            raise InvalidRequest("The sale has told this.", field=f"{place}.{field}")
    amount = _ZERO if line.amount is None else _amount(line.amount, f"{place}.amount")
    if line.amount is not None and not amount:
        raise InvalidRequest("Nothing is paid back.", field=f"{place}.amount")
    if line.quantity is not None:
        return ReturnedPart(line.line, _quantity(line, place), amount)
    return ReturnedPart(line.line, _NONE if amount else _ONE, amount)


def _line(line: LineSubmission, place: str) -> Line:
    if not line.product:
        raise InvalidRequest("Say what was bought.", field=f"{place}.product")
    if line.line:
        raise InvalidRequest('Only a "return" says which line it is of.', field=f"{place}.line")
    return Line(
        product=line.product,
        amount=_amount(line.amount, f"{place}.amount"),
        category=line.category,
        brand=line.brand,
        quantity=_ONE if line.quantity is None else _quantity(line, place),
        kind=_GOODS if line.kind == "GOODS" else LineKind(line.kind),
    )


def _quantity(line: LineSubmission, place: str) -> Decimal:
    quantity = _exact(line.quantity, _THOUSANDTH, f"{place}.quantity")
    if not 0 < quantity < LARGEST_QUANTITY:
        raise InvalidRequest(
            f"A quantity is above zero and under {LARGEST_QUANTITY}.", field=f"{place}.quantity"
        )
    return quantity


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
        raise ReturnNotSupported(
            'Amounts are not below zero: send what comes back as a "return".', field=place
        )
    if amount >= LARGEST_AMOUNT:
        raise InvalidRequest(f"An amount is under {LARGEST_AMOUNT}.", field=place)
    return amount


def _exact(value: Any, unit: Decimal, place: str) -> Decimal:
    """The number with exactly the unit's decimals; refused when it has more."""
    try:
        if isinstance(value, str) and len(value) <= _SHORT:
            return _exactly(value, unit)  # prices and quantities come again and again
        return _quantized(_number(value), unit)
    except _NoNumber:
        raise InvalidRequest('This is no number. Send 12.50 or "12.50".', field=place) from None
    except (Inexact, InvalidOperation):
        decimals = -int(unit.as_tuple().exponent)
        raise InvalidRequest(
            f"This number is too large, or has more than {decimals} decimals.", field=place
        ) from None


@lru_cache(maxsize=32_768)
def _exactly(said: str, unit: Decimal) -> Decimal:
    return _quantized(_number(said), unit)


def _number(value: Any) -> Decimal:
    if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise _NoNumber
    return value


def _quantized(number: Decimal, unit: Decimal) -> Decimal:
    return _EXACT.quantize(number, unit) + 0  # there is no negative zero in a basket


def check_moment(occurred_at: datetime, at: datetime) -> datetime:
    """The moment in UTC. Raises InvalidRequest for one that cannot be."""
    if occurred_at.utcoffset() is None:
        raise InvalidRequest("The moment needs a time zone.", field="occurred_at")
    if occurred_at > at + CLOCKS_DIFFER_BY:
        raise InvalidRequest("The moment lies in the future.", field="occurred_at")
    if occurred_at < EARLIEST:
        raise InvalidRequest(f"The moment lies before {EARLIEST.year}.", field="occurred_at")
    return occurred_at.astimezone(UTC)
