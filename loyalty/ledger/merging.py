"""The Python side of the ledger's functions for two holders who are one (sql/0014_merging.sql)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from loyalty.ledger.posting import as_json, call
from loyalty.models import HolderMerge


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What went over: DONE with so many points and so much debt, or HELD or CLOSED without any."""

    outcome: str
    points: int
    owed: int


def merge_account(
    source: int,
    target: int,
    *,
    key: str,
    reasons: Sequence[Any],
    actor: str,
    at: datetime,
    lots: Sequence[int] | None = None,
    owed: int | None = None,
) -> Taken:
    """Let the target have all that the source holds and owes, or only these lots and that debt."""
    outcome, points, debt = call(
        "ledger_merge_account",
        *(source, target, None if lots is None else list(lots), owed, key),
        *(as_json(reasons), actor, at, at),
    )
    return Taken(outcome=outcome, points=points or 0, owed=debt or 0)


def merge_holders(
    *, kept: UUID, absorbed: UUID, merge: UUID, deed: HolderMerge.Deed, actor: str, at: datetime
) -> None:
    """Write down that two holders are one, or no longer; the absorbed one's accounts close, or open."""
    call("ledger_merge_holders", kept, absorbed, merge, deed.value, actor, at)
