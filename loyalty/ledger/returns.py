"""The Python side of what comes back: earned points, spent points, and debts let go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from loyalty.errors import DebtExceeded, NotFound, RestoreExceedsSpent
from loyalty.ledger.posting import as_json, call, fingerprint, refused


class Returning(msgspec.Struct, frozen=True, kw_only=True):
    """A deed that takes something back, as asked for; its business key is for ever."""

    account_id: int
    points: int
    source: str
    external_id: str
    actor: str
    effective_at: datetime
    reasons: Sequence[Any] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays for what came back: together the points asked. `after` is the member's balance.

    `transfer_id` is None when there was nothing to take, to owe or to put right.
    """

    transfer_id: int | None
    taken: int
    owed: int
    written_off: int
    after: int
    is_replay: bool


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came back to the member; `goodwill` is the part that had lapsed and is good again."""

    transfer_id: int
    restored: int
    goodwill: int
    after: int
    is_replay: bool


def lots_of(transfers: Sequence[int]) -> list[int]:
    """What is left of the lots that these transfers gave, and what time or a cancelling took.

    What they became in the account of a holder who was merged with theirs is among it.
    """
    lots: list[int] = call("ledger_lots_of", list(transfers), ["EXPIRE", "CANCEL"])[0]
    return lots


def kin_of(account_id: int, others: Sequence[int]) -> set[int]:
    """Which of the accounts are this one, or of a holder who was ever merged with its."""
    return {other for other in others if call("ledger_is_kin", account_id, other)[0]}


def take_back(
    asked: Returning, *, lots: Sequence[int], policy: str, reverses: int | None, at: datetime
) -> Returned:
    """Take earned points back, from these lots first. Raises AccountClosed and KeyConflict."""
    outcome, transfer_id, taken, owed, written_off, after = call(
        "ledger_return",
        asked.account_id,
        asked.points,
        list(lots),
        policy,
        *asked.key,
        fingerprint("RETURN", asked.account_id, asked.points, reverses),
        as_json(asked.reasons),
        asked.actor,
        asked.effective_at,
        at,
        reverses,
    )
    if refusal := refused(outcome, points=asked.points, key=asked.key):
        raise refusal
    return Returned(
        transfer_id=transfer_id,
        taken=taken,
        owed=owed,
        written_off=written_off,
        after=after,
        is_replay=outcome == "REPLAYED",
    )


def give_back(
    asked: Returning, *, spending: int, goodwill_until: datetime | None, at: datetime
) -> Restored:
    """Give spent points back to the lots that paid.

    Raises NotFound for a spending that is not this account's, RestoreExceedsSpent (only the caller's
    transaction undoes what was given), AccountClosed and KeyConflict.
    """
    outcome, transfer_id, restored, goodwill, after = call(
        "ledger_restore",
        asked.account_id,
        spending,
        asked.points,
        *asked.key,
        fingerprint("RESTORE", asked.account_id, asked.points, spending),
        as_json(asked.reasons),
        asked.actor,
        asked.effective_at,
        at,
        goodwill_until,
    )
    if outcome == "UNKNOWN":
        raise NotFound("The account has no such spending.")
    if refusal := refused(outcome, points=asked.points, key=asked.key):
        raise refusal
    if outcome == "NOTHING" or restored != asked.points:
        raise RestoreExceedsSpent(f"Of that spending fewer than {asked.points} points are left.")
    return Restored(
        transfer_id=transfer_id,
        restored=restored,
        goodwill=goodwill,
        after=after,
        is_replay=outcome == "REPLAYED",
    )


def forgive(asked: Returning, *, at: datetime) -> int:
    """Let a debt go; what is still owed. Raises DebtExceeded, AccountClosed and KeyConflict."""
    outcome, _transfer_id, owed = call(
        "ledger_forgive",
        asked.account_id,
        asked.points,
        *asked.key,
        fingerprint("FORGIVE", asked.account_id, asked.points),
        as_json(asked.reasons),
        asked.actor,
        asked.effective_at,
        at,
    )
    if outcome == "EXCEEDS":
        raise DebtExceeded(f"The member owes {owed} points.", field="points")
    if refusal := refused(outcome, points=asked.points, key=asked.key):
        raise refusal
    still_owed: int = owed
    return still_owed
