"""The signature under what members take along: Ed25519, with a key of the house."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def sign(data: bytes) -> str:
    """The signature over these bytes, in base 64."""
    return _text(_private_key().sign(data))


def public_key() -> str:
    """The key by which anybody can check a signature of this house, in base 64 (32 bytes)."""
    return _text(_private_key().public_key().public_bytes_raw())


def is_signed(data: bytes, signature: str, *, key: str) -> bool:
    """Whether this is the signature over exactly these bytes, by that key."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private_key() -> Ed25519PrivateKey:
    """EXPORT_SIGNING_KEY (32 bytes in base 64), or one that is made from SECRET_KEY."""
    given = settings.EXPORT_SIGNING_KEY
    seed = (
        base64.b64decode(given)
        if given
        else hashlib.sha256(b"members.signing\0" + settings.SECRET_KEY.encode()).digest()
    )
    return Ed25519PrivateKey.from_private_bytes(seed)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
