"""What each app keeps of a person: how it goes over in a merge, is taken out and is forgotten.

Apps register theirs when they start, so that a merge, an export and an erasure know all of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from members.models import Member, Membership

Row = dict[str, Any]


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of belonging goes from the absorbed membership to the kept one.

    `move` answers the ids of what went over, as JSON can keep them; `move_back` takes those ids and
    gives them to their first owner again, as far as they are still there. What is the person's own
    and of no programme moves once, with memberships that need not be stored (`is_of_person`).
    """

    key: str
    move: Callable[[Membership, Membership], Sequence[Any]]  # (of the absorbed, of the kept)
    move_back: Callable[[Sequence[Any], Membership], None]
    is_of_person: bool = False


class Keeper(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a person under one heading.

    `export` answers all of it as rows of plain values; `erase` forgets it, for good, and answers
    how many rows that were. What has to stay (the books) is stripped of every word about them.
    """

    key: str
    title: Any  # a lazy translation
    export: Callable[[Member], Sequence[Row]]
    erase: Callable[[Member, datetime], int]


_movers: dict[str, Mover] = {}
_keepers: dict[str, Keeper] = {}


def register_mover(mover: Mover) -> None:
    _movers[mover.key] = mover


def register_keeper(keeper: Keeper) -> None:
    _keepers[keeper.key] = keeper


def movers() -> list[Mover]:
    """In the order in which they were registered."""
    return list(_movers.values())


def keepers() -> list[Keeper]:
    """In the order in which they were registered."""
    return list(_keepers.values())
