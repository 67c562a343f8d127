"""Secrets that must be readable again, sealed for the database."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


def seal(secret: str, *, purpose: str) -> str:
    """The secret sealed with SECRET_KEY; what is sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed, also with a SECRET_KEY before this one. Raises InvalidToken."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(purpose.encode(), force_bytes(key))) for key in keys])


def _derived(purpose: bytes, key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(purpose + b":" + key).digest())
