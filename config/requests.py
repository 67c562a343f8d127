"""One line and one count for every request: its route, never its path; who only by kind."""

import logging
import re
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import msgspec
import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from config.api.door import HEADERS
from config.metrics import observe
from loyalty.api.callers import Caller

GIVEN: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A request id from outside is taken when it can be nothing but an id: other words name people."""

PROBES: Final = frozenset({"/livez", "/readyz", "/metrics"})
NOWHERE: Final = "none of ours"

log = logging.getLogger("trouw.requests")


class EveryRequest:
    """The outermost middleware. Probes go past all others: they come by address, without TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        number = _number(request)
        structlog.contextvars.bind_contextvars(request_id=number)
        try:
            response = _probed(request) or self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response.headers["X-Request-ID"] = number
        _tell(request, response.status_code, time.perf_counter() - began, number)
        return response


def _number(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given.lower() if GIVEN.fullmatch(given) else str(uuid4())


def _probed(request: HttpRequest) -> HttpResponseBase | None:
    if request.path_info not in PROBES:
        return None
    try:
        match = request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return None
    response: HttpResponseBase = match.func(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _tell(request: HttpRequest, status: int, seconds: float, number: str) -> None:
    match = request.resolver_match
    route = f"/{match.route}" if match else NOWHERE
    method = request.method or ""
    observe(route=route, method=method, status=status, seconds=seconds)
    if log.isEnabledFor(logging.INFO):
        line = {
            "event": "request",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "request_id": number,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "actor": _actor(request),
        }
        log.info("%s", msgspec.json.encode(line).decode())


def _actor(request: HttpRequest) -> str:
    """What kind of caller it was; asks nobody, so a page that did not look has a stranger."""
    if isinstance(request.__dict__.get("user"), Caller):
        return "client"
    user = request.__dict__.get("_cached_user")
    if user is None or not user.is_authenticated:
        return "stranger"
    return "colleague" if user.is_staff else "member"
