"""A durable PostgreSQL of its own, a programme with rules and members, and the web server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.seeding import Connection
from config.supervisor.bootstrap import APPLICATION, DATABASE, OWNER, prepare_roles
from config.supervisor.postgres import Server

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Stage:
    """What a benchmark works with."""

    server: Server
    environment: dict[str, str]
    members: int
    key: str
    award: str  # what a seeded basket was given, and by which rule set: see bench.members
    rule_set: int
    tallies: tuple[str, ...]  # what the live tiers count

    def connect(self) -> Connection:
        """A connection that acts as the application."""
        return self.server.connect(user=APPLICATION, database=DATABASE)

    def connect_as_owner(self) -> Connection:
        """A connection that may write the books itself, to seed them."""
        return self.server.connect(user=OWNER, database=DATABASE)

    def settle(self) -> None:
        """Let the server write down what it has, so that none of it falls into a measurement."""
        with self.server.connect() as connection:
            connection.execute("CHECKPOINT")

    def publish(self, first: int, last: int) -> None:
        """Let those of the twenty rules go live; with the last of them the tiers."""
        self.run("-m", "bench.members", "publish", str(first), str(last))

    def run(self, *arguments: str) -> str:
        """Run Python with these arguments beside this database; what it said."""
        return _run(self.environment, *arguments)


@contextmanager
def stage(*, members: int, rules: int = 2) -> Iterator[Stage]:
    """Set the stage in a folder of its own and clear it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="trouw-bench-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder)
        server = Server(data=place / "data", sockets=place / "run", log=place / "log")
        server.start()
        try:
            prepare_roles(server)
            environment = os.environ | {
                "TROUW_ENV": "demo",
                "TROUW_VAR": str(place / "var"),
                "SECRET_KEY": "bench " * 10,
                "DATABASE_URL": server.url(user=APPLICATION, database=DATABASE),
                "DATABASE_OWNER_URL": server.url(user=OWNER, database=DATABASE),
                "PYTHONPATH": str(ROOT),
            }
            _run(environment, "manage.py", "prepare_database")
            said = _run(environment, "-m", "bench.members", "open", str(members), str(rules))
            yield Stage(server, environment, members, **msgspec.json.decode(said))
        finally:
            server.stop()
            shutil.rmtree(place / "data", ignore_errors=True)


@contextmanager
def web_server(stage: Stage, *, application: str = "config.wsgi:application") -> Iterator[int]:
    """Serve the application as `make run` does, on a free port; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "2", "--blocking-threads", "3"),
        *("--no-ws", "--log-level", "warning", application),
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=stage.environment, start_new_session=True)
    try:
        _wait_for(port)
        yield port
    finally:
        _stop(server)


@contextmanager
def at_work(on: Stage) -> Iterator[None]:
    """Worker, beat, relay and sender of webhooks as `make run` starts them."""
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    commands = [
        [*celery, "worker", *quiet, "--concurrency", "2", "--loglevel", "ERROR"],
        [*celery, "beat", "--pidfile=", "--loglevel", "ERROR"],
        [sys.executable, "manage.py", "dispatch_events"],
        [sys.executable, "manage.py", "deliver_webhooks"],
    ]
    children = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=on.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        yield
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its workers, also one that does not want to."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The web server did not start.")


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
