"""One shape for every refusal: application/problem+json (RFC 9457) with a stable `code`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, MethodNotAllowed, NotAuthenticated
from rest_framework.response import Response

from loyalty.errors import DomainError

CONTENT_TYPE = "application/problem+json"


def problem_body(
    *,
    status: int,
    code: str,
    detail: str,
    field: str = "",
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What went wrong; `field` names the part of the request that is to blame."""
    body: dict[str, Any] = {
        "type": f"/api/v1/problems#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if field:
        body["errors"] = [{"field": field, "detail": detail}]
    return body | (dict(facts) if facts else {})


def problem(*, status: int, headers: Mapping[str, str] | None = None, **said: Any) -> Response:
    """`problem_body` as an answer."""
    body = problem_body(status=status, **said)
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """What DRF asks for every exception; anything unforeseen stays a 500."""
    if isinstance(error, DomainError):
        return problem(
            status=error.status,
            code=error.code,
            detail=error.detail,
            field=error.field,
            facts=error.facts,
        )
    if isinstance(error, Http404):
        return problem(status=404, code="not_found", detail="There is nothing here.")
    if isinstance(error, PermissionDenied):
        return problem(status=403, code="permission_denied", detail="That is not allowed.")
    if isinstance(error, APIException):
        return _from_rest_framework(error)
    return None


def _from_rest_framework(error: APIException) -> Response:
    headers: dict[str, str] = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    code = error.get_codes()
    if isinstance(error, NotAuthenticated):
        code = "key_missing"
    if isinstance(error, MethodNotAllowed):
        code = "method_not_allowed"
    return problem(
        status=error.status_code,
        code=code if isinstance(code, str) else "invalid",
        detail=str(error.detail),
        headers=headers,
    )
