"""What each kind of reward is exactly: its own fields, and how it is proved that a member got it.

A reward's `terms` are one of these documents without its kind, which stands in a column.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import msgspec
from msgspec import Meta

from loyalty.errors import InvalidRequest
from loyalty.types import Words


class Within(NamedTuple):
    """Between what a Decimal has to be; msgspec bounds whole numbers and binary ones only."""

    above: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    def holds(self, said: Decimal) -> bool:
        return (
            said.is_finite()
            and (self.above is None or said > self.above)
            and (self.at_least is None or said >= self.at_least)
            and (self.at_most is None or said <= self.at_most)
        )


Money = Annotated[Decimal, Within(at_least=0)]
Amount = Annotated[Decimal, Within(above=0)]
Percent = Annotated[Decimal, Within(above=0, at_most=100)]
Count = Annotated[int, Meta(ge=1, le=1000)]
Code = Annotated[str, Meta(min_length=1, max_length=60)]
Link = Annotated[str, Meta(max_length=300, pattern=r"^(https://.*)?$")]


class Proof(StrEnum):
    """How a member gets a reward of a kind, and what proves that they did."""

    VOUCHER = "VOUCHER"  # a code that is handed in; proved by its use
    DELIVERY = "DELIVERY"  # staff send, hand over, or book and do it; proved by their saying so
    CODE = "CODE"  # a partner's code is shown; proved by its being handed out
    AT_ONCE = "AT_ONCE"  # it is done the moment it is paid


class Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money or a percentage off: the basket, or the products named in it. One of the two."""

    amount: Amount | None = None
    percent: Percent | None = None
    at_most: Amount | None = None  # with a percentage
    minimum: Money = Decimal(0)  # of the basket
    products: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many of one of these products, free, when they are in the basket."""

    products: Annotated[tuple[Code, ...], Meta(min_length=1)]
    quantity: Count = 1
    worth: Money = Decimal(0)  # of one, when the basket does not say


class Gift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is no article of the shop: handed over against the voucher, or delivered."""

    ways: tuple[str, ...] = ()  # of Fulfilment.Way that the member chooses from; none: the voucher
    options: tuple[Words, ...] = ()  # colour, size


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an order comes home: free, faster, or at a time the member chooses."""

    option: Annotated[str, Meta(pattern="^(free|faster|slot)$")] = "free"
    slots: tuple[Words, ...] = ()
    minimum: Money = Decimal(0)


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody's time: advice, a workshop, a repair; booked with the shop."""

    service: Annotated[str, Meta(pattern="^(advice|workshop|repair|other)$")] = "advice"
    minutes: Annotated[int, Meta(ge=5, le=1440)] = 30


