"""Which reward a surprise is: drawn by weight out of a secret and an id, the same every time. Pure.

Nobody can try again until they like it, and anybody who has the secret can show what was drawn.
"""

import hmac
from collections.abc import Mapping

_PURPOSE = b"trouw surprise\0"


def drawn(weights: Mapping[int, int], *, secret: bytes, seed: bytes) -> int:
    """One of the keys, with a chance as large as its weight; the smaller key has its turn first.

    The digest is 256 bits, so that no weight gains by the remainder. Raises ValueError for none.
    """
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("There is nothing to draw from.")
    number = int.from_bytes(hmac.digest(secret, _PURPOSE + seed, "sha256")) % total
    for key, weight in sorted(weights.items()):
        if number < weight:
            return key
        number -= weight
    raise AssertionError("unreachable")
