"""Clients of the API and their keys."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from loyalty.models import ApiClient, ApiKey
from loyalty.services.configuration import bump_configuration


def digest_of(key: str) -> str:
    """SHA-256 of a key; its randomness makes salting and stretching pointless."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def register_client(
    *, programme_id: int, name: str, kind: ApiClient.Kind, scopes: list[str]
) -> ApiClient:
    """Register a client, or bring the one of that name up to date."""
    client, _created = ApiClient.objects.update_or_create(
        programme_id=programme_id, name=name, defaults={"kind": kind, "scopes": scopes}
    )
    bump_configuration()
    return client


@transaction.atomic
def issue_key(*, client_id: int, at: datetime, expires_at: datetime | None = None) -> str:
    """Issue a key and return it; it is shown this once and kept only as a digest."""
    key = f"trouw_{secrets.token_urlsafe(24)}"
    ApiKey.objects.create(
        client_id=client_id,
        prefix=key[:12],
        digest=digest_of(key),
        issued_at=at,
        expires_at=expires_at,
    )
    bump_configuration()
    return key


@transaction.atomic
def revoke_key(*, key_id: int, at: datetime) -> None:
    """Revoke a key; from the commit on it opens nothing. Revoking twice keeps the first moment."""
    ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=at)
    bump_configuration()
