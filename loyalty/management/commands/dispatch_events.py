import select
import signal
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from loyalty.services.relay import hand_on, hand_on_batch

PAUSE = 0.2  # seconds between looks at an empty outbox
PAUSE_WITHOUT_DATABASE = 2.0

log = structlog.get_logger()


class Command(BaseCommand):
    help = "The relay: hand the outbox's events to their subscribers until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Hand on what waits, then end.")

    def handle(self, *, once: bool, **options: Any) -> None:
        if once:
            self.stdout.write(f"{hand_on(at=timezone.now())} events handed on.")
            return
        self.stopping = False
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self.stopping:
            self.rest(self.turn())

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """End after the batch in hand: it is one transaction."""
        self.stopping = True

    def turn(self) -> float:
        """Hand on a batch; how long to rest after it. A database that is away is waited for."""
        try:
            handed = hand_on_batch(at=timezone.now())
        except (OperationalError, InterfaceError) as error:
            log.warning("database_away", error=str(error).strip())
            connection.close()
            return PAUSE_WITHOUT_DATABASE
        return 0 if handed else PAUSE

    def rest(self, seconds: float) -> None:
        # select returns early when a signal's handler has run only if it raised; so rest shortly
        select.select([], [], [], seconds)
