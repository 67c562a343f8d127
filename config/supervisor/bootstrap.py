"""Preparing a database for the application: who it acts as, its schema, the demo shop."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from config.supervisor.errors import CannotStart
from config.supervisor.house import ROOT, House
from config.supervisor.leash import spawn
from config.supervisor.postgres import DURABLE, Server

DATABASE: Final = "trouw"
OWNER: Final = "trouw_owner"
APPLICATION: Final = "trouw_app"
PROMISED: Final = ("fsync", "full_page_writes", "synchronous_commit")

Connection = psycopg.Connection[tuple[Any, ...]]


def prepare_roles(server: Server) -> None:
    """See to the database, the role that owns it and the plain role the application acts as.

    Neither is a superuser; the application owns nothing, so what is append-only stays so.
    """
    with server.connect() as connection:
        _role(connection, OWNER, "LOGIN NOSUPERUSER NOCREATEDB CREATEROLE")
        _role(connection, APPLICATION, "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        _run(connection, "GRANT {} TO {} WITH ADMIN OPTION", APPLICATION, OWNER)
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
            _run(connection, "CREATE DATABASE {} OWNER {}", DATABASE, OWNER)
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", DATABASE)
        _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", DATABASE, APPLICATION)


def assert_durable(server: Server) -> None:
    """Raise CannotStart unless a commit of the application is on disk when it is acknowledged.

    Asked as the application: a setting may be changed for one role or one database.
    """
    with server.connect(user=APPLICATION, database=DATABASE) as connection:
        for name in PROMISED:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            if row != (DURABLE[name],):
                raise CannotStart(f"PostgreSQL runs with {name} = {row and row[0]}: put it on.")


@contextmanager
def managing(house: House, environment: Mapping[str, str], *arguments: str) -> Iterator[None]:
    """Run a management command beside what the block does, and wait for it at the block's end.

    Raises CannotStart with the command's last words when it fails.
    """
    log = house.log(arguments[0])
    with log.open("wb") as output:
        child = spawn(
            [sys.executable, ROOT / "manage.py", *arguments], output=output, env=environment
        )
    try:
        yield
        code = child.wait()
    except BaseException:
        _abandon(child)
        raise
    if code != 0:
        words = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise CannotStart(f"`manage.py {arguments[0]}` failed ({log}): {' '.join(words)}")


def manage(house: House, environment: Mapping[str, str], *arguments: str) -> None:
    """Run a management command to its end; raises CannotStart when it fails."""
    with managing(house, environment, *arguments):
        pass


def _abandon(child: subprocess.Popen[bytes]) -> None:
    # Each command works in transactions: a kill loses the unfinished one and nothing else.
    child.kill()
    child.wait()


def _role(connection: Connection, name: str, rights: str) -> None:
    known = _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", name)
    verb = "ALTER" if known else "CREATE"
    _run(connection, f"{verb} ROLE {{}} {rights}", name)


def _exists(connection: Connection, query: str, name: str) -> bool:
    return connection.execute(query.encode(), [name]).fetchone() is not None


def _run(connection: Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
