"""What comes back: points earned on returned goods, and points spent on what was cancelled."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet, Sum

from loyalty.errors import InvalidRequest, NotFound, ReturnExceedsEarned
from loyalty.ledger.posting import is_booked, lock_accounts
from loyalty.ledger.returns import (
    Restored,
    Returned,
    Returning,
    give_back,
    kin_of,
    lots_of,
    take_back,
)
from loyalty.models import Programme, Transfer
from loyalty.types import Reason


@transaction.atomic
def return_points(
    *,
    account_id: int,
    points: int,
    earned_by: Sequence[int],
    policy: Programme.ReturnPolicy,
    source: str,
    external_id: str,
    reasons: Sequence[Reason],
    actor: str,
    effective_at: datetime,
    at: datetime,
) -> Returned:
    """Take back points that the transfers `earned_by` (the first one reversed) gave the member.

    Pending ones of them first, then what is left of them; what has lapsed is not asked twice; for
    what was spent `policy` decides between other points, a debt and writing off. Once per business
    key. Raises InvalidRequest for no points, ReturnExceedsEarned, AccountClosed and KeyConflict.
    """
    if points < 1:
        raise InvalidRequest("A return takes back one point or more.", field="points")
    asked = Returning(
        account_id=account_id,
        points=points,
        source=source,
        external_id=external_id,
        reasons=reasons,
        actor=actor,
        effective_at=effective_at,
    )
    lock_accounts(account_id)
    if not is_booked(source=source, external_id=external_id):
        _check_enough_was_earned(points, account_id, earned_by)
    return take_back(
        asked,
        lots=lots_of(earned_by),
        policy=policy.value,
        reverses=earned_by[0] if earned_by else None,
        at=at,
    )


def _check_enough_was_earned(points: int, account_id: int, earned_by: Sequence[int]) -> None:
    """What was written off altogether left no transfer: the caller counts what it returned."""
    granting = Transfer.objects.filter(pk__in=earned_by)
    accounts = kin_of(account_id, list(granting.values_list("credit_account", flat=True)))
    earned = granting.filter(credit_account__in=accounts)
    before = Transfer.objects.filter(
        reverses__in=earned_by, kind__in=[Transfer.Kind.RETURN, Transfer.Kind.OWE]
    )
    if points > _sum(earned) - _sum(before):
        raise ReturnExceedsEarned("More would go back than was earned.", field="points")


def _sum(transfers: QuerySet[Transfer]) -> int:
    return transfers.aggregate(points=Sum("points"))["points"] or 0


@transaction.atomic
def restore_points(
    *,
    account_id: int,
    points: int,
    spent_by: int,
    source: str,
    external_id: str,
    reasons: Sequence[Reason],
    actor: str,
    effective_at: datetime,
    at: datetime,
) -> Restored:
    """Give back points that the transfer `spent_by` took, to the very lots, the last paid first.

    They keep their dates. What has lapsed meanwhile is good again for the programme's goodwill
    days; without any it lapses at once. Once per business key. Raises InvalidRequest for no points,
    NotFound, RestoreExceedsSpent, AccountClosed and KeyConflict.
    """
    if points < 1:
        raise InvalidRequest("Give back one point or more.", field="points")
    asked = Returning(
        account_id=account_id,
        points=points,
        source=source,
        external_id=external_id,
        reasons=reasons,
        actor=actor,
        effective_at=effective_at,
    )
    programme = Programme.objects.filter(units__accounts=account_id).first()
    if programme is None:
        raise NotFound("There is no such account.")
    return give_back(asked, spending=spent_by, goodwill_until=goodwill_until(programme, at), at=at)


def goodwill_until(programme: Programme, at: datetime) -> datetime | None:
    """When restored points that had lapsed lapse again: as a local day ends; None without term."""
    if programme.goodwill_days == 0:
        return None
    zone = ZoneInfo(programme.time_zone)
    last = at.astimezone(zone).date() + timedelta(days=programme.goodwill_days)
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
