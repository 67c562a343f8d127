"""Sales at which nobody said who they are: kept apart, for whoever holds the receipt."""

import hmac
import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import uuid_utils.compat
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from msgspec import structs

from loyalty.errors import InvalidRequest, KeyConflict
from loyalty.models import Programme
from loyalty.services.idempotency import fingerprint_of
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import GuestSale
from members.services.activities import record_activity
from members.services.submissions import RETURN, check_submission, original_key
from members.types import ActivitySubmission

_PURCHASE = "purchase"
_SALT = "members.guest_sale"
_NO_RECEIPT = re.compile(r"[^0-9A-Z]")


@transaction.atomic
def keep_guest_sale(
    *,
    book: Rulebook,
    submission: ActivitySubmission,
    receipt: str = "",
    actor: str,
    at: datetime,
) -> tuple[GuestSale, bool]:
    """Keep a purchase without a member, or what came back of one; and whether it was known.

    `receipt` is the number that is printed on it, the external id when it is not said. The same
    again is the same sale. What comes back of a sale that was claimed goes to who claimed it.
    Raises InvalidRequest for what is no purchase and no return, names a member or was paid with
    points, and KeyConflict when the key was used for another sale.
    """
    if submission.type not in (_PURCHASE, RETURN):
        raise InvalidRequest("A guest has purchases and returns.", field="type")
    if submission.points_paid is not None:
        raise InvalidRequest("A guest has no points to pay with.", field="points_paid")
    submission = structs.replace(submission, source=submission.source or _name_of(actor))
    submitted = check_submission(submission, book=book, source=submission.source, at=at)
    number = plain_receipt(receipt or submission.external_id)
    if not number:
        raise InvalidRequest("A receipt number has letters or digits.", field="receipt")
    amount = submitted.activity.amount
    said = _plain(submission)
    sale = GuestSale(
        id=uuid_utils.compat.uuid7(),
        programme_id=book.programme_id,
        source=submission.source,
        external_id=submission.external_id,
        digest=fingerprint_of("guest", number, said),
        submission=said,
        fingerprint=receipt_fingerprint(book.programme_id, number, amount),
        original=submitted.original,
        occurred_at=submitted.activity.occurred_at,
        recorded_at=at,
        claimable_until=submitted.activity.occurred_at + _window(book.programme_id),
    )
    if known := _stored(sale):
        return known, True
    _hand_on(sale, actor, at)
    return sale, False


def claim_token(sale: GuestSale) -> str:
    """What a till prints as a QR code on the receipt: it claims this sale without any typing."""
    return signing.dumps(str(sale.pk), salt=_SALT)


def sale_of_token(token: str, programme_id: int) -> GuestSale | None:
    """The sale that the token was made for; None for a forged one, and once the sale is gone."""
    try:
        sale_id = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return GuestSale.objects.filter(
        pk=sale_id, programme_id=programme_id, submission__type=_PURCHASE
    ).first()


def plain_receipt(number: str) -> str:
    """A receipt number as it is compared: letters and digits, whatever the case and the dashes."""
    return _NO_RECEIPT.sub("", number.upper())


def receipt_fingerprint(programme_id: int, number: str, amount: Decimal) -> str:
    """A keyed hash by which a receipt is found, so that a copy of the database finds none."""
    said = f"{programme_id}|{number}|{amount:.2f}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), b"trouw receipt\0" + said, "sha256").hex()


def submission_of(sale: GuestSale, member: str) -> ActivitySubmission:
    """The sale as an activity of that member."""
    return msgspec.convert(sale.submission | {"member": member}, ActivitySubmission)


def returns_of(sale: GuestSale) -> list[GuestSale]:
    """What came back of the sale while it was nobody's, in the order in which it did."""
    key = original_key(sale.source, sale.external_id)
    waiting = GuestSale.objects.select_for_update().filter(
        programme_id=sale.programme_id, original=key, claimed_by=None
    )
    return list(waiting.order_by("occurred_at", "pk"))


def _stored(sale: GuestSale) -> GuestSale | None:
    """Store it; the one that has its key already, if it says the same."""
    try:
        with transaction.atomic():
            sale.save(force_insert=True)
    except IntegrityError:
        known = GuestSale.objects.get(
            programme_id=sale.programme_id, source=sale.source, external_id=sale.external_id
        )
        if known.digest != sale.digest:
            raise KeyConflict("This key was used before for a different sale.") from None
        return known
    return None


def _hand_on(sale: GuestSale, actor: str, at: datetime) -> None:
    """What comes back of a claimed sale is the claimer's return."""
    if not sale.original:
        return
    said = sale.submission
    # Locked before it is looked at: who claims it now sees this return, or we see the claim.
    bought = (
        GuestSale.objects.select_for_update()
        .filter(
            programme_id=sale.programme_id,
            source=said.get("original_source") or sale.source,
            external_id=said["original"],
        )
        .first()
    )
    if bought is None or bought.claimed_by is None:
        return
    recorded = record_activity(
        book=current_rulebook(programme_id=sale.programme_id),
        submission=submission_of(sale, str(bought.claimed_by.member_id)),
        actor=actor,
        at=at,
    )
    sale.claimed_by, sale.claimed_at, sale.activity = bought.claimed_by, at, recorded.id
    sale.save(update_fields=["claimed_by", "claimed_at", "activity"])


def _window(programme_id: int) -> timedelta:
    days = Programme.objects.values_list("claim_days", flat=True).get(pk=programme_id)
    return timedelta(days=days)


def _plain(submission: ActivitySubmission) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(msgspec.json.encode(submission))
    return {name: value for name, value in plain.items() if name != "member"}


def _name_of(actor: str) -> str:
    return actor.removeprefix("api:")
