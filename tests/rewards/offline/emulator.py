"""A till in plain Python: its own clock, its own journal, and no line until it says so.

It knows what its pack says and nothing else, as the till's page in the browser does.
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from rewards.models import Till
from rewards.offline.digits import digest_of, read_digits
from rewards.offline.entries import Entry, Journal, JournalAnswer
from rewards.offline.refusals import DigitsUnknown
from rewards.offline.ticket import Ticket, check_holder, verify
from rewards.services.offline.journal import upload_journal
from rewards.services.offline.packs import issue_pack


def unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Revoked(Exception):
    code = "voucher_revoked"


class Taken(Exception):
    code = "voucher_taken"


class OverFloor(Exception):
    code = "over_floor"


@dataclass
class Emulator:
    """A till; `skew` is how far its clock is ahead of everybody's."""

    till: Till
    skew: timedelta = timedelta()
    pack: Any = None  # the JSON that it was sent
    journal: list[Entry] = field(default_factory=list)
    numbers: int = 0

    def fetch(self, at: datetime) -> None:
        pack = issue_pack(till_id=self.till.pk, actor="api:till", at=at)
        self.pack = msgspec.json.decode(msgspec.json.encode(pack))

    def clock(self, at: datetime) -> datetime:
        return at + self.skew

    def check(self, code: str, at: datetime, card: str = "") -> tuple[str, int]:
        """The serial and cents of a voucher that may be taken in. Raises as the till's page says."""
        now = self.clock(at)
        if len(code) == 120:
            ticket = verify(code, keys=self.keys(), programme=self.pack["programme"], at=now)
        else:
            ticket = self._typed(code)
        serial, cents = f"{ticket.serial:016x}", int(ticket.value * 100)
        if serial in self.pack["revoked"]:
            raise Revoked
        if any(one.kind == "USE" and one.body.serial == serial for one in self.journal):
            raise Taken
        check_holder(ticket, card)
        self._check_floor(cents, now)
        return serial, cents

    def keys(self) -> dict[int, bytes]:
        return {one["number"]: unpacked(one["public"]) for one in self.pack["keys"]}

    def take(self, code: str, at: datetime, card: str = "", receipt: str = "") -> Entry:
        """Take a voucher in, if it may."""
        serial, cents = self.check(code, at, card)
        body = {"code": code, "serial": serial, "cents": cents, "member": card, "receipt": receipt}
        return self.note("USE", at, **body)

    def sell(self, receipt: str, amount: str, at: datetime, member: str = "") -> Entry:
        return self.note("SALE", at, receipt=receipt, amount=amount, member=member)

    def note(self, kind: str, at: datetime, **body: Any) -> Entry:
        self.numbers += 1
        said = {
            "number": self.numbers,
            "pack": self.pack["number"],
            "kind": kind,
            "happened_at": self.clock(at),
            "body": body,
        }
        entry = msgspec.convert(said, Entry)
        self.journal.append(entry)
        return entry

    def upload(self, at: datetime, *entries: Entry) -> JournalAnswer:
        """Bring what was noted, or some of it."""
        journal = Journal(entries=tuple(entries or self.journal), clock=self.clock(at))
        return upload_journal(till_id=self.till.pk, journal=journal, at=at)

    def _typed(self, code: str) -> Ticket:
        salt = unpacked(self.pack["digits"]["salt"])
        digest = digest_of(read_digits(code), salt)
        for one in self.pack["digits"]["vouchers"]:
            if unpacked(one["digest"]) == digest:
                return Ticket(
                    kind=one["kind"],
                    key=0,
                    programme=self.pack["programme"],
                    value=Decimal(one["cents"]) / 100,
                    valid_from=datetime.fromisoformat(one["valid_from"]),
                    valid_until=datetime.fromisoformat(one["valid_until"]),
                    serial=int(one["serial"], 16),
                    holder=bytes.fromhex(one["holder"]),
                )
        raise DigitsUnknown

    def _check_floor(self, cents: int, now: datetime) -> None:
        floor = self.pack["floor"]
        used = [one.body.cents for one in self.journal if one.kind == "USE"]
        if (
            now >= datetime.fromisoformat(self.pack["valid_until"])
            or cents > Decimal(floor["value"]) * 100
            or sum(used) + cents > Decimal(floor["total"]) * 100
            or len(used) >= floor["count"]
        ):
            raise OverFloor
