"""The numbers of the home page by raw SQL, one statement each, as a bare WSGI application."""

import os
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import psycopg

# In the order of the page: who, card, balance, worth, dates, tier, rewards, messages, movements.
STATEMENTS = [
    "SELECT given_name FROM members_member m JOIN members_membership s ON s.member_id = m.id"
    " WHERE s.id = %(membership)s",
    "SELECT value FROM members_identifier i JOIN members_membership s ON s.member_id = i.member_id"
    " WHERE s.id = %(membership)s AND kind = 'CARD' AND blocked_at IS NULL ORDER BY i.id DESC LIMIT 1",
    "SELECT ledger_spendable(%(account)s, %(at)s)",
    "SELECT coalesce(sum(remaining), 0) FROM ledger_lots(%(account)s, %(at)s, 'PENDING')",
    "SELECT name, point_worth FROM loyalty_programme ORDER BY id LIMIT 1",
    "SELECT ends_at::date, sum(remaining) FROM ledger_lots(%(account)s, %(at)s, 'USABLE')"
    " GROUP BY 1 ORDER BY 1",
    "SELECT document FROM loyalty_standing WHERE account_id = %(account)s",
    "SELECT name_nl, points FROM rewards_reward WHERE state = 'LIVE' ORDER BY points",
    "SELECT count(*) FROM members_message WHERE membership_id = %(membership)s AND read_at IS NULL",
    "SELECT effective_at, points, kind, reasons FROM loyalty_transfer"
    " WHERE credit_account_id = %(account)s AND credit_version IS NOT NULL"
    " ORDER BY credit_version DESC LIMIT 5",
    "SELECT location, external_id, amount FROM members_activity"
    " WHERE membership_id = %(membership)s ORDER BY occurred_at DESC LIMIT 5",
]
_local = threading.local()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The page of the member whose `account` and `membership` the address says."""
    said = parse_qs(environ["QUERY_STRING"])
    asked = {key: int(value[0]) for key, value in said.items()} | {"at": datetime.now(UTC)}
    rows = [_connection().execute(statement, asked).fetchall() for statement in STATEMENTS]
    parts = "".join(f"<ul>{''.join(f'<li>{row}</li>' for row in found)}</ul>" for found in rows)
    page = f"<!doctype html><html><body>{parts}</body></html>".encode()
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(page)))])
    return [page]


def _connection() -> "psycopg.Connection[Any]":
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection: psycopg.Connection[Any] = _local.connection
    return connection
