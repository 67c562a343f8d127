"""Deeds without a business key are done once per `Idempotency-Key`.

After draft-ietf-httpapi-idempotency-key-header-07: a missing key is 400, the same key with another
request 422, a first request that still runs 409. The answer is kept in the transaction of the
effect, so there is never one without the other.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction

from loyalty.errors import InvalidRequest, KeyConflict, KeyMissing, StillRunning
from loyalty.models import KeptAnswer

KEPT_FOR = timedelta(days=7)
LONGEST_KEY = 255


class Answer(msgspec.Struct, frozen=True):
    """What is sent back: the status and a body of ids and figures, without personal data."""

    status: int
    body: dict[str, Any]


def fingerprint_of(*said: Any) -> str:
    """SHA-256 over what must be equal for a repetition to be the same request."""
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


@transaction.atomic
def answer_once(
    *, caller: str, key: str, fingerprint: str, at: datetime, deed: Callable[[], Answer]
) -> Answer:
    """Do `deed` and keep its answer, or give the answer kept for the same request.

    Raises KeyMissing, KeyConflict for another request under the key, and StillRunning while the
    first one is not finished. A refusal raised by the deed is not kept: it had no effect.
    """
    if not key:
        raise KeyMissing("Send an Idempotency-Key header.", field="Idempotency-Key")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(
            f"An Idempotency-Key has at most {LONGEST_KEY} printable characters.",
            field="Idempotency-Key",
        )
    _claim(caller, key)
    if kept := KeptAnswer.objects.filter(caller=caller, key=key).first():
        if kept.fingerprint != fingerprint:
            raise KeyConflict("This Idempotency-Key was used before for a different request.")
        return Answer(kept.status, kept.body)
    answer = deed()
    KeptAnswer.objects.create(
        caller=caller,
        key=key,
        fingerprint=fingerprint,
        status=answer.status,
        body=answer.body,
        created_at=at,
    )
    return answer


def _claim(caller: str, key: str) -> None:
    """Hold the key until the transaction ends, or say that somebody else holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller}\n{key}"]
        )
        if cursor.fetchone() == (False,):
            raise StillRunning("The first request with this Idempotency-Key is still running.")


def forget_answers(*, at: datetime) -> int:
    """Delete the answers kept for longer than a week; how many."""
    deleted, _by_model = KeptAnswer.objects.filter(created_at__lt=at - KEPT_FOR).delete()
    return deleted
