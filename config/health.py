"""Whether the house lives and can work, for whoever watches it: /livez and /readyz."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.models import Heartbeat
from loyalty.models import OutboxEvent

QUIET = timedelta(minutes=2)
"""How long no worker may have shown life: eight heartbeats."""

OUTBOX_AGE = timedelta(minutes=2)
"""How long an event may wait for the relay: beat sweeps once a minute without it."""

Check = Callable[[datetime], str]
"""What is wrong, as a sentence; empty when all is well."""


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the house can work, else 503; each check with what is wrong, or "ok".

    `?web` asks only for what a web process itself needs: a load balancer takes none away because
    a worker is late.
    """
    checks = ESSENTIAL if "web" in request.GET else ESSENTIAL | AROUND
    found = {name: _asked(check) for name, check in checks.items()}
    wrong = sorted(name for name, said in found.items() if said)
    return JsonResponse(
        {
            "status": "not ready" if wrong else "ready",
            "not_ready": wrong,
            "checks": {name: said or "ok" for name, said in found.items()},
        },
        status=503 if wrong else 200,
    )


def _asked(check: Check) -> str:
    try:
        return check(timezone.now())  # noqa: TID251  an entry point
    except DatabaseError:  # its words may name hosts and roles
        connection.close()
        return "The database does not answer this."


def _database(_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return "The database only reads." if cursor.fetchone() == (True,) else ""


def _migrations(_at: datetime) -> str:
    missing = _migrations_here() - set(MigrationRecorder(connection).applied_migrations())
    return f"{len(missing)} migrations are not applied." if missing else ""


@cache
def _migrations_here() -> frozenset[tuple[str, str]]:
    """What the code of this process needs."""
    loader = MigrationLoader(None)
    return frozenset(loader.graph.nodes)


def _worker(at: datetime) -> str:
    last = Heartbeat.objects.filter(pk=Heartbeat.Part.WORKER).first()
    if last is None:
        return "No worker has shown life yet."
    quiet = at - last.at
    return f"No worker has shown life for {quiet.total_seconds():.0f} s." if quiet > QUIET else ""


def _outbox(at: datetime) -> str:
    oldest = OutboxEvent.objects.filter(dispatched_at=None).order_by("pk").first()
    waits = at - oldest.recorded_at if oldest else timedelta()
    return f"An event waits for {waits.total_seconds():.0f} s." if waits > OUTBOX_AGE else ""


ESSENTIAL: dict[str, Check] = {"database": _database, "migrations": _migrations}
AROUND: dict[str, Check] = {"worker": _worker, "outbox": _outbox}
