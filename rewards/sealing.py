"""Secrets that have to be read again, sealed with a key that is not in the database.

Every purpose has a key of its own out of VOUCHER_KEY, so that what is sealed for one opens for no
other.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_DERIVED: Final = b"trouw "


def seal(secret: bytes, *, purpose: str) -> bytes:
    """The secret, to be kept; only `unseal` with the same purpose reads it."""
    return _fernet(purpose).encrypt(secret)


def unseal(sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed. Raises ImproperlyConfigured when VOUCHER_KEY is not the one it was sealed with."""
    try:
        return _fernet(purpose).decrypt(sealed)
    except InvalidToken as error:
        raise ImproperlyConfigured(
            f"VOUCHER_KEY does not open what is kept as {purpose}."
        ) from error


def derived(purpose: str, message: bytes) -> bytes:
    """32 bytes that follow from the message and VOUCHER_KEY, and that nobody else can tell."""
    if not settings.VOUCHER_KEY:
        raise ImproperlyConfigured("VOUCHER_KEY is not set.")
    said = _DERIVED + purpose.encode() + b"\0" + message
    return hmac.digest(settings.VOUCHER_KEY.encode(), said, "sha256")


def _fernet(purpose: str) -> Fernet:
    return Fernet(urlsafe_b64encode(derived("seal", purpose.encode())))
