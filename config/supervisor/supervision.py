"""Keeping the house standing, and taking it down in order."""

import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Final, NoReturn

from config.supervisor.errors import CannotStart
from config.supervisor.postgres import Server
from config.supervisor.processes import Child
from config.supervisor.steps import say, step

LOOK: Final = 0.25
"""Seconds between two looks at the children."""

WEB_GRACE: Final = 3.0
GRACE: Final = 10.0
POSTGRES_GRACE: Final = 3.0
"""Seconds: requests end first, then tasks, then the database; together less than fifteen."""


class Supervision:
    """The embedded PostgreSQL, if there is one, and the application's processes."""

    def __init__(self, *, server: Server | None, children: Sequence[Child]) -> None:
        self.server = server
        self.web, *self.others = children

    def start_web(self) -> None:
        """Start the web server alone: a page sooner than six processes at once would give."""
        self.web.start()

    def start_others(self) -> None:
        for child in self.others:
            child.start()

    def wait_until_answering(self, url: str, *, within: float = 60.0) -> None:
        """Return when a page answers; raises CannotStart, naming the log, when none does."""
        deadline = time.monotonic() + within
        while not _answers(url):
            self.look()
            if time.monotonic() > deadline:
                raise CannotStart(f"No page answers at {url}; see {self.web.log}.")
            time.sleep(LOOK)

    def watch(self) -> NoReturn:
        """Start again whatever dies, until a signal ends this."""
        while True:
            self.look()
            time.sleep(LOOK)

    def look(self) -> None:
        """Put right what died since the last look."""
        if self.server is not None and not self.server.is_running():
            with step("PostgreSQL ended; starting it again"):
                self.server.start()
        for child in (self.web, *self.others):
            if told := child.keep_alive():
                say(told)

    def stop(self) -> None:
        """Stop everything within fifteen seconds: web, worker, beat, relay, then PostgreSQL."""
        began = time.monotonic()
        self.web.ask_to_stop()
        self.web.finish(deadline=began + WEB_GRACE)
        for child in self.others:
            child.ask_to_stop()
        for child in self.others:
            child.finish(deadline=began + GRACE)
        if self.server is not None:
            self.server.stop(within=POSTGRES_GRACE)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500  # noqa: PLR2004 - the server's own faults
    except OSError:
        return False
