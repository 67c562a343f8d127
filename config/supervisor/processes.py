"""The application's processes, each a child that is started again when it dies."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.supervisor import leash
from config.supervisor.house import HOST, ROOT, House

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
STEADY: Final = 60.0
"""Seconds of life after which a child's earlier deaths are forgotten."""

PYTHON: Final = Path(sys.executable)
SANNE: Final = {
    "sub": "sanne",
    "name": "Sanne de Vries",
    "given_name": "Sanne",
    "family_name": "de Vries",
    "email": "sanne@example.com",
    "email_verified": True,
    "locale": "nl",
}
"""Whom the demo's sign-on provider knows."""


@dataclass(kw_only=True)
class Child:
    """One process with its log; `keep_alive` starts it again, later after each early death."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    _deaths: int = 0
    _started: float = field(default=0.0, repr=False)
    _due: float = field(default=0.0, repr=False)

    def start(self) -> None:
        """Start it with a fresh log; the one before is kept as `.old`."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".old"))
        self._spawn()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def keep_alive(self) -> str:
        """Start it again when it died and its pause is over; return what to tell, if anything."""
        if self.process is None:
            if self._started and time.monotonic() >= self._due:
                self._spawn()
            return ""
        if self.is_running():
            return ""
        code = self.process.returncode
        leash.kill_group(self.process)  # its own children must not hold its port or its queue
        self.process = None
        pause = self._pause()
        self._due = time.monotonic() + pause
        return f"{self.name} ended with {code}; starting it again in {pause:g} s ({self.log})"

    def ask_to_stop(self) -> None:
        if self.is_running() and self.process is not None:
            self.process.send_signal(signal.SIGTERM)

    def finish(self, *, deadline: float) -> None:
        """Wait until it ended; kill it and all its children at `deadline` (monotonic)."""
        if self.process is not None:
            leash.finish(self.process, within=deadline - time.monotonic())
            leash.kill_group(self.process)
            self.process = None

    def _spawn(self) -> None:
        self._started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = leash.spawn(
                self.command, output=output, env=self.environment, folder=ROOT
            )

    def _pause(self) -> float:
        lived = time.monotonic() - self._started
        self._deaths = 0 if lived > STEADY else self._deaths + 1
        return min(FIRST_PAUSE * 2.0 ** max(self._deaths - 1, 0), LONGEST_PAUSE)


def children_of(
    house: House, environment: Mapping[str, str], *, provider_port: int | None
) -> list[Child]:
    """Return the processes of the house, in the order in which they are asked to stop."""
    celery: list[str | Path] = [PYTHON, "-m", "celery", "-A", "config.celery"]
    commands: dict[str, list[str | Path]] = {
        "web": [
            *(PYTHON, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
            *("--host", HOST, "--port", str(house.port)),
            *("--workers", "2", "--blocking-threads", "3", "--respawn-failed-workers"),
            *("--workers-kill-timeout", "3", "config.wsgi:application"),
        ],
        "worker": [
            *(*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--concurrency", "2", "--loglevel", "INFO"),
        ],
        "beat": [*celery, "beat", "--pidfile=", "--loglevel", "INFO"],
        "relay": [PYTHON, ROOT / "manage.py", "dispatch_events"],
        "webhooks": [PYTHON, ROOT / "manage.py", "deliver_webhooks"],
    }
    if provider_port is not None:
        commands["sign-on"] = [
            *(PYTHON, "-W", "ignore", "-m", "oidc_provider_mock"),
            *("--host", HOST, "--port", str(provider_port), "--user-claims", json.dumps(SANNE)),
        ]
    return [
        Child(name=name, command=command, log=house.log(name), environment=environment)
        for name, command in commands.items()
    ]
