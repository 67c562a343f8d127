"""Points set aside before payment: authorised, then captured, voided, or run out by themselves."""

from datetime import datetime, timedelta

from loyalty.errors import InvalidRequest
from loyalty.ledger.holds import Held, capture, hold, void
from loyalty.ledger.posting import Posted
from loyalty.services.spending import redeemed_account
from loyalty.types import Reason

WEBSHOP_TERM = timedelta(minutes=15)
TILL_TERM = timedelta(minutes=2)
LONGEST_TERM = timedelta(days=7)


def authorise_points(
    *,
    account_id: int,
    points: int,
    term: timedelta,
    source: str,
    external_id: str,
    actor: str,
    at: datetime,
) -> Held:
    """Set points aside for `term`: nobody spends them meanwhile, and none of them lapse.

    The same business key with the same request gives the same hold again, also when it has ended.
    Raises InvalidRequest for no points or a term over seven days, what `spend_points` raises, and
    then nothing was set aside.
    """
    if points < 1:
        raise InvalidRequest("A hold sets one point aside or more.", field="points")
    if not timedelta(0) < term <= LONGEST_TERM:
        raise InvalidRequest("A hold lasts a moment, and seven days at most.", field="term")
    redeemed_account(account_id)
    return hold(
        account_id=account_id,
        points=points,
        expires_at=at + term,
        source=source,
        external_id=external_id,
        actor=actor,
        at=at,
    )


def capture_hold(
    *, hold_id: int, points: int, reasons: list[Reason], actor: str, at: datetime
) -> Posted:
    """Spend up to what the hold set aside, once; what is not captured is free at once.

    The transfer carries the hold's business key. The same points again give the same answer. Raises
    InvalidRequest for no points, NotFound, HoldEnded when it was voided or its term is over,
    HoldExceeded, AccountClosed, and KeyConflict when other points of it were captured.
    """
    if points < 1:
        raise InvalidRequest("A capture takes one point or more.", field="points")
    return capture(hold_id=hold_id, points=points, reasons=reasons, actor=actor, at=at)


def void_hold(*, hold_id: int, actor: str, at: datetime) -> None:
    """Free what the hold set aside; again changes nothing. Raises NotFound, HoldEnded if captured."""
    void(hold_id=hold_id, actor=actor, at=at)
