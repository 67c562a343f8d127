"""Points that one member gives to another."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum

from loyalty.errors import (
    InvalidRequest,
    NotFound,
    SelfTransfer,
    TransferLimitReached,
    UnitNotShareable,
)
from loyalty.ledger.posting import Posted, Posting, is_booked, lock_accounts, post
from loyalty.models import Account, Pool, Programme, Transfer, Unit
from loyalty.types import Reason

SOURCE = "transfer"


@transaction.atomic
def move_points(
    *,
    giver_id: int,
    taker_id: int,
    points: int,
    reasons: list[Reason],
    actor: str,
    at: datetime,
    key: str,
) -> Posted:
    """Give points of one member's account to another's, once per `key`; they keep their dates.

    Raises InvalidRequest for no points, another unit or a pool, SelfTransfer, UnitNotShareable,
    TransferLimitReached when the giver has given away the programme's limit in this calendar month
    (a pool's contributions do not count), InsufficientPoints, AccountClosed, and KeyConflict when
    the key was used for another request. The answer is the giver's.
    """
    if points < 1 or not key:
        raise InvalidRequest("Give one point or more, under a key.", field="points")
    if giver_id == taker_id:
        raise SelfTransfer("Giver and taker are the same.")
    unit = _shared_unit(giver_id, taker_id)
    posting = Posting(
        kind=Transfer.Kind.MOVE,
        debit_account=giver_id,
        credit_account=taker_id,
        points=points,
        source=SOURCE,
        external_id=key,
        reasons=list(reasons),
        actor=actor,
        effective_at=at,
    )
    lock_accounts(giver_id, taker_id)
    if not is_booked(source=SOURCE, external_id=key):
        _check_limit(unit.programme, giver_id=giver_id, points=points, at=at)
    return post(posting, at=at)


def check_shareable(unit: Unit) -> None:
    """Raises UnitNotShareable when the unit may not be given away, pooled or donated."""
    if not unit.is_shareable:
        raise UnitNotShareable("These are not given away.")


def _shared_unit(giver_id: int, taker_id: int) -> Unit:
    members = Account.objects.filter(kind=Account.Kind.MEMBER).select_related("unit__programme")
    giver, taker = (members.filter(pk=pk).first() for pk in (giver_id, taker_id))
    if giver is None or taker is None:
        raise NotFound("There is no such account.")
    if giver.unit != taker.unit:
        raise InvalidRequest("The accounts keep different units.")
    if Pool.objects.filter(holder__in=[giver.holder, taker.holder]).exists():
        raise InvalidRequest("Points go into and out of a pool by its contributors.")
    unit = giver.unit
    check_shareable(unit)
    return unit


def _check_limit(programme: Programme, *, giver_id: int, points: int, at: datetime) -> None:
    """Counted while the giver's account is locked, so that no two transfers count the same."""
    if programme.transfer_limit is None:
        return
    since = _start_of_month(at, ZoneInfo(programme.time_zone))
    given = Transfer.objects.filter(
        debit_account=giver_id,
        debit_version__isnull=False,
        kind=Transfer.Kind.MOVE,
        source=SOURCE,
        effective_at__gte=since,
    ).aggregate(points=Sum("points"))["points"]
    left = max(programme.transfer_limit - (given or 0), 0)
    if points > left:
        raise TransferLimitReached(limit=programme.transfer_limit, left=left)


def _start_of_month(at: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(at.astimezone(zone).date().replace(day=1), time.min, tzinfo=zone)
