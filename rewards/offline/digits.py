"""Twelve digits of a voucher for who cannot scan its ticket: eleven, and one to check them.

A till without a line has no signature to go by here: it has slow salted digests of the digits of all
vouchers that were live when its pack was made. Plain Python.
"""

import hashlib
import re
from typing import Final

from rewards.offline.refusals import DigitsUnknown

COUNT: Final = 12
ITERATIONS: Final = 1000
"""Of PBKDF2 with SHA-256: 0.2 ms for one, hours on a graphics card for who stole a pack and tries
all. It is a pack's floor and hours that bound what such a thief can do."""
DIGEST: Final = 16  # bytes

# Damm's: one wrong digit, or two neighbours that changed places, never goes unseen.
_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_SIGNS = re.compile(r"[\s.-]")


def digits_from(secret: bytes) -> str:
    """Twelve digits out of 32 bytes that nobody can guess."""
    number = int.from_bytes(secret) % 10 ** (COUNT - 1)
    said = f"{number:0{COUNT - 1}d}"
    return said + str(check_digit(said))


def read_digits(text: str) -> str:
    """The digits as somebody typed them, in groups or not.

    Raises DigitsUnknown when they cannot be a voucher's: most often one was mistyped.
    """
    digits = _SIGNS.sub("", text)
    if not re.fullmatch(rf"[0-9]{{{COUNT}}}", digits) or check_digit(digits) != 0:
        raise DigitsUnknown("These digits are no voucher's. Check what was typed.")
    return digits


def digest_of(digits: str, salt: bytes) -> bytes:
    """What a pack holds of a voucher's digits."""
    return hashlib.pbkdf2_hmac("sha256", digits.encode(), salt, ITERATIONS, DIGEST)


def check_digit(digits: str) -> int:
    """The digit to add, and 0 for digits that have it."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state
