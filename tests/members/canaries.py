"""Words that are nobody's but one person's, put in by the doors people use, and where they are."""

import base64
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

PERSON = {
    "given_name": "Kanarina",
    "family_name": "Geelvink-Kanarie",
    "email": "kanarina.geelvink@kanarie.example",
    "phone": "+31655512321",
    "card": "2990000000019",
    "note": "kanarie-noot",
    "remark": "kanarie-opmerking",
    "review": "kanarie-recensie",
    "support": "kanarie-hulpvraag",
    "external": "bestelling van kanarie-klant 12",
    "location": "kanarie-locatie",
    "message": "kanarie-bericht",
    "answer": "kanarie-antwoord",
    "pool": "kanarie-gezin",
    "tier": "kanarie-niveau",
    "history": "kanarie-geschiedenis",
    "search": "kanarie-zoekterm",
}
MARKS = re.compile(rb"kanari|geelvink|655512321|2990000000019", re.IGNORECASE)
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


def every_table() -> Iterator[tuple[str, bytes]]:
    """Every row of every table of the database, the queue's too, as PostgreSQL writes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")
            yield table, "\n".join(row for (row,) in cursor.fetchall()).encode()


def every_file(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below the folder."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes()


def found(said: Iterator[tuple[str, bytes]]) -> dict[str, list[str]]:
    """Where a word of the person's stands, also packed: in base 64, deflated or as hex of bytes."""
    places: dict[str, list[str]] = {}
    for place, content in said:
        whole = content + b"\n" + b"\n".join(_unpacked(content))
        if hits := sorted({hit.decode().lower() for hit in MARKS.findall(whole)}):
            places[place] = hits
    return places


def _unpacked(content: bytes) -> Iterator[bytes]:
    for hexed in re.findall(rb"\\\\?x([0-9a-f]{8,})", content):
        yield bytes.fromhex(hexed[: len(hexed) // 2 * 2].decode())
    for packed in _PACKED.findall(content):
        raw = _decoded(packed)
        yield raw
        try:
            yield zlib.decompress(raw)
        except zlib.error:
            continue


def _decoded(packed: bytes) -> bytes:
    padded = packed.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4))
    except ValueError:
        return b""