class Samples(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many samples, chosen from these; from all there are when none is named."""

    count: Count = 1
    samples: tuple[Words, ...] = ()
    ways: tuple[str, ...] = ("COLLECT",)


class Experience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place at something that happens once; the stock is the number of places."""

    starts_at: datetime
    ends_at: datetime
    venue: Annotated[str, Meta(min_length=1, max_length=200)]


class EarlyAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To come in, or buy, before others; from then on everybody may."""

    opens_at: datetime
    for_all_at: datetime
    link: Link = ""


class Donation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The points go to a good cause."""

    cause: Annotated[str, Meta(min_length=1, max_length=100)]


class Partner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code out of a partner's pool."""

    pool: Code
    where: Words
    link: Link = ""


class Tender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points as money for what the member or the cashier chooses, at so much a point."""

    point_worth: Annotated[Decimal, Within(above=0, at_most=100)]
    step: Count = 1  # in whole steps of so many points
    at_least: Annotated[int, Meta(ge=1)] = 1
    at_most: Annotated[int, Meta(ge=1)] | None = None  # points, per basket
    share: Percent = Decimal(100)  # of the basket, at most


class Multiplier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every purchase earns so many times its points for so many days."""

    factor: Annotated[Decimal, Within(above=1, at_most=20)]
    days: Annotated[int, Meta(ge=1, le=366)] = 7


class CashCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card with money on it, spent in as many times as it lasts."""

    value: Annotated[Decimal, Within(above=0, at_most=10_000)]


Terms = (
    Discount
    | Product
    | Gift
    | Delivery
    | Service
    | Samples
    | Experience
    | EarlyAccess
    | Donation
    | Partner
    | Tender
    | Multiplier
    | CashCard
)

SHAPES: Mapping[str, type[Terms]] = {
    "DISCOUNT": Discount,
    "PRODUCT": Product,
    "GIFT": Gift,
    "DELIVERY": Delivery,
    "SERVICE": Service,
    "SAMPLES": Samples,
    "EXPERIENCE": Experience,
    "EARLY_ACCESS": EarlyAccess,
    "DONATION": Donation,
    "PARTNER": Partner,
    "TENDER": Tender,
    "MULTIPLIER": Multiplier,
    "CASH_CARD": CashCard,
}


def read_terms(kind: str, terms: Mapping[str, Any]) -> Terms:
    """A reward's terms, typed. Raises InvalidRequest, which names the field, for what cannot be."""
    try:
        read = msgspec.convert(terms, SHAPES[kind], strict=False)
    except msgspec.ValidationError as wrong:
        said, _, path = str(wrong).partition(" - at `$.")
        raise InvalidRequest(
            said, field=f"terms.{path.rstrip('`')}" if path else "terms"
        ) from wrong
    _check_bounds(read)
    _check(read)
    return read


def written(terms: Terms) -> dict[str, Any]:
    """The terms as they are kept; money and moments as text."""
    said: dict[str, Any] = msgspec.to_builtins(terms)
    return said


def proof_of(terms: Terms) -> Proof:
    """How a member gets it."""
    match terms:
        case Gift(ways=ways) | Samples(ways=ways):
            return Proof.DELIVERY if ways else Proof.VOUCHER
        case Service():
            return Proof.DELIVERY
        case Partner():
            return Proof.CODE
        case Donation() | Multiplier() | Tender():
            return Proof.AT_ONCE
    return Proof.VOUCHER


def _check_bounds(terms: Terms) -> None:
    for field, within in _bounds(type(terms)):
        said = getattr(terms, field)
        if said is not None and not within.holds(said):
            raise InvalidRequest("This number is too small or too large.", field=f"terms.{field}")


@cache
def _bounds(shape: type[Terms]) -> list[tuple[str, Within]]:
    hints = get_type_hints(shape, include_extras=True)
    return [(field, within) for field, hint in hints.items() for within in _within(hint)]


def _within(hint: Any) -> list[Within]:
    """The bounds in a field's type, also when it may be left out."""
    said = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Within)]
    return said + [each for part in get_args(hint) for each in _within(part)]


def _check(terms: Terms) -> None:
    match terms:
        case Discount(amount=amount, percent=percent):
            if (amount is None) == (percent is None):
                raise InvalidRequest("Say an amount or a percentage.", field="terms.amount")
        case Experience(starts_at=starts_at, ends_at=ends_at):
            _check_in_order(starts_at, ends_at, "terms.ends_at")
        case EarlyAccess(opens_at=opens_at, for_all_at=for_all_at):
            _check_in_order(opens_at, for_all_at, "terms.for_all_at")
        case Gift(ways=ways) | Samples(ways=ways):
            if not set(ways) <= {"SHIP", "COLLECT"}:
                raise InvalidRequest("It is sent or collected.", field="terms.ways")


def _check_in_order(first: datetime, then: datetime, field: str) -> None:
    if first.tzinfo is None or then.tzinfo is None:
        raise InvalidRequest("A moment has a time zone.", field=field)
    if then <= first:
        raise InvalidRequest("It ends after it begins.", field=field)
