"""A voucher's code: made from the voucher's id and a secret, never stored.

Whoever has the database alone can neither show a code nor try one: what is stored to find a
voucher by is a keyed digest. A code is 75 bits in 15 characters and one to check them, of an
alphabet (Crockford's) that leaves out I, L, O and U.
"""

import hmac
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rewards.errors import VoucherUnknown

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # the check character included
GROUP = 4
BITS = 5  # of one character
LONGEST = 60  # characters of an uploaded one

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LEFT_OUT = str.maketrans({" ": None, "-": None})
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def code_of(voucher_id: UUID) -> str:
    """The code of a voucher, the same every time: `7K3M-9QXA-…`, four groups of four."""
    number = int.from_bytes(_keyed(b"code", voucher_id.bytes)) >> (256 - BITS * (LENGTH - 1))
    values = [number >> (BITS * place) & 31 for place in range(LENGTH - 1)]
    values.append(_times_x(_remainder(values)))
    code = "".join(ALPHABET[value] for value in values)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def digest_of(code: str) -> str:
    """What a voucher is found by, from its code as somebody typed it.

    Case, spaces and dashes do not matter, and O is read as 0, I and L as 1. Raises VoucherUnknown
    for what cannot be a code: one wrong character, or two that changed places, is always noticed.
    """
    plain = code.upper().translate(_READ_AS)
    values = [_VALUES.get(character, -1) for character in plain]
    if len(values) != LENGTH or -1 in values or _remainder(values) != 0:
        raise VoucherUnknown
    return _keyed(b"digest", plain.encode()).hex()


def digest_of_foreign(code: str) -> str:
    """What a voucher with an uploaded code is found by; case, spaces and dashes do not matter."""
    return _keyed(b"foreign", plain_foreign(code).encode()).hex()


def plain_foreign(code: str) -> str:
    """What of an uploaded code tells it from others: without case, spaces and dashes."""
    return code.upper().translate(_LEFT_OUT)


def digests_of(code: str) -> list[str]:
    """What a voucher may be found by, whether its code was made here or uploaded.

    Raises VoucherUnknown for what can be neither.
    """
    if not (0 < len(code) <= LONGEST and code.isprintable()):
        raise VoucherUnknown
    try:
        return [digest_of(code), digest_of_foreign(code)]
    except VoucherUnknown:
        return [digest_of_foreign(code)]


def _keyed(purpose: bytes, message: bytes) -> bytes:
    if not settings.VOUCHER_KEY:
        raise ImproperlyConfigured("VOUCHER_KEY is not set: vouchers have no codes without it.")
    key = settings.VOUCHER_KEY.encode()
    return hmac.digest(key, b"trouw voucher " + purpose + b"\0" + message, "sha256")


# The check character makes the code, read as a polynomial over the field of 32 elements, zero at
# x. The powers of x differ for all sixteen places, so that no change of one place and no exchange
# of two can go unseen.
def _remainder(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _times_x(total) ^ value
    return total


def _times_x(value: int) -> int:
    return (value << 1) ^ (0b100101 if value & 16 else 0)
