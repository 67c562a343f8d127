"""The keys that sign vouchers for tills without a line: made, rotated, retired."""

from datetime import datetime

from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from loyalty.models import Programme
from rewards.events import SigningKeyMade, SigningKeyRetired
from rewards.models import SigningKey
from rewards.offline.ticket import new_private, public_of
from rewards.sealing import seal, unseal

MOST = 256  # the number is one byte on a ticket
_PURPOSE = "signing key"


@transaction.atomic
def ensure_key(*, programme_id: int, actor: str, at: datetime) -> SigningKey:
    """The key that signs now, made when there is none."""
    _lock(programme_id)
    return signing_key(programme_id) or _made(programme_id, actor, at)


@transaction.atomic
def rotate_key(*, programme_id: int, actor: str, at: datetime) -> SigningKey:
    """Have a new key sign from now on; tickets of the ones before stay good until those retire.

    Raises InvalidRequest when all 256 numbers have been given out.
    """
    _lock(programme_id)
    return _made(programme_id, actor, at)


@transaction.atomic
def retire_key(*, programme_id: int, number: int, actor: str, at: datetime) -> SigningKey:
    """Let a key sign nothing more, and no till that asks for a pack from now on believe it.

    When it was the last, a new one is made at once; the codes that members see change with it.
    Retiring twice keeps the first moment. Raises NotFound.
    """
    _lock(programme_id)
    key = SigningKey.objects.filter(programme_id=programme_id, number=number).first()
    if key is None:
        raise NotFound("There is no such key.", field="number")
    if key.retired_at is None:
        key.retired_at = at
        key.save(update_fields=["retired_at"])
        publish(SigningKeyRetired(subject=None, occurred_at=at, number=number, actor=actor), at=at)
    if signing_key(programme_id) is None:
        _made(programme_id, actor, at)
    return key


def signing_key(programme_id: int) -> SigningKey | None:
    """The key that signs now: the newest that is not retired."""
    live = SigningKey.objects.filter(programme_id=programme_id, retired_at=None)
    return live.order_by("-number").first()


def private_of(key: SigningKey) -> bytes:
    """The half that signs. Raises ImproperlyConfigured without the VOUCHER_KEY it was sealed with."""
    return unseal(bytes(key.sealed_private), purpose=_PURPOSE)


def public_keys(programme_id: int, *, at: datetime) -> dict[int, bytes]:
    """By their numbers, those that a till believed that was given its pack at that moment."""
    keys = SigningKey.objects.filter(programme_id=programme_id).order_by("number")
    return {
        key.number: bytes(key.public)
        for key in keys
        if key.retired_at is None or key.retired_at > at
    }


def _lock(programme_id: int) -> None:
    Programme.objects.select_for_update(no_key=True).get(pk=programme_id)


def _made(programme_id: int, actor: str, at: datetime) -> SigningKey:
    last = SigningKey.objects.filter(programme_id=programme_id).order_by("-number").first()
    number = last.number + 1 if last else 0
    if number >= MOST:
        raise InvalidRequest(f"A programme has {MOST} keys at most.", field="number")
    private = new_private()
    key = SigningKey.objects.create(
        programme_id=programme_id,
        number=number,
        public=public_of(private),
        sealed_private=seal(private, purpose=_PURPOSE),
        made_at=at,
    )
    publish(SigningKeyMade(subject=None, occurred_at=at, number=number, actor=actor), at=at)
    return key
