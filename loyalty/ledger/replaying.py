"""A scratch schema in which the books are written again, and the books as comparable lines.

The schema's tables and functions are copied from the database itself, so that what is replayed is
the very text that runs; only the schema's name in them is another.
"""

from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.db.backends.utils import CursorWrapper

SCHEMA = "replay"
CHUNK = 10_000  # steps in one statement
TABLES = (
    *("account", "transfer", "lot", "lotmove", "lotchange", "slide", "hold", "holdermerge"),
    "outboxevent",
)
STEPS = Path(__file__).parent / "sql" / "replay.sql"

_FUNCTIONS = """
SELECT pg_get_functiondef(p.oid) FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND (p.proname LIKE 'ledger\\_%' OR p.proname = 'outbox_publish')
"""
_TRIGGERS = """
SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t
WHERE NOT t.tgisinternal AND t.tgrelid = ANY (%s::regclass[])
"""

# Ids say nothing: rows are named by business keys, and a lot by its place among its transfer's.
_NAMED = """
SELECT l.*, t.source, t.external_id,
       row_number() OVER (PARTITION BY l.transfer_id ORDER BY l.id) AS nth
FROM {s}.loyalty_lot l JOIN {s}.loyalty_transfer t ON t.id = l.transfer_id
"""
PARTS = {
    "balances": """
        SELECT jsonb_build_array(
            a.id, a.balance, a.owed, a.version, extract(epoch FROM a.lapses_at))::text
        FROM {s}.loyalty_account a WHERE a.kind = 'MEMBER' ORDER BY a.id
    """,
    "transfers": """
        SELECT jsonb_build_array(
            t.source, t.external_id, t.kind, t.debit_account_id, t.credit_account_id, t.points,
            t.fingerprint, t.reasons, t.actor, extract(epoch FROM t.effective_at),
            extract(epoch FROM t.recorded_at), r.source, r.external_id,
            t.debit_before, t.debit_version, t.credit_before, t.credit_version)::text
        FROM {s}.loyalty_transfer t LEFT JOIN {s}.loyalty_transfer r ON r.id = t.reverses
        ORDER BY t.source COLLATE "C", t.external_id COLLATE "C"
    """,
    "lots": """
        SELECT jsonb_build_array(
            l.source, l.external_id, l.nth, l.account_id, l.granted, l.remaining,
            extract(epoch FROM l.available_from), l.awaits, extract(epoch FROM l.expires_at),
            l.is_sliding, l.expiry, l.origin_id IS NOT NULL)::text
        FROM ({named}) l ORDER BY l.source COLLATE "C", l.external_id COLLATE "C", l.nth
    """,
    "moves": """
        SELECT jsonb_build_array(t.source, t.external_id, l.source, l.external_id, l.nth,
                                 m.points)::text AS line
        FROM {s}.loyalty_lotmove m
        JOIN {s}.loyalty_transfer t ON t.id = m.transfer_id
        JOIN ({named}) l ON l.id = m.lot_id
        ORDER BY line
    """,
    "holds": """
        SELECT jsonb_build_array(
            h.source, h.external_id, h.account_id, h.points, h.fingerprint, h.actor,
            extract(epoch FROM h.authorised_at), extract(epoch FROM h.expires_at),
            extract(epoch FROM h.ended_at), h."end", h.captured, t.source, t.external_id)::text
        FROM {s}.loyalty_hold h LEFT JOIN {s}.loyalty_transfer t ON t.id = h.transfer
        ORDER BY h.source COLLATE "C", h.external_id COLLATE "C"
    """,
}


def open_scratch(cursor: CursorWrapper) -> None:
    """Make the schema, empty, in the open transaction; it acts there from now on."""
    tables = [f"loyalty_{name}" for name in TABLES]
    cursor.execute(_FUNCTIONS)
    functions = [text for (text,) in cursor.fetchall()]
    cursor.execute(_TRIGGERS, [[f"public.{table}" for table in tables]])
    triggers = [text for (text,) in cursor.fetchall()]
    cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    cursor.execute(f"SET LOCAL search_path = {SCHEMA}, pg_temp")
    for table in tables:
        cursor.execute(f"CREATE UNLOGGED TABLE {table} (LIKE public.{table} INCLUDING ALL)")
    cursor.execute("SET LOCAL check_function_bodies = off")  # they name each other
    for text in functions + triggers:
        _run(cursor, text.replace("public.", f"{SCHEMA}.").replace("'public'", f"'{SCHEMA}'"))
    _run(cursor, STEPS.read_text())


def replay_steps(cursor: CursorWrapper) -> int:
    """Do again all that happened; how many steps that were."""
    cursor.execute("SELECT coalesce(max(nth), 0) FROM step")
    steps = int(cursor.fetchone()[0])
    # plans are made while the copies are empty, and kept until the next ANALYZE
    cursor.execute("SET LOCAL enable_seqscan = off")
    for after in range(0, steps, CHUNK):
        cursor.execute("SELECT replay_steps(%s, %s)", [after, after + CHUNK])
        if (after // CHUNK).bit_count() <= 1:  # at the first chunks, then whenever they doubled
            cursor.execute(f"ANALYZE {', '.join(f'loyalty_{name}' for name in TABLES)}")
    cursor.execute("SET LOCAL enable_seqscan = on")
    return steps


def lines(part: str, schema: str) -> Iterator[str]:
    """The lines of one part of the books in that schema, in an order that says nothing."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(PARTS[part].replace("{named}", _NAMED).replace("{s}", schema))
        for (line,) in cursor:
            yield line


def _run(cursor: CursorWrapper, text: str) -> None:
    """As one text without arguments, several statements included."""
    cursor.connection.execute(text.encode())
