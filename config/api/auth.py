"""Who calls the API: a client by its key, and what its scopes allow."""

from functools import partial
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from loyalty.api.callers import Caller
from loyalty.models import ApiKey
from loyalty.selectors import configuration_version, first_read
from loyalty.services.api_clients import digest_of

if TYPE_CHECKING:  # views load the settings, and these load this file
    from rest_framework.views import APIView


class KeyRing:
    """The keys this process has seen, each good for one version of the configuration."""

    def __init__(self) -> None:
        self.callers: dict[tuple[int, str], Caller] = {}
        self.version: int | None = None  # the last one heard of

    def caller(self, digest: str, version: int) -> Caller | None:
        """The caller with that key; asked of the database once per version."""
        self.version = version
        known = self.callers.get((version, digest))
        if known is None and (known := _load(digest, version)):
            newest = {name: kept for name, kept in self.callers.items() if name[0] == version}
            self.callers = newest | {(version, digest): known}
        return known


_ring = KeyRing()


def _load(digest: str, version: int) -> Caller | None:
    key = (
        ApiKey.objects.select_related("client")
        .filter(digest=digest, revoked_at=None, client__is_active=True)
        .first()
    )
    if key is None:
        return None
    return Caller(
        client_id=key.client_id,
        name=key.client.name,
        programme_id=key.client.programme_id,
        scopes=frozenset(key.client.scopes),
        configuration=version,
        expires_at=key.expires_at,
        of_version=partial(_caller, digest),
    )


def _caller(digest: str, version: int) -> Caller:
    """The caller with that key. Raises AuthenticationFailed."""
    caller = _ring.caller(digest, version)
    if caller is None:
        raise AuthenticationFailed("This key is unknown or revoked.", code="key_unknown")
    if caller.expires_at and caller.expires_at <= timezone.now():
        raise AuthenticationFailed("This key has expired.", code="key_expired")
    return caller


def _version_for(request: Request) -> int:
    """The version in force; for a view that reads it itself, the last one heard of will do.

    Reading it is the first statement of a request, so it stands in for Django's own question
    whether the connection lives (config/api/door.py).
    """
    view = (request.parser_context or {}).get("view")
    if _ring.version is not None and getattr(view, "reads_configuration", False):
        return _ring.version
    return first_read(configuration_version)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer trouw_…`."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer" or not key:
            return None
        digest = digest_of(key.decode("latin-1"))
        return _caller(digest, _version_for(request)), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Lets a client in whose scopes hold what the view asks of it for this method.

    A view says `scopes = {"POST": "activities:write"}`; a method it does not name is refused.
    """

    code = "scope_missing"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scopes: dict[str, str] = getattr(view, "scopes", {})
        method = request.method or ""
        if method not in scopes:
            raise MethodNotAllowed(method)
        if not isinstance(request.user, Caller):
            return False
        self.message = f"This key lacks the scope {scopes[method]}."
        return scopes[method] in request.user.scopes
