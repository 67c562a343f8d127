"""Who calls the API, as its views know it; made by config.api.auth from the key."""

from dataclasses import dataclass
from datetime import datetime

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request


@dataclass(frozen=True)
class Caller:
    """The client behind a request.

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
        """How the books name this client."""
        return f"api:{self.name}"

    @property
    def scope_of_keys(self) -> str:
        """Within what an Idempotency-Key must be unique: one client's own requests."""
        return f"client:{self.client_id}"


def caller_of(request: Request) -> Caller:
    """The client that sent the request. Raises NotAuthenticated when there is none."""
    if isinstance(request.user, Caller):
        return request.user
    raise NotAuthenticated
