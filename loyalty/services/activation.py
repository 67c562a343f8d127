"""Pending points: they become usable when what they wait for happens, or never do."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from loyalty.earning.terms import expires_at, parse_expiry, slides_to
from loyalty.errors import InvalidRequest, KeyConflict
from loyalty.events.bus import publish
from loyalty.events.dates import PointsActivated
from loyalty.ledger.lot_dates import Deed, NewDates, cancel_lots, change_lots, slide
from loyalty.ledger.origins import first_of
from loyalty.models import Account, Lot, LotChange, Programme
from loyalty.services.remarks import check_remark, keep_remark, new_remark, remark_reason
from loyalty.types import Reason

ACTIVATION = "activation"
CANCELLATION = "cancellation"
_GRANTED = """
SELECT unnest(ledger_lots_of(ARRAY(
    SELECT t.id FROM loyalty_transfer t
    WHERE t.source = 'activity' AND t.external_id LIKE %s || ':%%' AND t.kind = 'EARN'), '{}'))
"""


class Activated(msgspec.Struct, frozen=True, kw_only=True):
    """What became usable; nothing when it was so already."""

    points: int
    lots: list[int]


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back while it was pending, over all units, and by which transfers."""

    points: int
    transfers: list[int]


@transaction.atomic
def activate_points(
    *,
    programme_id: int,
    holder: UUID,
    activity: str,
    event: str,
    key: str,
    actor: str,
    occurred_at: datetime,
    at: datetime,
) -> Activated:
    """Make usable what an activity earned and what waits for `event`, from `occurred_at` on.

    All lots of the activity's transfers, of every unit; their expiry counts from then. The same
    again finds nothing left to do. `activity` is the activity's id, `key` that of the report.
    """
    _check(key=key)
    programme = Programme.objects.get(pk=programme_id)
    zone = ZoneInfo(programme.time_zone)
    waiting = _pending(programme_id, holder, activity, at).filter(awaits=event)
    lots = {lot.pk: lot for lot in waiting}
    by = Deed(source=ACTIVATION, external_id=key, reason=event, actor=actor)
    changes = [_active(lot, occurred_at, zone) for lot in lots.values()]
    done = change_lots(changes, deed=LotChange.Deed.ACTIVATE, by=by, at=at) if changes else {}
    changed = [lots[lot_id] for lot_id, outcome in done.items() if outcome == "CHANGED"]
    _slide(changed, occurred_at, zone, at)
    points = sum(lot.remaining for lot in changed)
    if points:
        publish(
            PointsActivated(
                subject=holder,
                occurred_at=occurred_at,
                points=points,
                activity=activity,
                event=event,
            ),
            at=at,
        )
    return Activated(points=points, lots=[lot.pk for lot in changed])


@transaction.atomic
def cancel_pending_points(
    *,
    programme_id: int,
    holder: UUID,
    activity: str,
    reason: str,
    key: str,
    actor: str,
    at: datetime,
) -> Cancelled:
    """Take back what an activity earned and what is still pending: it never becomes usable.

    Once per key; points that became usable meanwhile stay. Raises InvalidRequest without a reason
    or a key, KeyConflict when the key was used to cancel another activity's points.
    """
    _check(key=key, reason=reason)
    pending, remark = _pending(programme_id, holder, activity, at), new_remark()
    by_account: dict[int, list[Lot]] = {
        account: []
        for account in Account.objects.filter(
            unit__programme_id=programme_id, kind=Account.Kind.MEMBER, holder=holder
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    }
    for lot in pending:
        by_account[lot.account_id].append(lot)
    taken = [
        cancel_lots(
            account,
            [lot.pk for lot in lots],
            request=activity,
            reasons=[_why(lots, remark)],
            reverses=first_of(lots[0]).transfer_id if lots else None,
            by=Deed(
                source=CANCELLATION, external_id=f"{key}:{account}", reason=str(remark), actor=actor
            ),
            at=at,
        )
        for account, lots in by_account.items()
    ]
    if any(each.outcome == "CONFLICT" for each in taken):
        raise KeyConflict(f"{CANCELLATION}:{key} was used before for another activity.")
    if any(each.outcome == "POSTED" for each in taken):
        account = next(iter(by_account))
        keep_remark(remark=remark, account_id=account, text=reason, actor=actor, at=at)
    return Cancelled(
        points=sum(each.points for each in taken),
        transfers=[each.transfer_id for each in taken if each.transfer_id is not None],
    )


def _pending(programme_id: int, holder: UUID, activity: str, at: datetime) -> QuerySet[Lot]:
    """The lots, in the order of the accounts, that the activity's transfers left pending.

    Those that they have become since the holder was merged with another are among them.
    """
    return (
        Lot.objects.filter(
            Q(available_from=None) | Q(available_from__gt=at),
            pk__in=RawSQL(_GRANTED, [activity]),  # noqa: S611 - our own text
            account__unit__programme_id=programme_id,
            account__kind=Account.Kind.MEMBER,
            account__holder=holder,
            remaining__gt=0,
        )
        .order_by("account_id", "pk")
        .select_related("account__unit")
    )


def _active(lot: Lot, start: datetime, zone: ZoneInfo) -> NewDates:
    """A lot without a policy keeps the end that it was granted with."""
    end = expires_at(parse_expiry(lot.expiry), start, zone) if lot.expiry else lot.expires_at
    return NewDates(lot=lot.pk, available_from=start, expires_at=end)


def _slide(lots: Sequence[Lot], start: datetime, zone: ZoneInfo, at: datetime) -> None:
    """Points that end by inactivity begin their time now."""
    ends = {
        lot.account_id: slides_to(parse_expiry(lot.expiry), start, zone)
        for lot in lots
        if lot.is_sliding and lot.expiry
    }
    for account, end in sorted(ends.items()):
        if end is not None:
            slide(account, lapses_at=end, effective_at=start, at=at)


def _check(*, key: str, reason: str = "-") -> None:
    if not key:
        raise InvalidRequest("This needs a key, so that it is done once.", field="key")
    check_remark(reason)


def _why(lots: Sequence[Lot], remark: UUID) -> Reason:
    return remark_reason(
        CANCELLATION,
        -sum(lot.remaining for lot in lots),
        remark,
        unit=lots[0].account.unit.code if lots else "points",
    )
