"""Who calls the API, as its views know it; made by config.api.auth from the key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from loyalty.services.rulebook import Rulebook, rulebook


@dataclass(frozen=True)
class Caller:
    """The client behind a request.

    `configuration` is the version of rules, policies and keys that this request works with. A view
    with `reads_configuration` compares it in its own first read of the database, and asks for the
    caller anew (`of_version`, which raises AuthenticationFailed) when it has moved on.
    """

    client_id: int
    name: str
    programme_id: int
    scopes: frozenset[str]
    configuration: int
    expires_at: datetime | None = None
    is_authenticated: bool = True
    of_version: "Callable[[int], Caller] | None" = field(default=None, compare=False, repr=False)

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


def book_of(caller: Caller) -> Rulebook:
    """What the caller's programme judges by, in the caller's version of the configuration."""
    return rulebook(programme_id=caller.programme_id, configuration=caller.configuration)


def renewal(caller: Caller, scope: str) -> Callable[[int], Rulebook]:
    """For a service that finds another version in force: the book of that one, if the key is good.

    Raises AuthenticationFailed and PermissionDenied as a request that comes in then.
    """

    def renew(version: int) -> Rulebook:
        if caller.of_version is not None:
            now = caller.of_version(version)
            if scope not in now.scopes or now.programme_id != caller.programme_id:
                raise PermissionDenied(f"This key lacks the scope {scope}.", code="scope_missing")
        return rulebook(programme_id=caller.programme_id, configuration=version)

    return renew
