"""The public half of our push key, as a browser wants it to subscribe."""

from base64 import urlsafe_b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


@cache
def public_push_key(private_pem: str) -> str:
    """In base 64 without padding; empty when there is no key, and so no push."""
    if not private_pem:
        return ""
    key = load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError("VAPID_PRIVATE_KEY is no P-256 key.")
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")
