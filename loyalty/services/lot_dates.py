"""Other dates for points, by hand and for a reason: good for longer, or good again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from loyalty.earning.terms import start_of_day
from loyalty.errors import (
    AccountClosed,
    DomainError,
    InvalidRequest,
    KeyConflict,
    LotEmpty,
    LotLapsed,
    LotSlides,
    NotFound,
    ReinstateExceedsLapsed,
)
from loyalty.events.bus import publish
from loyalty.events.dates import ExpiryExtended
from loyalty.ledger.lot_dates import Deed, NewDates, change_lots, reinstate
from loyalty.ledger.origins import last_of
from loyalty.models import Lot, LotChange, Transfer
from loyalty.services.remarks import check_remark, keep_remark, new_remark, remark_reason

EXTENSION = "extension"
REINSTATEMENT = "reinstatement"
_REFUSALS: dict[str, tuple[type[DomainError], str]] = {
    "CLOSED": (AccountClosed, "The account is closed."),
    "EMPTY": (LotEmpty, "Nothing remains of these points."),
    "LAPSED": (LotLapsed, "These points have lapsed; reinstate them instead."),
    "SLIDING": (LotSlides, "These points end when their holder is inactive, not on a day."),
    "TOO_MANY": (ReinstateExceedsLapsed, "Fewer points lapsed then and are not back yet."),
}


class Extended(msgspec.Struct, frozen=True, kw_only=True):
    """The lot's end from now on: `expires_at` is the first instant at which it is gone."""

    lot: int
    expires_at: datetime
    is_replay: bool


class Reinstated(msgspec.Struct, frozen=True, kw_only=True):
    """The transfer that gave lapsed points back, and the balance after it."""

    transfer_id: int
    points: int
    after: int
    is_replay: bool


@transaction.atomic
def extend_lot(
    *, lot_id: int, last_day: date, reason: str, actor: str, at: datetime, key: str
) -> Extended:
    """Let what remains of a lot be good until the end of `last_day`, once per key.

    What it became in a merge is meant when nothing remains of it.

    Raises NotFound, LotEmpty, LotLapsed (lapsed points can be reinstated), LotSlides (they end by
    inactivity only), InvalidRequest when that is no later than their end is now, and KeyConflict.
    """
    _check(reason=reason, key=key)
    lot = Lot.objects.select_related("account__unit__programme").filter(pk=lot_id).first()
    if lot is None:
        raise NotFound("There is no such lot.")
    lot = last_of(lot)
    end = _end_of(last_day, lot.account.unit.programme.time_zone)
    remark = new_remark()
    by = Deed(source=EXTENSION, external_id=key, reason=str(remark), actor=actor)
    change = NewDates(lot=lot.pk, available_from=lot.available_from, expires_at=end)
    outcome = change_lots([change], deed=LotChange.Deed.EXTEND, by=by, at=at)[lot.pk]
    _refuse(outcome, key)
    if outcome == "CHANGED":
        keep_remark(remark=remark, account_id=lot.account_id, text=reason, actor=actor, at=at)
        event = ExpiryExtended(
            subject=lot.account.holder,
            occurred_at=at,
            lot=lot.pk,
            points=lot.remaining,
            last_day=last_day,
            actor=actor,
        )
        publish(event, at=at)
    return Extended(lot=lot.pk, expires_at=end, is_replay=outcome == "REPLAYED")


@transaction.atomic
def reinstate_points(
    *,
    transfer_id: int,
    points: int,
    last_day: date | None,
    reason: str,
    actor: str,
    at: datetime,
    key: str,
) -> Reinstated:
    """Make points that lapsed by an EXPIRE transfer good again until the end of `last_day`.

    They become a lot of their own (without a last day: for ever), once per key. Raises NotFound
    when that is no expiry, ReinstateExceedsLapsed when more were asked than lapsed then and are
    not back yet, AccountClosed, KeyConflict, and InvalidRequest for a day that is over.
    """
    _check(reason=reason, key=key)
    if points <= 0:
        raise InvalidRequest("Say how many points.", field="points")
    expiry = (
        Transfer.objects.select_related("debit_account__unit__programme")
        .filter(pk=transfer_id, kind=Transfer.Kind.EXPIRE)
        .first()
    )
    if expiry is None:
        raise NotFound("No points lapsed by that transfer.")
    unit = expiry.debit_account.unit
    end = _end_of(last_day, unit.programme.time_zone) if last_day else None
    if end is not None and end <= at:
        raise InvalidRequest("That day is over.", field="last_day")
    remark = new_remark()
    done = reinstate(
        transfer_id,
        points,
        expires_at=end,
        reasons=[remark_reason(REINSTATEMENT, points, remark, unit=unit.code)],
        by=Deed(source=REINSTATEMENT, external_id=key, reason=str(remark), actor=actor),
        at=at,
    )
    _refuse(done.outcome, key)
    if done.outcome == "POSTED":
        keep_remark(
            remark=remark, account_id=expiry.debit_account_id, text=reason, actor=actor, at=at
        )
    return Reinstated(
        transfer_id=done.transfer_id,
        points=points,
        after=done.after,
        is_replay=done.outcome == "REPLAYED",
    )


def _end_of(last_day: date, zone: str) -> datetime:
    return start_of_day(last_day + timedelta(days=1), ZoneInfo(zone)).astimezone(UTC)


def _refuse(outcome: str, key: str) -> None:
    if outcome == "CONFLICT":
        raise KeyConflict(f"The key {key} was used before for another change.")
    if outcome == "SHORTER":
        raise InvalidRequest("These points are good until then already.", field="last_day")
    if outcome in _REFUSALS:
        refusal, detail = _REFUSALS[outcome]
        raise refusal(detail)


def _check(*, reason: str, key: str) -> None:
    if not key:
        raise InvalidRequest("This needs a key, so that it is done once.", field="key")
    check_remark(reason)
