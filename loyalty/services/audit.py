"""The audit: every promise about the books, proved again from what is stored.

An upper app registers its own promises when it starts; `manage.py audit` asks all of them. Most
are one query each. Those that no query can ask are probes: they judge or hash everything again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db import connection, transaction

from loyalty.ledger.proof import CHECKS, Check
from loyalty.ledger.proof.guards import Guard, closed

__all__ = [
    "Finding",
    "Guard",
    "Probe",
    "Seen",
    "audit",
    "checks",
    "register_check",
    "register_closed",
    "register_probe",
]

SHOWN = 5
"""How many of the rows that break a promise a finding carries."""

_registered: dict[str, Check] = {check.name: check for check in CHECKS}


class Seen(NamedTuple):
    """What a probe saw of one promise."""

    rows: int
    differences: int = 0
    examples: Sequence[Mapping[str, str]] = ()


class Probe(NamedTuple):
    """Promises, by name, that `look` proves in Python in one go; slow, so `quick` leaves them out."""

    promises: Mapping[str, str]
    look: Callable[[], Mapping[str, Seen]]


_probes: list[Probe] = []


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one promise: rows looked at, rows that break it, and the first of those."""

    name: str
    promise: str
    rows: int
    differences: int
    milliseconds: int
    examples: tuple[dict[str, str], ...] = ()


def register_check(*, name: str, promise: str, over: str, sql: str) -> None:
    """Add a promise of an upper app, as `Check` has it; done when the app starts.

    Raises ValueError when the name is taken by another promise.
    """
    _register(Check(name=name, promise=promise, over=over, sql=sql))


def register_closed(*, name: str, promise: str, tables: Mapping[str, Guard]) -> None:
    """Add the promise that the application may do no more with these tables than is said."""
    _register(closed(name, promise, tables))


def _register(check: Check) -> None:
    if _registered.setdefault(check.name, check) != check:
        raise ValueError(f"{check.name} is registered already")


def checks() -> Sequence[Check]:
    """All promises, in the order in which they were registered."""
    return tuple(_registered.values())


def register_probe(*, promises: Mapping[str, str], look: Callable[[], Mapping[str, Seen]]) -> None:
    """Add promises that need more than a query; done when the app starts.

    `look` answers each of them, by name.
    """
    probe = Probe(promises, look)
    if probe not in _probes:
        _probes.append(probe)


def audit(*, quick: bool = False) -> list[Finding]:
    """Prove every promise; reads only, locks nothing, and all answers are true of one moment.

    `quick` leaves out what judges every member's history again and hashes every sealed day.
    """
    is_whole = not connection.in_atomic_block
    with transaction.atomic():
        if is_whole:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _audit(quick=quick)


def _audit(*, quick: bool) -> list[Finding]:
    with connection.cursor() as cursor:
        # Whole tables are read: what keeps a request short would only cut the proof off.
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'")
    counted = {over: _count(over) for over in {check.over for check in checks()}}
    found = [_finding(check, rows=counted[check.over]) for check in checks()]
    return found if quick else [*found, *(each for probe in _probes for each in _looked(probe))]


def _count(over: str) -> int:
    counted: int = _rows(f"SELECT count(*) AS n FROM {over}")[0]["n"]  # noqa: S608 - our own text
    return counted


def _finding(check: Check, *, rows: int) -> Finding:
    began = time.perf_counter()
    broken = _rows(
        f"SELECT count(*) OVER () AS differences, broken.* FROM ({check.sql}) broken LIMIT {SHOWN}"  # noqa: S608
    )
    return Finding(
        name=check.name,
        promise=check.promise,
        rows=rows,
        differences=broken[0]["differences"] if broken else 0,
        milliseconds=round((time.perf_counter() - began) * 1000),
        examples=tuple(
            {column: str(value) for column, value in row.items() if column != "differences"}
            for row in broken
        ),
    )


def _looked(probe: Probe) -> list[Finding]:
    began = time.perf_counter()
    seen = probe.look()
    milliseconds = round((time.perf_counter() - began) * 1000)  # all of it for the first of them
    return [
        Finding(
            name=name,
            promise=promise,
            rows=seen[name].rows,
            differences=seen[name].differences,
            milliseconds=0 if nth else milliseconds,
            examples=tuple(dict(each) for each in seen[name].examples[:SHOWN]),
        )
        for nth, (name, promise) in enumerate(probe.promises.items())
    ]


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"app_role": settings.DATABASE_APP_ROLE})
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
