"""Things that members do, short to write."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from loyalty.models import Account, LimitUse, Lot, Standing
from members.models import ActivityRevision
from members.services.activities import record_activity
from members.types import ActivitySubmission, LineSubmission, PointsPaid, RecordedActivity
from tests.members.shop import CARD, NOON, Shop


def day(number: float) -> datetime:
    """Noon of a day of this month, or of a part of one."""
    return NOON.replace(day=1) + timedelta(days=number - 1)


def bought(key: str, on: float, *amounts: str, **changes: Any) -> ActivitySubmission:
    """A purchase with a line of tools for each amount."""
    said: dict[str, Any] = {
        "type": "purchase",
        "member": CARD,
        "source": "kassa",
        "external_id": key,
        "occurred_at": day(on),
        "lines": tuple(
            LineSubmission(product=f"p-{n}", category="tools", amount=amount)
            for n, amount in enumerate(amounts)
        ),
    }
    return ActivitySubmission(**said | changes)


def returned(
    key: str, original: str, on: float, *lines: LineSubmission, **changes: Any
) -> ActivitySubmission:
    """A return, of all that is kept or of these lines."""
    said: dict[str, Any] = {
        "type": "return",
        "member": CARD,
        "source": "kassa",
        "external_id": key,
        "original": original,
        "occurred_at": day(on),
        "lines": lines,
    }
    return ActivitySubmission(**said | changes)


def part(line: int, quantity: str | None = None, amount: str | None = None) -> LineSubmission:
    return LineSubmission(line=line, quantity=quantity, amount=amount)


def paid(points: int, amount: str) -> PointsPaid:
    return PointsPaid(points=points, amount=amount)


def record(shop: Shop, submission: ActivitySubmission, at: datetime = NOON) -> RecordedActivity:
    return record_activity(book=shop.book, submission=submission, actor="api:kassa", at=at)


def balance(shop: Shop) -> int:
    return Account.objects.get(holder=shop.anna.holder, kind="MEMBER", unit__code="points").balance


def state(shop: Shop) -> dict[str, Any]:
    """What any order of arrival must end in."""
    accounts = Account.objects.filter(holder=shop.anna.holder).order_by("unit__code", "kind")
    standing = Standing.objects.get(account__holder=shop.anna.holder)
    lots: dict[tuple[Any, ...], list[int]] = {}
    for lot in Lot.objects.filter(account__holder=shop.anna.holder):
        dates = (lot.available_from, lot.awaits, lot.expires_at, lot.is_sliding)
        lots.setdefault(dates, [0])[0] += lot.remaining
    return {
        "balances": list(accounts.values_list("unit__code", "kind", "balance", "owed")),
        "lots": {dates: sums for dates, sums in lots.items() if sums != [0]},
        "standing": (standing.document, standing.last_at),
        "uses": {use.key: use.used for use in LimitUse.objects.all() if use.used},
    }


def revisions() -> list[tuple[str, int, int]]:
    """(receipt, number, points) of every revision."""
    found = ActivityRevision.objects.order_by("activity__external_id", "number")
    return list(found.values_list("activity__external_id", "number", "points"))


def cents(text: str) -> Decimal:
    return Decimal(text)
