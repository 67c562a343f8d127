"""Sales that a till noted without a line: recorded once, whichever door they come by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from loyalty.errors import DomainError, InvalidRequest, KeyConflict
from loyalty.events import publish
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Activity, GuestSale, Membership
from members.selectors import find_membership, id_in
from members.services.activities import record_activities
from members.services.guest_sales import keep_guest_sale
from members.types import ActivitySubmission
from rewards.events import SaleCommitted
from rewards.models import Till, TillReceipt
from rewards.offline.entries import Entry
from rewards.services.tills import source_of

CHANNEL = "store"
_CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 9


class Sale(NamedTuple):
    """What became of a sale; `refusal` is the code why it is not in the books."""

    amount: Decimal
    points: int
    refusal: str = ""


class Booked(NamedTuple):
    """What the books have of a sale: a member's purchase with its points, or a sale of nobody's."""

    membership: Membership | None = None
    activity: UUID | None = None
    points: int = 0
    guest_sale: UUID | None = None


def record_sales(
    *, till: Till, entries: Sequence[Entry], moments: Mapping[int, datetime], at: datetime
) -> dict[int, Sale]:
    """Record each sale with its receipt, by the numbers of the entries; what is refused harms none.

    A receipt that this till had booked before, by whichever door, is that sale: it counts once.
    `moments` are those at which the sales count. The caller has locked the till.
    """
    once = {entry.body.receipt: entry for entry in reversed(entries)}
    firsts = [entry for entry in entries if once[entry.body.receipt] is entry]
    repeats = [entry for entry in entries if once[entry.body.receipt] is not entry]
    sales = _record(till, firsts, moments, at)
    if repeats:
        sales |= record_sales(till=till, entries=repeats, moments=moments, at=at)
    return sales


def _record(
    till: Till, entries: Sequence[Entry], moments: Mapping[int, datetime], at: datetime
) -> dict[int, Sale]:
    """As `record_sales`, of receipts that differ."""
    known = _known(till, entries)
    sales: dict[int, Sale] = {}
    wanted: dict[int, ActivitySubmission] = {}
    amounts: dict[int, Decimal] = {}
    for entry in entries:
        try:
            amounts[entry.number] = amount = _amount(entry)
        except DomainError as refusal:
            sales[entry.number] = Sale(Decimal(0), 0, refusal.code)
            continue
        if earlier := known.get(entry.body.receipt):
            sales[entry.number] = _again(earlier, amount)
        else:
            wanted[entry.number] = _submission(till, entry, amount, moments[entry.number])
    booked = _recorded(till, wanted, at)
    for entry in entries:
        if entry.number not in sales:
            became = booked[entry.number]
            sale = _sale(amounts[entry.number], became)
            sales[entry.number] = sale
            if isinstance(became, Booked):
                _write(till, entry, sale, became, moment=moments[entry.number], at=at)
    return sales


def identifier_of(text: str) -> str:
    """What a till scanned or a cashier typed, as an identifier: a card when it says nothing else."""
    said = text.strip()
    if ":" in said or id_in(said):
        return said
    if "@" in said:
        return f"email:{said}"
    return f"phone:{said}" if said.startswith("+") else f"card:{said}"


def _known(till: Till, entries: Sequence[Entry]) -> dict[str, TillReceipt]:
    numbers = {entry.body.receipt for entry in entries}
    return {one.number: one for one in TillReceipt.objects.filter(till=till, number__in=numbers)}


def _again(earlier: TillReceipt, amount: Decimal) -> Sale:
    if earlier.amount != amount:
        return Sale(amount, 0, KeyConflict.code)
    return Sale(amount, earlier.earned)


def _sale(amount: Decimal, became: Booked | DomainError) -> Sale:
    if isinstance(became, DomainError):
        return Sale(amount, 0, became.code)
    return Sale(amount, became.points)


def _amount(entry: Entry) -> Decimal:
    """What was paid, exact to the cent. Raises InvalidRequest."""
    if not entry.body.receipt:
        raise InvalidRequest("A sale has a receipt's number.", field="body.receipt")
    said = [entry.body.amount]
    if entry.body.lines and entry.body.amount is None:
        said = [line.amount for line in entry.body.lines]
    try:
        amount = sum((Decimal(str(one)) for one in said), Decimal(0))
    except InvalidOperation:
        raise InvalidRequest("An amount is like 24.95.", field="body.amount") from None
    if not amount.is_finite() or not 0 <= amount < _LARGEST or amount != round(amount, 2):
        raise InvalidRequest("An amount is like 24.95.", field="body.amount")
    return amount.quantize(_CENT)


def _submission(till: Till, entry: Entry, amount: Decimal, moment: datetime) -> ActivitySubmission:
    return ActivitySubmission(
        type="purchase",
        member=identifier_of(entry.body.member) if entry.body.member else "",
        external_id=entry.body.receipt,
        occurred_at=moment,
        source=source_of(till),
        channel=CHANNEL,
        location=till.location,
        amount=str(amount),
        lines=entry.body.lines,
    )


def _recorded(
    till: Till, wanted: Mapping[int, ActivitySubmission], at: datetime
) -> dict[int, Booked | DomainError]:
    if not wanted:
        return {}
    book = current_rulebook(programme_id=till.programme_id)
    booked: dict[int, Booked | DomainError] = {
        number: _of_nobody(till, book, submission, at)
        for number, submission in wanted.items()
        if not submission.member
    }
    mine = {number: said for number, said in wanted.items() if said.member}
    answers = record_activities(
        book=book,
        submissions=list(mine.values()),
        actor=f"till:{till.key}",
        at=at,
        tells_all=False,
    )
    for (number, submission), answer in zip(mine.items(), answers, strict=True):
        if isinstance(answer, DomainError):
            booked[number] = _by_another_door(till, submission, answer)
        else:
            membership = find_membership(till.programme_id, submission.member)
            booked[number] = Booked(membership, answer.id, answer.award.points)
    return booked


def _of_nobody(
    till: Till, book: Rulebook, submission: ActivitySubmission, at: datetime
) -> Booked | DomainError:
    """Kept for whoever holds the receipt; the same receipt by another door is that sale."""
    try:
        kept, _known = keep_guest_sale(
            book=book, submission=submission, actor=f"till:{till.key}", at=at
        )
    except KeyConflict as refusal:
        known = GuestSale.objects.get(
            programme_id=till.programme_id,
            source=submission.source,
            external_id=submission.external_id,
        )
        told = Decimal(str(known.submission.get("amount", "0")))
        return Booked(guest_sale=known.pk) if str(told) == submission.amount else refusal
    except DomainError as refusal:
        return refusal
    return Booked(guest_sale=kept.pk)


def _by_another_door(
    till: Till, submission: ActivitySubmission, refusal: DomainError
) -> Booked | DomainError:
    """The same receipt, told by another door a moment earlier or later, or in other words."""
    if not isinstance(refusal, KeyConflict):
        return refusal
    sales = Activity.objects.filter(programme_id=till.programme_id, type="purchase")
    sale = sales.filter(source=submission.source, external_id=submission.external_id).first()
    membership = find_membership(till.programme_id, submission.member)
    if sale is None or (sale.membership_id, sale.amount) != (
        membership.pk,
        Decimal(str(submission.amount)),
    ):
        return refusal
    return Booked(membership, sale.pk, sale.points)


def _write(
    till: Till, entry: Entry, sale: Sale, booked: Booked, *, moment: datetime, at: datetime
) -> None:
    zone = ZoneInfo(till.programme.time_zone)
    row = TillReceipt.objects.create(
        id=uuid7(),
        till=till,
        number=entry.body.receipt,
        day=moment.astimezone(zone).date(),
        membership=booked.membership,
        activity=booked.activity,
        amount=sale.amount,
        earned=sale.points,
        guest_sale=booked.guest_sale,
        fingerprint=f"journal:{entry.number}",
        actor=f"till:{till.key}",
        is_offline=True,
        committed_at=moment,
        recorded_at=at,
    )
    event = SaleCommitted(
        subject=booked.membership.holder if booked.membership else None,
        occurred_at=moment,
        sale=row.pk,
        till=till.key,
        activity=booked.activity,
        amount=str(row.amount),
        earned=row.earned,
        redeemed=0,
    )
    publish(event, at=at)
