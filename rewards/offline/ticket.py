"""A voucher as a signed ticket: what a till can believe without asking anybody.

90 bytes, 120 characters in a QR code: version and kind (1), number of the key (1), programme (2),
value in cents (3), first moment in seconds since 1970 (4), length in minutes (3), serial (8), holder
(4), and an Ed25519 signature over these 26 and the words before them (64). Numbers are big-endian.

Every bit is signed, and a text of 120 characters is one way of writing 90 bytes: there is no second
ticket for the same voucher. Plain Python: no clock, no database.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from rewards.offline.refusals import (
    TicketExpired,
    TicketForged,
    TicketKeyUnknown,
    TicketNotYetValid,
    TicketOfOtherHolder,
    TicketOfOtherProgramme,
    TicketUnreadable,
)

VERSION: Final = 1
SIGNED_AS: Final = b"trouw ticket\0"  # no signature over anything else can be taken for a ticket's
SIZE: Final = 26
LENGTH: Final = 120
ANYBODY: Final = bytes(4)
"""The holder of a ticket that whoever has it may use."""

KINDS: Final = (
    "DISCOUNT",
    "PRODUCT",
    "GIFT",
    "DELIVERY",
    "SERVICE",
    "SAMPLES",
    "EXPERIENCE",
    "EARLY_ACCESS",
    "DONATION",
    "PARTNER",
    "TENDER",
    "MULTIPLIER",
    "CASH_CARD",
)
"""Of Reward.Kind, by their number on a ticket less one. Never reorder: tickets are out there."""

LARGEST_VALUE: Final = Decimal("167772.15")
LONGEST: Final = timedelta(minutes=2**24 - 1)  # 31 years

_TEXT = re.compile(r"[A-Za-z0-9_-]{120}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Ticket(NamedTuple):
    """What a ticket says; `serial` is one voucher's for ever, `holder` ANYBODY or of `holder_of`.

    Good from `valid_from` until, and not at, `valid_until`; whole seconds, and a length of whole
    minutes: anything finer is cut off, so that no ticket lasts longer than its voucher.
    """

    kind: str
    key: int
    programme: int
    value: Decimal
    valid_from: datetime
    valid_until: datetime
    serial: int
    holder: bytes = ANYBODY


def sign(ticket: Ticket, private: bytes) -> str:
    """The ticket's text for a QR code: 120 characters of the alphabet of base64url.

    Raises ValueError or OverflowError for what does not fit on a ticket.
    """
    said = _packed(ticket)
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(SIGNED_AS + said)
    return urlsafe_b64encode(said + signature).decode()


def read(text: str) -> Ticket:
    """What a ticket says, whoever signed it. Raises TicketUnreadable."""
    return _unpacked(_bytes(text))


def verify(text: str, *, keys: Mapping[int, bytes], programme: int, at: datetime) -> Ticket:
    """The ticket, when one of the programme's keys signed it and it is good at that moment.

    Whose it is and whether it was used before is for the caller (`check_holder`). Raises
    TicketUnreadable, TicketOfOtherProgramme, TicketKeyUnknown, TicketForged, TicketNotYetValid and
    TicketExpired, in this order.
    """
    ticket = verify_signature(text, keys=keys, programme=programme)
    if at < ticket.valid_from:
        raise TicketNotYetValid("This voucher is not valid yet.")
    if at >= ticket.valid_until:
        raise TicketExpired("This voucher's time is over.")
    return ticket


def verify_signature(text: str, *, keys: Mapping[int, bytes], programme: int) -> Ticket:
    """As `verify`, without looking at the time."""
    whole = _bytes(text)
    ticket = _unpacked(whole)
    if ticket.programme != programme:
        raise TicketOfOtherProgramme("This voucher is another shop's.")
    public = keys.get(ticket.key)
    if public is None:
        raise TicketKeyUnknown("This voucher is signed with a key that is not in use here.")
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(whole[SIZE:], SIGNED_AS + whole[:SIZE])
    except InvalidSignature:
        raise TicketForged("This voucher is not genuine.") from None
    return ticket


def check_holder(ticket: Ticket, card: str) -> None:
    """Raise TicketOfOtherHolder for a ticket of one member with another's card, or with none."""
    if ticket.holder not in (ANYBODY, holder_of(ticket.serial, card)):
        raise TicketOfOtherHolder("This voucher is another member's.")


def holder_of(serial: int, card: str) -> bytes:
    """The four bytes for a member on one ticket, by the number of their card; no two alike.

    Who has a ticket learns nothing of the card: four bytes fit thousands of card numbers.
    """
    if not card:
        return b"\xff" * 4
    said = b"trouw holder\0" + serial.to_bytes(8) + card.encode()
    made = hashlib.sha256(said).digest()[:4]
    return b"\0\0\0\1" if made == ANYBODY else made


def new_private() -> bytes:
    """A fresh key to sign with, 32 bytes."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The half of the key that every till may know, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _packed(ticket: Ticket) -> bytes:
    cents = ticket.value * 100
    if cents != int(cents) or len(ticket.holder) != len(ANYBODY):
        raise ValueError(f"{ticket.value} and {ticket.holder.hex()} do not fit on a ticket")
    first = int((ticket.valid_from - _EPOCH).total_seconds())
    last = int((ticket.valid_until - _EPOCH).total_seconds())
    return b"".join(
        (
            (VERSION << 4 | KINDS.index(ticket.kind) + 1).to_bytes(1),
            ticket.key.to_bytes(1),
            ticket.programme.to_bytes(2),
            int(cents).to_bytes(3),
            first.to_bytes(4),
            ((last - first) // 60).to_bytes(3),
            ticket.serial.to_bytes(8),
            ticket.holder,
        )
    )


def _bytes(text: str) -> bytes:
    if not _TEXT.fullmatch(text):
        raise TicketUnreadable("This is no voucher's code, or not a whole one.")
    return urlsafe_b64decode(text)


def _unpacked(whole: bytes) -> Ticket:
    version, kind = whole[0] >> 4, whole[0] & 15
    if version != VERSION or not 1 <= kind <= len(KINDS):
        raise TicketUnreadable("This voucher is of a kind that is not known here.")
    first = _EPOCH + timedelta(seconds=int.from_bytes(whole[7:11]))
    return Ticket(
        kind=KINDS[kind - 1],
        key=whole[1],
        programme=int.from_bytes(whole[2:4]),
        value=Decimal(int.from_bytes(whole[4:7])).scaleb(-2),
        valid_from=first,
        valid_until=first + timedelta(minutes=int.from_bytes(whole[11:14])),
        serial=int.from_bytes(whole[14:22]),
        holder=whole[22:26],
    )
