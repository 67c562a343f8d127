"""A sale as a till tells it, and what it is answered: the four calls' values. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from loyalty.types import Words
from members.types import LineSubmission, Number

_ONE_LINE = r"^[^\x00-\x1f\x7f]*(?![\s\S])"
_KEY = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?(?![\s\S])"

Scanned = Annotated[str, Meta(max_length=300, pattern=_ONE_LINE)]
Code = Annotated[str, Meta(min_length=1, max_length=200, pattern=_ONE_LINE)]
Receipt = Annotated[str, Meta(min_length=1, max_length=100, pattern=_KEY, examples=["4711"])]
Slug = Annotated[str, Meta(min_length=1, max_length=60, pattern=_ONE_LINE)]

NOTHING = Decimal("0.00")


class TenderWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that pay for a part of the goods; `reward` only where a programme has several ways."""

    points: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    reward: Annotated[str, Meta(max_length=60, pattern=_ONE_LINE)] = ""


class Sale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket, and what the customer wants to hand in with it.

    `member` is anything that a lookup finds a member by; without one it is anybody's sale. The
    amounts are those before vouchers: `lines`, or one `amount`. `vouchers` are codes or signed
    tickets as scanned, or ids that a lookup told; `rewards` are keys of rewards to take for points
    and hand over now; `gifts` are ids of what the member was given and takes now.
    """

    member: Scanned = ""
    lines: Annotated[tuple[LineSubmission, ...], Meta(max_length=500)] = ()
    amount: Number = None
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?(?![\s\S])", examples=["EUR"])] = ""
    vouchers: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    rewards: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    gifts: Annotated[tuple[UUID, ...], Meta(max_length=20)] = ()
    tender: TenderWish | None = None


class UsedThing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the sale uses: a voucher, a reward taken for points, a gift, or points to pay.

    `off` comes off the goods, `pays` is paid with it (a gift card, points), `due` is asked on top
    of the goods. `refusal` is the code why it cannot be used now; then it does nothing.
    """

    kind: Annotated[str, Meta(examples=["voucher", "reward", "gift", "tender"])]
    ref: str
    name: Words
    points: int = 0
    off: Decimal = NOTHING
    pays: Decimal = NOTHING
    due: Decimal = NOTHING
    refusal: str = ""
    detail: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Why points are earned, or what is missing for more, in each language."""

    rule: str
    points: int
    params: dict[str, str]
    text: Words


class SaleQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a sale would come to if it were booked now.

    `goods` are before vouchers, `amount` after them; `to_pay` is what is left for money or bank
    card. `hold` is the number of the points that were set aside, until `hold_until`.
    """

    goods: Decimal
    discount: Decimal
    amount: Decimal
    due: Decimal
    tendered: Decimal
    cards: Decimal
    to_pay: Decimal
    earns: int
    redeems: int
    usable: int
    reasons: tuple[Told, ...]
    near_misses: tuple[Told, ...]
    uses: tuple[UsedThing, ...]
    hold: int | None = None
    hold_until: datetime | None = None


class BookedUse(msgspec.Struct, frozen=True, kw_only=True):
    """What was used with a booked sale; `use` numbers a voucher's use, `redemption` what was taken."""

    kind: str
    ref: str
    reward: str
    points: int = 0
    off: Decimal = NOTHING
    pays: Decimal = NOTHING
    due: Decimal = NOTHING
    use: int | None = None
    redemption: UUID | None = None


class SaleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A booked sale: the same for ever for the same receipt with the same body.

    `balance` and `pending` are the member's right after it; `cancelled_at` once it was undone.
    """

    id: UUID
    receipt: str
    activity: UUID | None
    goods: Decimal
    discount: Decimal
    amount: Decimal
    due: Decimal
    tendered: Decimal
    cards: Decimal
    to_pay: Decimal
    earned: int
    redeemed: int
    balance: int | None
    pending: int
    uses: tuple[BookedUse, ...]
    committed_at: datetime
    cancelled_at: datetime | None = None


class CancelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that was undone: what went back, and what the member has now."""

    id: UUID
    receipt: str
    taken_back: int
    given_back: int
    balance: int | None
    vouchers: int
    cancelled_at: datetime


# --- Lookup ------------------------------------------------------------------------------------


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The member as a cashier sees them: no more of a name than the given one."""

    id: UUID
    given_name: str
    points: int
    tier: str
    tier_name: Words


class FitReward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward that the member can take at this till now."""

    key: str
    kind: str
    name: Words
    sentence: Words
    points: int
    money: Decimal


class FitVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher; `refusal` is the code why it cannot be used now."""

    id: UUID
    reward: str
    kind: str
    name: Words
    sentence: Words
    expires_at: datetime
    value_left: Decimal | None = None
    refusal: str = ""


class FitGift(msgspec.Struct, frozen=True, kw_only=True):
    """What the member was given and has not taken; a name only when it is known already."""

    id: UUID
    name: Words
    reason: Words
    expires_at: datetime | None


class FitCard(msgspec.Struct, frozen=True, kw_only=True):
    """A stamp card and how full it is."""

    key: str
    name: Words
    stamps: int
    of: int


class FitTender(msgspec.Struct, frozen=True, kw_only=True):
    """How the member may pay with points."""

    reward: str
    point_worth: Decimal
    step: int
    at_least: int
    at_most: int | None
    share: Decimal
    points: int
    worth: Decimal


class Fits(msgspec.Struct, frozen=True, kw_only=True):
    """What fits this member at this till now."""

    rewards: tuple[FitReward, ...] = ()
    vouchers: tuple[FitVoucher, ...] = ()
    gifts: tuple[FitGift, ...] = ()
    cards: tuple[FitCard, ...] = ()
    tenders: tuple[FitTender, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was scanned and what it means: card, phone, email, external, member, short_code, voucher
    or ticket; of a voucher also its holder, when only they may use it."""

    scanned: str
    customer: Customer | None
    voucher: FitVoucher | None
    fits: Fits
