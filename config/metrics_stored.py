"""The figures that the database knows: what waits, for how long, and when the books were proved."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from config.celery import app

QUEUE = "celery"

FIGURES: dict[str, tuple[str, str]] = {
    "trouw_outbox_waiting": (
        "Events that the relay has not handed on.",
        "SELECT count(*) FROM loyalty_outboxevent WHERE dispatched_at IS NULL",
    ),
    "trouw_outbox_age_seconds": (
        "How long the first of them waits.",
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)"
        " FROM loyalty_outboxevent WHERE dispatched_at IS NULL",
    ),
    "trouw_events_failed": (
        "Events that a subscriber did not take and that are tried again.",
        "SELECT count(*) FROM loyalty_eventfailure WHERE next_attempt_at IS NOT NULL",
    ),
    "trouw_events_parked": (
        "Events that a subscriber did not take for good: somebody has to look.",
        "SELECT count(*) FROM loyalty_eventfailure WHERE next_attempt_at IS NULL",
    ),
    "trouw_webhooks_waiting": (
        "Deliveries to webhook endpoints that are still to be made.",
        "SELECT count(*) FROM loyalty_webhookdelivery WHERE state = 'WAITING'",
    ),
    "trouw_webhooks_late_seconds": (
        "How long the first of them is due and not tried; of active endpoints only.",
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(next_attempt_at)), 0)"
        " FROM loyalty_webhookdelivery d JOIN loyalty_webhookendpoint e ON e.id = d.endpoint_id"
        " WHERE d.state = 'WAITING' AND e.is_active AND next_attempt_at < clock_timestamp()",
    ),
    "trouw_worker_age_seconds": (
        "How long ago a worker showed life; absent when none ever did.",
        "SELECT extract(epoch FROM clock_timestamp() - at) FROM config_heartbeat WHERE part = 'WORKER'",
    ),
    "trouw_ledger_proof_age_seconds": (
        "How long ago the nightly audit was done; absent before the first.",
        "SELECT extract(epoch FROM clock_timestamp() - at) FROM config_heartbeat WHERE part = 'AUDIT'",
    ),
    "trouw_ledger_proof_problems": (
        "How many promises about the books it found broken; anything but 0 is an alarm.",
        "SELECT problems FROM config_heartbeat WHERE part = 'AUDIT'",
    ),
    "trouw_ledger_seal_age_seconds": (
        "How long ago the newest day was sealed; absent before the first.",
        "SELECT extract(epoch FROM clock_timestamp() - max(sealed_at)) FROM loyalty_seal",
    ),
}

PGMQ = {
    "trouw_queue_waiting": (
        "Tasks that wait for a worker.",
        f"SELECT count(*) FROM pgmq.q_{QUEUE} WHERE vt <= now()",  # noqa: S608 - our own name
    ),
    "trouw_queue_age_seconds": (
        "How long the first of them waits.",
        f"SELECT coalesce(extract(epoch FROM clock_timestamp() - min(enqueued_at)), 0)"  # noqa: S608
        f" FROM pgmq.q_{QUEUE} WHERE vt <= now()",
    ),
}


class Stored(Collector):
    """Asks at each scrape; a database that is away is a figure as well."""

    def collect(self) -> Iterator[Metric]:
        """One family for each figure that there is."""
        try:
            found = list(self._found())
        except DatabaseError:
            connection.close()
            yield GaugeMetricFamily("trouw_database_up", "Whether it answers.", value=0)
            return
        yield from found
        yield GaugeMetricFamily("trouw_database_up", "Whether it answers.", value=1)

    def _found(self) -> Iterator[Metric]:
        figures = FIGURES
        if settings.CELERY_BROKER_URL.startswith("pgmq:"):
            figures |= PGMQ if _exists(f"pgmq.q_{QUEUE}") else {}
        elif (waiting := _waiting_at_the_broker()) is not None:
            words = PGMQ["trouw_queue_waiting"][0]
            yield GaugeMetricFamily("trouw_queue_waiting", words, value=waiting)
        for name, (words, query) in figures.items():
            value = _one(query)
            if value is not None:
                yield GaugeMetricFamily(name, words, value=value)


def _exists(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return bool(cursor.fetchone() == (True,))


def _one(query: str) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else float(row[0])


def _waiting_at_the_broker() -> int | None:
    """How many tasks Redis or RabbitMQ holds; None when it is away, or has no queue yet."""
    with app.connection_for_read(transport_options={"socket_timeout": 2}) as broker:
        away = (*broker.connection_errors, *broker.channel_errors, OperationalError, OSError)
        try:
            channel: Any = broker.default_channel
            return int(channel.queue_declare(QUEUE, passive=True).message_count)
        except away:  # type: ignore[misc]  # kombu says BaseException
            return None
