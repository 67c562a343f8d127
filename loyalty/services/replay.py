"""Replay: the whole history done again from nothing, by the ledger's own functions.

It runs in a scratch schema of the same database, in one transaction that is rolled back: nothing is
left behind, no second server or dump is needed, and while the shop goes on all of it sees one
moment (REPEATABLE READ). The functions are copied from the database as they stand, with the schema
that they pin replaced, so the replay cannot be kinder than what runs. It needs a session that may
make a schema: the owner's, not the application's role.

Derived anew: which lots pay, balances, versions, what is repaid, restored, slides and lapses. Taken
as recorded: how much and from which lots a RETURN took, and which lots an EXPIRE or a MOVE named.
"""

import hashlib
from itertools import zip_longest

import msgspec
from django.db import DatabaseError, ProgrammingError, connection, transaction

from loyalty.errors import DomainError
from loyalty.ledger.replaying import PARTS, SCHEMA, lines, open_scratch, replay_steps


class ReplayStopped(DomainError):
    """The history could not be done again: a step was refused, or the session may not try."""

    code = "replay_stopped"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the books twice over: as they are, and as they came out again."""

    name: str
    rows: int
    replayed_rows: int
    digest: str
    replayed_digest: str
    differences: int
    first: str = ""  # the first line that differs, as it is and as it came out

    @property
    def agrees(self) -> bool:
        return self.digest == self.replayed_digest


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; the digests are over those of all parts."""

    steps: int
    parts: list[Part]
    digest: str
    replayed_digest: str

    @property
    def agrees(self) -> bool:
        return self.digest == self.replayed_digest


def replay() -> Replayed:
    """Do the whole history again and compare; changes nothing. Raises ReplayStopped."""
    is_whole = not connection.in_atomic_block
    try:
        with transaction.atomic():
            replayed = _replayed(is_whole=is_whole)
            transaction.set_rollback(True)
    except ProgrammingError as problem:
        raise ReplayStopped(f"Replay with the owner's DATABASE_URL: {problem}") from problem
    except DatabaseError as problem:
        raise ReplayStopped(f"A step was refused: {problem}") from problem
    return replayed


def _replayed(*, is_whole: bool) -> Replayed:
    with connection.cursor() as cursor:
        if is_whole:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL ROLE NONE")
        open_scratch(cursor)
        steps = replay_steps(cursor)
    parts = [_compared(name) for name in PARTS]
    return Replayed(
        steps=steps,
        parts=parts,
        digest=_over([part.digest for part in parts]),
        replayed_digest=_over([part.replayed_digest for part in parts]),
    )


def _compared(name: str) -> Part:
    shas = hashlib.sha256(), hashlib.sha256()
    rows, differences, first = [0, 0], 0, ""
    for pair in zip_longest(lines(name, "public"), lines(name, SCHEMA)):
        for side, line in enumerate(pair):
            if line is not None:
                shas[side].update(line.encode() + b"\n")
                rows[side] += 1
        if pair[0] != pair[1]:
            differences += 1
            first = first or f"{pair[0]} came out as {pair[1]}"
    return Part(
        name=name,
        rows=rows[0],
        replayed_rows=rows[1],
        digest=shas[0].hexdigest(),
        replayed_digest=shas[1].hexdigest(),
        differences=differences,
        first=first,
    )


def _over(digests: list[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
