"""Who calls the API: a client by its key, and what its scopes allow."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty.models import ApiKey
from loyalty.services.api_clients import digest_of


@dataclass(frozen=True)
class Caller:
    """The client behind a request, as the views know it.

    `configuration` is the version of rules, policies and keys that this request works with.
    """

    client_id: int
    name: str
    programme_id: int
    scopes: frozenset[str]
    configuration: int
    expires_at: datetime | None = None
    is_authenticated: bool = True

    @property
    def actor(self) -> str:
        return f"api:{self.name}"


class KeyRing:
    """The keys this process has seen, each good for one version of the configuration."""

    def __init__(self) -> None:
        self.callers: dict[tuple[int, str], Caller] = {}

    def caller(self, digest: str, version: int) -> Caller | None:
        """The caller with that key; asked of the database once per version."""
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
    )


def configuration_version() -> int:
    """The version in force, read from the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM loyalty_configuration WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer trouw_…`."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        words = get_authorization_header(request).split()
        if len(words) != 2 or words[0].lower() != b"bearer":
            return None
        caller = _ring.caller(digest_of(words[1].decode("latin-1")), configuration_version())
        if caller is None:
            raise AuthenticationFailed("This key is unknown or revoked.", code="key_unknown")
        if caller.expires_at and caller.expires_at <= timezone.now():
            raise AuthenticationFailed("This key has expired.", code="key_expired")
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """Lets a client in whose scopes hold what the view asks of it for this method.

    A view says `scopes = {"POST": "activities:write"}`; a method it does not name is refused.
    """

    code = "scope_missing"

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, Caller):
            return False
        wanted = getattr(view, "scopes", {}).get(request.method)
        self.message = f"This key lacks the scope {wanted}."
        return wanted in request.user.scopes
