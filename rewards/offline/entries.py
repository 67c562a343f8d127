"""What a till notes without a line, as it uploads it, and what it is answered."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from members.types import LineSubmission, Number, Text100

SALE, USE = "SALE", "USE"
MOST_ENTRIES = 500  # in one upload


class EntryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a sale: receipt, amount or lines, and who bought. Of a voucher: its code and its receipt.

    `code` is the ticket as scanned, or the twelve digits as typed; those with the `serial` that the
    pack has beside them. `member` is the card that was shown with a voucher that is one member's.
    """

    receipt: Text100 = ""
    member: Annotated[str, Meta(max_length=300, examples=["card:2990000000019"])] = ""
    amount: Number = None
    lines: Annotated[tuple[LineSubmission, ...], Meta(max_length=500)] = ()
    code: Annotated[str, Meta(max_length=200)] = ""
    serial: Annotated[str, Meta(pattern=r"^([0-9a-f]{16})?(?![\s\S])")] = ""
    cents: Annotated[int, Meta(ge=0, lt=2**24, description="What the till took it for.")] = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a till did; its number names it for ever, whatever the order of uploads."""

    number: Annotated[int, Meta(ge=1, lt=2**31)]
    pack: Annotated[int, Meta(ge=0, lt=2**31, description="0 for a sale without a pack.")]
    kind: Annotated[str, Meta(pattern=r"^(SALE|USE)(?![\s\S])")]
    happened_at: Annotated[datetime, Meta(tz=True, description="By the till's own clock.")]
    body: EntryBody


class Journal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of one till, in any order, as often as it likes; `clock` is the till's clock now."""

    entries: Annotated[tuple[Entry, ...], Meta(min_length=1, max_length=MOST_ENTRIES)]
    till: Annotated[str, Meta(max_length=40)] = ""
    clock: Annotated[datetime, Meta(tz=True)] | None = None


class Winner(msgspec.Struct, frozen=True, kw_only=True):
    """Who used the voucher that an entry lost."""

    by: str
    location: str
    used_at: datetime


class EntryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an entry: BOOKED, LOST (to the `winner`) or REFUSED (with the code why).

    `marks` are remarks on what was booked all the same: over_floor_value, over_floor_total,
    over_floor_count, after_pack, before_pack. `points` are those that a sale earned.
    """

    number: int
    kind: str
    outcome: str
    refusal: str
    marks: list[str]
    value: Decimal
    points: int
    winner: Winner | None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """An entry uploaded before, of this till or another, whose outcome this upload has changed."""

    till: str
    number: int
    outcome: str


class JournalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer for each entry, in their order; every time the same, save for a win that moved.

    `clock_off_by` is how many seconds the till's clock is ahead of ours; above 300 either way it is
    wrong and has to be set.
    """

    received_at: datetime
    clock_off_by: int
    is_clock_off: bool
    entries: list[EntryAnswer]
    moved: list[Moved]
