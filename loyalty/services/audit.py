"""The audit: every promise about the books, proved again from what is stored.

An upper app registers its own promises when it starts; `manage.py audit` asks all of them.
"""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from loyalty.ledger.proof import CHECKS, Check

SHOWN = 5
"""How many of the rows that break a promise a finding carries."""

_registered: dict[str, Check] = {check.name: check for check in CHECKS}


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
    check = Check(name=name, promise=promise, over=over, sql=sql)
    if _registered.setdefault(name, check) != check:
        raise ValueError(f"{name} is registered already")


def checks() -> Sequence[Check]:
    """All promises, in the order in which they were registered."""
    return tuple(_registered.values())


@transaction.atomic
def audit() -> list[Finding]:
    """Prove every promise; reads only, locks nothing, and each answer is true of one moment."""
    with connection.cursor() as cursor:
        # Whole tables are read: what keeps a request short would only cut the proof off.
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'")
    counted = {over: _count(over) for over in {check.over for check in checks()}}
    return [_finding(check, rows=counted[check.over]) for check in checks()]


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


def _rows(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"app_role": settings.DATABASE_APP_ROLE})
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
