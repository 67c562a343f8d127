"""Claiming a sale afterwards, by its receipt: one receipt, one member, and no guessing.

Every try is written down before it is judged, so that nobody can guess a receipt by trying: not
at once, not over several browsers, and not by breaking off.
"""

import hmac
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from loyalty.errors import DomainError, KeyConflict
from loyalty.events import publish
from loyalty.services.rulebook import current_rulebook
from members.errors import ClaimNotFound, ClaimTooLate, ReceiptClaimed, TooManyClaims
from members.events import SaleClaimed
from members.models import ClaimAttempt, GuestSale, Membership
from members.services.activities import record_activities
from members.services.guest_sales import (
    plain_receipt,
    receipt_fingerprint,
    returns_of,
    submission_of,
)
from members.services.notes import write_note
from members.types import RecordedActivity

WINDOW = timedelta(days=1)
MOST_FAILED = 5  # of one member in a day
MOST_FAILED_FROM = 20  # from one network address in a day
CLOCKS_DIFFER_BY = timedelta(minutes=15)  # what the receipt says and what the till told


def claim_by_receipt(
    *,
    membership: Membership,
    receipt: str,
    amount: Decimal,
    occurred_at: datetime,
    address: str,
    at: datetime,
) -> RecordedActivity:
    """Give a member the sale with this receipt number, amount and moment (within 15 minutes).

    It is judged by the rules of the day of the sale. `address` is where the claim comes from, of
    which only a keyed hash is kept. Raises ClaimNotFound, ReceiptClaimed when somebody has it,
    ClaimTooLate, and TooManyClaims after five that failed in a day, or twenty from one address.
    """
    attempt = _begun(membership, address, at)
    found = receipt_fingerprint(membership.programme_id, plain_receipt(receipt), amount)
    sales = GuestSale.objects.filter(
        programme_id=membership.programme_id,
        fingerprint=found,
        submission__type="purchase",
        occurred_at__range=(occurred_at - CLOCKS_DIFFER_BY, occurred_at + CLOCKS_DIFFER_BY),
    )
    # Two tills may print the same number: one that is still free goes before one that is not.
    sale = sales.order_by("claimed_at", "occurred_at", "pk").filter(claimed_at=None).first()
    sale = sale or sales.first()
    if sale is None:
        raise ClaimNotFound("No receipt says this number, amount and time.")
    recorded = claim_sale(membership=membership, sale=sale, at=at)
    ClaimAttempt.objects.filter(pk=attempt.pk).update(is_success=True)
    return recorded


@transaction.atomic
def claim_sale(*, membership: Membership, sale: GuestSale, at: datetime) -> RecordedActivity:
    """Give a member this sale, and what came back of it meanwhile; again gives the same answer.

    Raises ReceiptClaimed when somebody else has it, ClaimTooLate, and what recording it refuses.
    """
    return _given(membership, sale, is_in_time_only=True, at=at)


@transaction.atomic
def give_sale(
    *, membership: Membership, sale: GuestSale, reason: str, actor: str, at: datetime
) -> RecordedActivity:
    """As `claim_sale` by a colleague who has seen the receipt, also when it is old; with a note.

    Raises ReceiptClaimed when somebody else has it, and InvalidRequest without a reason.
    """
    recorded = _given(membership, sale, is_in_time_only=False, at=at)
    said = f"{sale.source} {sale.external_id}: {reason.strip()}" if reason.strip() else ""
    write_note(member_id=membership.member_id, text=said, author=actor, at=at)
    return recorded


def _given(
    membership: Membership, sale: GuestSale, *, is_in_time_only: bool, at: datetime
) -> RecordedActivity:
    sale = GuestSale.objects.select_for_update().get(pk=sale.pk)
    if sale.claimed_by_id not in (None, membership.pk):
        raise ReceiptClaimed("This receipt was claimed before.")
    if is_in_time_only and sale.claimed_by_id is None and sale.claimable_until <= at:
        raise ClaimTooLate("This receipt can be claimed no more.")
    sales = [sale, *returns_of(sale)]
    recorded = _recorded(membership, sales, at)
    if sale.claimed_by_id is None:
        publish(
            SaleClaimed(subject=membership.holder, occurred_at=at, activity=recorded[0].id), at=at
        )
    for one, activity in zip(sales, recorded, strict=True):
        one.claimed_by, one.claimed_at, one.activity = membership, at, activity.id
        one.save(update_fields=["claimed_by", "claimed_at", "activity"])
    return recorded[0]


def address_digest(address: str) -> str:
    """A keyed hash of a network address: enough to count by, nothing to find anybody with."""
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, b"trouw address\0" + address.encode(), "sha256").hex()


def _recorded(
    membership: Membership, sales: list[GuestSale], at: datetime
) -> list[RecordedActivity]:
    answers = record_activities(
        book=current_rulebook(programme_id=membership.programme_id),
        submissions=[submission_of(sale, str(membership.member_id)) for sale in sales],
        actor="claim",
        at=at,
    )
    recorded: list[RecordedActivity] = []
    for answer in answers:
        if isinstance(answer, KeyConflict):
            raise ReceiptClaimed("This receipt was booked for a member before.") from answer
        if isinstance(answer, DomainError):
            raise answer
        recorded.append(answer)
    return recorded


@transaction.atomic
def _begun(membership: Membership, address: str, at: datetime) -> ClaimAttempt:
    """The attempt, written down as one that failed until it has not."""
    digest = address_digest(address)
    with connection.cursor() as cursor:  # two tries at once are counted one after the other
        for key in sorted((f"claims of {membership.pk}", f"claims from {digest}")):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    failed = ClaimAttempt.objects.filter(attempted_at__gt=at - WINDOW, is_success=False)
    for tried, most in (
        (failed.filter(membership=membership), MOST_FAILED),
        (failed.filter(address=digest), MOST_FAILED_FROM),
    ):
        moments = list(
            tried.order_by("-attempted_at").values_list("attempted_at", flat=True)[:most]
        )
        if len(moments) == most:
            raise TooManyClaims(again_at=moments[-1] + WINDOW)
    return ClaimAttempt.objects.create(membership=membership, address=digest, attempted_at=at)
