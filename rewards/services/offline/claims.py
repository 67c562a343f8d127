"""What a till says it took in without a line, checked again: ticket or digits, holder and time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from loyalty.errors import DomainError
from members.selectors import find_membership, memberships_of_one
from rewards.errors import VoucherUnknown
from rewards.models import OfflinePack, Till, Voucher
from rewards.offline.digits import read_digits
from rewards.offline.entries import Entry
from rewards.offline.refusals import (
    DigitsUnknown,
    TicketExpired,
    TicketNotYetValid,
    TicketOfOtherHolder,
    TicketUnreadable,
)
from rewards.offline.ticket import LENGTH, Ticket, verify
from rewards.services.offline.keys import public_keys
from rewards.services.offline.sales import identifier_of
from rewards.services.offline.tickets import digits_for, value_of


class PackUnknown(DomainError):
    """A voucher was taken in with a pack that this till was never given."""

    code = "pack_unknown"


class VoucherCancelled(DomainError):
    """The voucher was cancelled before its use was uploaded."""

    code = "voucher_cancelled"


class Verdict(NamedTuple):
    """The voucher that an entry is about and what it is worth; `refusal` is why it does not count."""

    voucher: Voucher | None
    value: Decimal
    refusal: str = ""


class Claims:
    """The uses in one upload, with the vouchers that they may be of, and `others`, locked."""

    def __init__(
        self,
        till: Till,
        entries: Sequence[Entry],
        packs: Mapping[int, OfflinePack],
        *,
        others: Collection[UUID] = (),
    ) -> None:
        self.till = till
        self.packs = packs
        self.keys = {
            number: public_keys(till.programme_id, at=pack.issued_at)
            for number, pack in packs.items()
        }
        self.read = {entry.number: self._read(entry) for entry in entries}
        self.locked = self._locked(others)
        self.vouchers = {one.serial: one for one in self.locked}

    def verdict(self, entry: Entry, at: datetime) -> Verdict:
        """What holds of the entry, whatever others say of the same voucher; `at` counts."""
        ticket, serial, refusal = self.read[entry.number]
        claimed = Decimal(entry.body.cents).scaleb(-2)
        if refusal is not None:
            return Verdict(None, claimed, refusal.code)
        voucher = self.vouchers.get(serial)
        if voucher is None:
            return Verdict(None, claimed, VoucherUnknown.code)
        value = ticket.value if ticket else value_of(voucher)
        try:
            self._check(voucher, entry, ticket, at)
        except DomainError as error:
            return Verdict(voucher, claimed if value is None else value, error.code)
        return Verdict(voucher, claimed if value is None else value)

    def _read(self, entry: Entry) -> tuple[Ticket | None, int, DomainError | None]:
        """The genuine ticket, or the serial that the till found by digits, or a refusal."""
        code = entry.body.code.strip()
        try:
            if entry.pack not in self.packs:
                raise PackUnknown
            if len(code) != LENGTH:
                read_digits(code)
                return None, _number(entry.body.serial), None
            ticket = verify(
                code,
                keys=self.keys[entry.pack],
                programme=self.till.programme_id,
                at=max(entry.happened_at, self.packs[entry.pack].issued_at),
            )
        except DomainError as refusal:
            return None, 0, refusal
        return ticket, ticket.serial, None

    def _locked(self, others: Collection[UUID]) -> list[Voucher]:
        """In one order for everybody, so that no two uploads wait for each other in a circle."""
        serials = {serial for _ticket, serial, refusal in self.read.values() if refusal is None}
        found = Voucher.objects.filter(
            Q(serial__in=serials) | Q(pk__in=others),
            reward__programme_id=self.till.programme_id,
        )
        locked = found.select_for_update(of=("self",), no_key=True).order_by("pk")
        return list(locked.select_related("reward", "redemption", "membership", "batch"))

    def _check(self, voucher: Voucher, entry: Entry, ticket: Ticket | None, at: datetime) -> None:
        if ticket is None and read_digits(entry.body.code) != digits_for(voucher):
            raise DigitsUnknown
        if voucher.state == Voucher.State.CANCELLED:
            raise VoucherCancelled
        if at < (voucher.valid_from or voucher.issued_at).replace(microsecond=0):
            raise TicketNotYetValid
        if at >= voucher.expires_at:
            raise TicketExpired
        self._check_holder(voucher, entry.body.member)

    def _check_holder(self, voucher: Voucher, member: str) -> None:
        """By whom the card finds today; one that was blocked since finds nobody."""
        if voucher.membership_id is None:
            return
        try:
            shown = find_membership(self.till.programme_id, identifier_of(member))
        except DomainError:
            raise TicketOfOtherHolder from None
        if voucher.membership_id not in {shown.pk, *memberships_of_one(shown.pk)}:
            raise TicketOfOtherHolder


def _number(serial: str) -> int:
    if not serial:
        raise TicketUnreadable("Digits come with the serial that the pack has beside them.")
    return int(serial, 16)
