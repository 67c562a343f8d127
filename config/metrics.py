"""What Prometheus reads: /metrics. Requests are counted by each process, the rest is asked.

Web processes of one server add up through files in one folder (config/metrics_files.py); queues
and ages are read from the database at each scrape, so they are right whoever answers.
"""

import ipaddress
import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Histogram,
    generate_latest,
    multiprocess,
)

from config.metrics_files import has_folder
from config.metrics_stored import Stored

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BEHIND_A_PROXY: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

_local = CollectorRegistry()
_seconds = Histogram(
    "trouw_request_seconds",
    "Seconds from a request to its answer, by route; never by path.",
    ["route", "method", "status"],
    buckets=BUCKETS,
    registry=_local,
)
_known: dict[tuple[str, str, int], Histogram] = {}
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one request; cheap enough for every one of them."""
    key = (route, method if method in METHODS else "OTHER", status)
    seen = _known.get(key)
    if seen is None:
        seen = _known[key] = _seconds.labels(*map(str, key))
    seen.observe(seconds)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures as text; 403 for who may not see them."""
    if not _may_see(request):
        return HttpResponse("Not for you.\n", status=403, content_type="text/plain")
    text = generate_latest(_requests()) + generate_latest(_stored())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _requests() -> CollectorRegistry:
    if not has_folder():
        return _local
    added_up = CollectorRegistry()
    multiprocess.MultiProcessCollector(added_up)  # type: ignore[no-untyped-call]
    return added_up


def _stored() -> CollectorRegistry:
    asked = CollectorRegistry(auto_describe=False)
    asked.register(Stored())
    return asked


def _may_see(request: HttpRequest) -> bool:
    """Who has the token; without one, only who asks on this machine and through no proxy."""
    if token := settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())
    if any(name in request.headers for name in BEHIND_A_PROXY):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
