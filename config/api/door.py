"""The API's way in: past everything that only pages need.

Sessions, languages, CSRF and messages cost a third of a small request, and the API has no use for
them. What remains is here: the host is checked, nothing is cached or guessed at, and whatever goes
wrong is answered in the API's own shape.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.base import BaseHandler
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from config.api.errors import CONTENT_TYPE, problem_body

PREFIX = "/api/"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
AGAIN_AFTER_SECONDS = 2

log = structlog.get_logger()


class ApiHandler(BaseHandler):
    """From the address to the view and back."""

    _view_middleware: ClassVar[list[Any]] = []
    _template_response_middleware: ClassVar[list[Any]] = []
    _exception_middleware: ClassVar[list[Any]] = []

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """The view's answer. Raises what the view, or the search for it, raises."""
        request.get_host()
        response: HttpResponseBase = self._get_response(request)  # type: ignore[attr-defined]
        return response


class ApiDoor:
    """The outermost middleware: requests under /api/ go to their view, all others inside."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.handler = ApiHandler()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # config/api/auth.py finds out with its first read whether the connection lives
        connection.health_check_done = True  # type: ignore[attr-defined]
        try:
            with translation.override("en"):  # the code is the contract; people's words are data
                response = self.handler.answer(request)
        except Exception as error:  # noqa: BLE001  the last resort: no caller sees a trace
            response = _refused(request, error)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
            )
        return response


def _refused(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, Http404):
        return _problem(404, "not_found", "There is nothing here.")
    if isinstance(error, SuspiciousOperation):
        return _problem(400, "request_suspicious", "This request is not taken.")
    match = request.resolver_match  # its route: in a path stand ids
    log.error("api_failed", method=request.method, route=match and match.route, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        response = _problem(503, "unavailable", "Not possible right now. Please try again.")
        response.headers["Retry-After"] = str(AGAIN_AFTER_SECONDS)
        return response
    return _problem(500, "internal_error", "Something went wrong here; nothing was changed.")


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = problem_body(status=status, code=code, detail=detail)
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=CONTENT_TYPE)
