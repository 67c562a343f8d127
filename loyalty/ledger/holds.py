"""The Python side of the ledger's holds: points set aside before payment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from loyalty.errors import HoldEnded, HoldExceeded, NotFound
from loyalty.ledger.posting import Posted, as_json, call, fingerprint, refused


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as it was first made, and whether this was a repetition."""

    hold_id: int
    points: int
    expires_at: datetime
    is_replay: bool


def hold(
    *,
    account_id: int,
    points: int,
    expires_at: datetime,
    source: str,
    external_id: str,
    actor: str,
    at: datetime,
) -> Held:
    """Set points aside. Raises InsufficientPoints, AccountClosed and KeyConflict."""
    said = fingerprint("HOLD", account_id, points, expires_at - at)
    outcome, hold_id, until = call(
        "ledger_hold", account_id, points, source, external_id, said, actor, expires_at, at
    )
    if refusal := refused(outcome, points=points, key=(source, external_id)):
        raise refusal
    return Held(hold_id=hold_id, points=points, expires_at=until, is_replay=outcome == "REPLAYED")


def capture(
    *, hold_id: int, points: int, reasons: Sequence[Any], actor: str, at: datetime
) -> Posted:
    """Spend points of a hold under the hold's key, and free the rest.

    Raises NotFound, HoldEnded, HoldExceeded, AccountClosed, and KeyConflict when it was captured
    for other points.
    """
    outcome, transfer_id, before, after, version = call(
        "ledger_capture",
        hold_id,
        points,
        fingerprint("CAPTURE", hold_id, points),
        as_json(reasons),
        actor,
        at,
        at,
    )
    match outcome:
        case "UNKNOWN":
            raise NotFound("There is no such hold.")
        case "ENDED":
            raise HoldEnded("The hold was voided.")
        case "RUN_OUT":
            raise HoldEnded("The hold has run out.")
        case "EXCEEDS":
            raise HoldExceeded(f"Fewer than {points} points were set aside.", field="points")
    if refusal := refused(outcome, points=points, key=("hold", str(hold_id))):
        raise refusal
    return Posted(
        transfer_id=transfer_id,
        before=before,
        after=after,
        version=version,
        is_replay=outcome == "REPLAYED",
    )


def void(*, hold_id: int, actor: str, at: datetime) -> None:
    """End a hold unspent; again changes nothing. Raises NotFound, and HoldEnded once captured."""
    [outcome] = call("ledger_void", hold_id, actor, at)
    match outcome:
        case "UNKNOWN":
            raise NotFound("There is no such hold.")
        case "ENDED":
            raise HoldEnded("The hold was captured.")
