import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from loyalty.models import WebhookDelivery
from loyalty.services.delivering import claim_due, try_delivery

HANDS = 16  # tries under way at once
PAUSE = 0.2  # seconds between looks when nothing is due
PAUSE_WITHOUT_DATABASE = 2.0

log = structlog.get_logger()


class Command(BaseCommand):
    help = "Send webhooks until stopped: signed, tried again for three days, slow ones alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is due, then end.")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.under_way: dict[Future[None], int] = {}
        self.stopping = threading.Event()
        if not once:
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
        with ThreadPoolExecutor(HANDS) as hands:
            for begun in self.turns(once=once):
                for delivery in begun:
                    self.under_way[hands.submit(_try, delivery)] = delivery.endpoint_id

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Begin no more; what is under way is ended, or tried again once its lease is over."""
        self.stopping.set()

    def turns(self, *, once: bool) -> Iterator[list[WebhookDelivery]]:
        """What is begun, again and again; with `once` until nothing is due."""
        while not self.stopping.is_set():
            self.under_way = {each: of for each, of in self.under_way.items() if not each.done()}
            begun, rest = self.begin()
            yield begun
            if once and not begun and not self.under_way:
                return
            self.stopping.wait(0.01 if begun else rest)

    def begin(self) -> tuple[list[WebhookDelivery], float]:
        """Claim what is due; and how long to rest if that was nothing."""
        try:
            return claim_due(at=timezone.now(), under_way=list(self.under_way.values())), PAUSE
        except (OperationalError, InterfaceError) as error:
            log.warning("database_away", error=str(error).strip())
            connection.close()
            return [], PAUSE_WITHOUT_DATABASE


def _try(delivery: WebhookDelivery) -> None:
    """One try, in a thread with a connection of its own; what breaks is tried again later."""
    try:
        try_delivery(delivery, at=timezone.now())
    except Exception:
        log.exception("webhook_broke", delivery=delivery.pk)
        connection.close()
