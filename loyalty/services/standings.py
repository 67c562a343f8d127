"""Standings outside of what members do: held, changed, and their changes of tier booked."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from loyalty.earning.standing import Standing, read_standing, write_standing
from loyalty.earning.tier_moves import TierChange
from loyalty.models import TierSet


class HeldStanding(NamedTuple):
    """A standing that nobody else changes until the transaction ends."""

    account_id: int
    holder: UUID
    sequence: int
    standing: Standing


def locked_standings(account_ids: Sequence[int]) -> list[HeldStanding]:
    """The standings of these members' points accounts, by account; in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM loyalty_lock_standings(%s)", [list(account_ids)])
        rows = cursor.fetchall()
    return [
        HeldStanding(account, holder, sequence, read_standing(document))
        for account, holder, sequence, _last_at, document in rows
    ]


def set_standing(held: HeldStanding, standing: Standing) -> None:
    """Keep what a held standing has become; whoever judged by the old one judges again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loyalty_set_standing(%s, %s, %s, %s)",
            [held.account_id, held.sequence, write_standing(standing), standing.last_at],
        )
        if cursor.fetchone() != (True,):
            raise RuntimeError(f"The standing of account {held.account_id} was not held.")


def move_tiers(
    held: HeldStanding, changes: Sequence[TierChange], programme_id: int, *, at: datetime
) -> int:
    """Book changes of tier and tell them, each once; how many were new."""
    if not changes:
        return 0
    ids = dict(TierSet.objects.filter(programme_id=programme_id).values_list("key", "pk"))
    moves: list[list[Any]] = [
        [ids[each.tier_set], each.before, each.after, each.cause, each.effective_at.isoformat()]
        for each in changes
        if each.tier_set in ids
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loyalty_move_tiers(%s, %s, %s, %s)",
            [held.account_id, held.holder, json.dumps(moves), at],
        )
        (told,) = cursor.fetchone()
    return int(told)
