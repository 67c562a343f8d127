"""Whose an identifier is: a member's in the database, or a line's that a try has seen before."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from members.identifiers import ParsedIdentifier
from members.models import Identifier, Membership
from members.services.importing.lines import Layout


class Owner(NamedTuple):
    """Who has an identifier; `line` is set while they are still to be made of that line."""

    member_id: UUID | None = None
    line: int = 0


class Holding(NamedTuple):
    """A member's place in the programme."""

    membership_id: int
    holder: UUID


class Seen:
    """What the lines of a file said before, while nothing of it is written: on disk, not in memory.

    Of an identifier the line, of a receipt what it says. A carrying out keeps nothing here: there
    the database knows.
    """

    def __init__(self) -> None:
        self._known = sqlite3.connect("")  # a file of its own that goes when it is closed
        self._known.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, said BLOB) WITHOUT ROWID")

    def add(self, said: Iterable[tuple[str, str]]) -> None:
        """Remember these texts, the first time they are said."""
        rows = [(_digest(key), value) for key, value in said]
        self._known.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)

    def get(self, key: str) -> str:
        """What was said under the key; nothing when it was not."""
        found = self._known.execute("SELECT said FROM seen WHERE key = ?", [_digest(key)])
        row = found.fetchone()
        return row[0] if row else ""

    def close(self) -> None:
        self._known.close()


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


class Job(NamedTuple):
    """What a chunk of lines is judged by. `seen` is there while it is a try."""

    programme_id: int
    layout: Layout
    actor: str
    at: datetime
    seen: Seen | None = None


class Taken(NamedTuple):
    """What became of one line."""

    number: int
    outcome: str
    membership_id: int | None = None
    made: str = ""
    problem: str = ""
    field: str = ""


def owners_of(
    keys: Iterable[ParsedIdentifier], seen: Seen | None = None, *, blocked_too: bool = False
) -> dict[ParsedIdentifier, Owner]:
    """Those of the keys that somebody has, and who."""
    wanted = set(keys)
    rows = Identifier.objects.filter(value__in={key.value for key in wanted})
    if not blocked_too:
        rows = rows.filter(blocked_at=None)
    found = {
        key: Owner(member_id)
        for *said, member_id in rows.values_list("kind", "system", "value", "member_id")
        if (key := ParsedIdentifier(*said)) in wanted
    }
    if seen is not None:
        for key in wanted - set(found):
            if line := seen.get(str(key)):
                found[key] = Owner(line=int(line))
    return found


def holdings_of(programme_id: int, member_ids: Iterable[UUID]) -> dict[UUID, Holding]:
    """The place of each of them that is in the programme."""
    rows = Membership.objects.filter(programme_id=programme_id, member_id__in=set(member_ids))
    return {
        member_id: Holding(membership_id, holder)
        for member_id, membership_id, holder in rows.values_list("member_id", "id", "holder")
    }


def former_holders(programme_id: int, member_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """By member, the holders that they were before they were merged with somebody."""
    rows = Membership.objects.filter(
        Q(member__merged_into__in=member_ids) | Q(member__merged_into__merged_into__in=member_ids),
        programme_id=programme_id,
    )
    found: dict[UUID, list[UUID]] = {}
    for holder, once, twice in rows.values_list(
        "holder", "member__merged_into", "member__merged_into__merged_into"
    ):
        for member_id in (once, twice):
            if member_id is not None:
                found.setdefault(member_id, []).append(holder)
    return found
