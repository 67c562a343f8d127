"""Writing tables to files, all as of one moment, and only what changed since the export before."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import polars
from django.db import connection, transaction

from loyalty.errors import InvalidRequest
from loyalty.services.exports.catalogue import Table, field_of, selecting, tables
from loyalty.services.exports.dictionary import dictionary

Format = Literal["csv", "jsonl", "parquet"]
MANIFEST = "manifest.json"
DICTIONARY = "dictionary.md"
_OLDEST = 2_000_000_000  # transactions ago, beyond which the server's own numbers begin again
# JSON has neither character in it, so that nothing of it is put in quotes.
_BARE = "WITH (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"
_TYPES: dict[str, Any] = {
    "smallint": polars.Int16,
    "integer": polars.Int32,
    "bigint": polars.Int64,
    "date": polars.Date,
}


class Written(msgspec.Struct, frozen=True):
    """A file of one table."""

    table: str
    file: str
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export is: `cursor` is where the next one goes on."""

    made_at: datetime
    cursor: str
    is_whole: bool  # else: what was new or changed since the cursor that was given
    format: str
    tables: list[Written]


def export_tables(
    folder: Path, *, file_format: Format, since: str = "", only: tuple[str, ...] = (), at: datetime
) -> Manifest:
    """Write the tables to the folder, each a file, with a manifest and the dictionary.

    With `since`, the cursor of an export before, only rows that were written after it: none is
    missed, however long a transaction ran, and one may come again, so the last of an id counts.
    Rows that are gone are not told of. An export of another database, or one too old, is answered
    with everything. Memory is bounded. Raises InvalidRequest for a table that is not there or a
    cursor that is none.
    """
    chosen = [table for table in tables() if not only or table.name in only]
    if unknown := set(only) - {table.name for table in chosen}:
        raise InvalidRequest(f"There is no table {', '.join(sorted(unknown))}.", field="table")
    folder.mkdir(parents=True, exist_ok=True)
    with _one_moment():
        house, horizon, following = _standing()
        known = _read_cursor(since, house, following) if since else None
        written = [_write(table, folder, file_format, known) for table in chosen]
    manifest = Manifest(
        made_at=at,
        cursor=f"{house}.{horizon}",
        is_whole=known is None,
        format=file_format,
        tables=written,
    )
    _put(folder / DICTIONARY, dictionary(chosen).encode())
    _put(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


def cursor_in(folder: Path) -> str:
    """The cursor of the export that was written to a folder. Raises InvalidRequest if none was."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest).cursor
    except (OSError, msgspec.MsgspecError) as missing:
        raise InvalidRequest(f"There is no export in {folder}.", field="since") from missing


@contextmanager
def _one_moment() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _standing() -> tuple[str, int, int]:
    """Which database this is, the oldest transaction that still runs, and the number of the next."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text,"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        house, horizon, following = cursor.fetchone()
    return house, horizon, following


def _read_cursor(said: str, house: str, following: int) -> int | None:
    """From which transaction on rows are new; None when all of them have to be given."""
    of_house, _, number = said.partition(".")
    if not (number.isascii() and number.isdecimal()) or len(number) > 20:  # noqa: PLR2004  digits of 64 bits
        raise InvalidRequest("This is not the cursor of an export.", field="since")
    since = int(number)
    if of_house != house or since > following or following - since > _OLDEST:
        return None
    return since


def _write(table: Table, folder: Path, file_format: Format, since: int | None) -> Written:
    own = table.model._meta.db_table
    where = f"age(\"{own}\".xmin) <= age('{since}'::xid8::xid)" if since is not None else ""
    asked = selecting(table, where)
    path = folder / f"{table.name}.{file_format}"
    if file_format == "jsonl":
        rows = _copied(f"COPY (SELECT to_json(j) FROM ({asked}) j) TO STDOUT {_BARE}", path)  # noqa: S608
    elif file_format == "csv":
        rows = _copied(f"COPY ({asked}) TO STDOUT WITH (FORMAT csv, HEADER)", path)
    else:
        plain = folder / f".{table.name}.csv"
        rows = _copied(f"COPY ({asked}) TO STDOUT WITH (FORMAT csv, HEADER)", plain)
        _as_parquet(table, plain, path)
    return Written(table.name, path.name, rows, _digest(path))


def _copied(statement: str, path: Path) -> int:
    """Let the server write the file; how many rows are in it."""
    partly = path.with_name(f".{path.name}.part")
    with connection.cursor() as cursor, partly.open("wb") as file:
        with cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)
        rows: int = cursor.rowcount
    partly.replace(path)
    return rows


def _as_parquet(table: Table, plain: Path, path: Path) -> None:
    """The same rows with their types, a block at a time."""
    partly = path.with_name(f".{path.name}.part")
    schema = {column: _type(table, column) for column in table.columns}
    moments = [column for column in table.columns if _sql_type(table, column) == MOMENT]
    answers = [column for column in table.columns if _sql_type(table, column) == "boolean"]
    lazy = polars.scan_csv(plain, schema=schema)
    parsed = [polars.col(column) == "t" for column in answers] + [
        polars.col(column).str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_zone="UTC")
        for column in moments
    ]
    lazy.with_columns(parsed).sink_parquet(partly)
    partly.replace(path)
    plain.unlink()


MOMENT = "timestamp with time zone"


def _sql_type(table: Table, column: str) -> str:
    return (field_of(table, column).rel_db_type(connection) or "text").partition("(")[0]


def _type(table: Table, column: str) -> Any:
    field = field_of(table, column)
    if _sql_type(table, column) == "numeric":
        return polars.Decimal(field.max_digits, field.decimal_places)  # type: ignore[attr-defined]
    return _TYPES.get(_sql_type(table, column), polars.String)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(path: Path, content: bytes) -> None:
    partly = path.with_name(f".{path.name}.part")
    partly.write_bytes(content)
    partly.replace(path)
