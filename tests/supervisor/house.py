"""A whole house in a folder of its own, started and stopped as a person would."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from config.supervisor.house import HOST, ROOT
from config.supervisor.leftovers import members_of, servers_in

PATIENCE = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(happened: Callable[[], bool], *, within: float = PATIENCE) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.1)
    return False


class RunningHouse:
    """`python -m config.supervisor run` with its own `var` and port."""

    def __init__(self, var: Path, *, database: str = "") -> None:
        self.var = var
        self.port = free_port()
        self.output = var.parent / f"{var.name}.out"
        hidden = ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "BASE_URL")
        self.environment = {k: v for k, v in os.environ.items() if k not in hidden}
        self.environment |= {"TROUW_VAR": str(var), "TROUW_ENV": "test", "PORT": str(self.port)}
        if database:
            self.environment["DATABASE_URL"] = database
        self.process: subprocess.Popen[bytes] | None = None

    def run(self) -> "RunningHouse":
        """Start it unless it runs; return when its page answers."""
        if self.process is None or self.process.poll() is not None:
            self.process = self.launch()
            self.settled()
        return self

    def settled(self) -> None:
        assert wait_for(lambda: "runs at" in self.said() or self.supervisor.poll() is not None)
        assert self.answers(), self.said()

    def launch(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "config.supervisor", "run"],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def said(self) -> str:
        return self.output.read_text()

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://{HOST}:{self.port}/", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return error.code < 500
        except OSError:
            return False
        return True

    def postmaster(self) -> psutil.Process:
        number = int((self.var / "postgres" / "postmaster.pid").read_text().split()[0])
        return psutil.Process(number)

    def child(self, words: str) -> psutil.Process:
        """Return the supervisor's child whose command line has these words."""
        children = psutil.Process(self.supervisor.pid).children()
        return next(child for child in children if words in " ".join(child.cmdline()))

    def manage(self, *arguments: str) -> str:
        """Run a management command as somebody with a terminal would: told nothing."""
        hidden = {"TROUW_ENV", "PORT", "DATABASE_URL"}
        told = {k: v for k, v in self.environment.items() if k not in hidden}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=told,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def everyone(self) -> list[psutil.Process]:
        return [*members_of(self.var), *servers_in(self.var / "postgres")]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """Ask it to stop, as a service manager or by Ctrl-C; return its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)
