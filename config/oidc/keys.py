"""The key that signs what we say of a member, where the environment gives none."""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

BITS = 2048


def new_key() -> str:
    """A fresh RSA key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def kept_key(file: Path, *, made: Callable[[], str] = new_key) -> str:
    """The key in that file; made with the first start, and readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    if not file.exists():
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(made())
        try:
            os.link(fresh, file)  # of several processes that start at once, one is first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text()
