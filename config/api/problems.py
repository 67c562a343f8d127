"""The catalogue of refusals: every `code` that the API may answer, and what it means."""

from collections.abc import Iterator
from http import HTTPStatus

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loyalty.errors import DomainError


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of refusal. `code` never changes its meaning."""

    code: str
    status: int
    title: str
    meaning: str


# What the doors themselves refuse, before any service is asked.
_AT_THE_DOOR = {
    "key_missing": (401, "Send `Authorization: Bearer` with a key."),
    "key_unknown": (401, "This key is unknown or revoked."),
    "key_expired": (401, "This key has expired."),
    "token_unknown": (401, "This token is unknown or over; let the member sign in again."),
    "scope_missing": (403, "The key may not do this; ask for one with the scope named."),
    "method_not_allowed": (405, "This address does not take this method; `Allow` says which."),
    "not_acceptable": (406, "The API answers in JSON only."),
    "request_suspicious": (400, "The request's host or form is not to be trusted."),
    "internal_error": (500, "Something went wrong here; nothing was changed."),
    "unavailable": (503, "Not possible right now; `Retry-After` says when to try again."),
}


def problems() -> list[Problem]:
    """All of them, by code."""
    said = dict(_AT_THE_DOOR)
    for refusal in _refusals(DomainError):
        meaning = (refusal.__doc__ or "").partition("\n\n")[0]
        said.setdefault(refusal.code, (refusal.status, " ".join(meaning.split())))
    return [
        Problem(code=code, status=status, title=HTTPStatus(status).phrase, meaning=meaning)
        for code, (status, meaning) in sorted(said.items())
    ]


def _refusals(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for refusal in kind.__subclasses__():
        yield refusal
        yield from _refusals(refusal)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/problems"""
    return HttpResponse(
        msgspec.json.encode({"problems": problems()}), content_type="application/json"
    )
