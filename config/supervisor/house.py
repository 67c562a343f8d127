"""Where everything of one installation lies, and the environment its processes get."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.supervisor.errors import CannotStart
from config.supervisor.leftovers import MARK

ROOT: Final = Path(__file__).resolve().parents[2]
HOST: Final = "127.0.0.1"
PORTS: Final = range(1, 65536)
TOLD: Final = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "TROUW_ENV", "SECRET_KEY"),
    *("PORT", "BASE_URL", "OIDC_DEMO_ISSUER"),
)
"""What a command started by hand needs to know; `config/env.py` reads it from `var/run/env`."""


@dataclass(frozen=True, kw_only=True)
class House:
    """One installation on this machine."""

    var: Path
    port: int
    outside_database: str = ""

    @classmethod
    def described_by(cls, environ: Mapping[str, str]) -> "House":
        """Read TROUW_VAR, PORT and DATABASE_URL; raises CannotStart when PORT is no port."""
        try:
            port = int(environ.get("PORT") or 8000)
        except ValueError:
            port = 0
        if port not in PORTS:
            raise CannotStart(f"PORT must be a number below 65536, not {environ['PORT']!r}.")
        return cls(
            var=Path(environ.get("TROUW_VAR") or ROOT / "var").absolute(),
            port=port,
            outside_database=environ.get("DATABASE_URL", ""),
        )

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def lock(self) -> Path:
        return self.var / "run" / "lock"

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    @property
    def sockets(self) -> Path:
        return self.var / "run" / "postgres"

    @property
    def told(self) -> Path:
        return self.var / "run" / "env"

    @property
    def demo(self) -> Path:
        return self.var / "demo.json"

    def log(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"

    def make_folders(self) -> None:
        """Make the folders; raises CannotStart when nothing can be written there."""
        try:
            for name in ("run", "log", "secrets", "mail"):
                (self.var / name).mkdir(parents=True, exist_ok=True)
            (self.var / "secrets").chmod(0o700)
            self.lock.touch()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise CannotStart(
                f"Cannot write in {self.var} ({reason}): make it writable, or name another folder"
                " with TROUW_VAR."
            ) from error

    def environment(
        self, inherited: Mapping[str, str], *, database: str, owner: str, issuer: str
    ) -> dict[str, str]:
        """Return what every process of the house gets; `owner` may change the schema, if given."""
        given = {
            "TROUW_ENV": inherited.get("TROUW_ENV", "demo"),
            "TROUW_VAR": str(self.var),
            "DATABASE_URL": database,
            "DATABASE_OWNER_URL": owner,
            "BROKER_URL": inherited.get("BROKER_URL", "pgmq://"),
            "SECRET_KEY": inherited.get("SECRET_KEY") or self._secret_key(),
            "PORT": str(self.port),
            "BASE_URL": inherited.get("BASE_URL", self.base_url),
            "OIDC_DEMO_ISSUER": issuer,
            "PYTHONUNBUFFERED": "1",
            MARK: str(self.var),
        }
        return dict(inherited) | {name: value for name, value in given.items() if value}

    def tell(self, environment: Mapping[str, str]) -> None:
        """Write `var/run/env` for commands started by hand, readable by us only."""
        lines = [f"{name}={environment[name]}\n" for name in TOLD if name in environment]
        _write_private(self.told, "".join(lines))

    def _secret_key(self) -> str:
        path = self.var / "secrets" / "secret_key"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(48))
        return path.read_text().strip()


def refuse_taken(port: int) -> None:
    """Raise CannotStart when somebody else listens on the port."""
    if not is_free(port):
        raise CannotStart(
            f"Port {port} is taken: stop what listens there, or choose another with"
            f" `make run PORT={port + 1}`."
        )


def free_port(*, first: int) -> int:
    """Return the first port from `first` on that nobody listens on."""
    return next(port for port in range(first, PORTS.stop) if is_free(port))


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.replace(path)
