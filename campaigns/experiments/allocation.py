"""Who is in which arm: drawn by a hash, so that anybody can draw it again and nobody can steer it.

A member's place in a draw is the SHA-256 of "salt:member", its first 64 bits read as a number from
0 up to 1. The first `holdout` per cent of the places are held out; the rest is shared among the
variants by weight, in the order they stand in. The same salt and member give the same arm on any
machine, today and in ten years. To see a member's place in ten-thousandths, in a shell:

    echo $(( 0x$(printf %s "$salt:$member" | sha256sum | cut -c1-8) * 10000 >> 32 ))

With 10 per cent held out, whoever has a place below 1000 is held out. The member's id is written
in lower case with hyphens. Members in the universal holdout are drawn likewise, by the programme's
own salt, so that every campaign has the same share of them in every arm.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

HOLDOUT: Final = "holdout"
UNIVERSAL: Final = "universal"
_WHOLE: Final = 1 << 64


class Share(NamedTuple):
    """A random part of all members, `per_cent` of them, drawn by a salt of its own."""

    salt: str
    per_cent: int


class Weight(NamedTuple):
    """A variant and its weight; weights are of each other, and need not be 100 together."""

    key: str
    weight: int


def place_of(salt: str, member_id: UUID) -> int:
    """Return where a member stands in a draw, from 0 up to but not including 2 to the 64th."""
    digest = hashlib.sha256(f"{salt}:{member_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def is_in(share: Share, member_id: UUID) -> bool:
    """Say whether a member is in a random part, as the universal holdout is one."""
    return place_of(share.salt, member_id) * 100 < share.per_cent * _WHOLE


def arm_of(
    salt: str,
    member_id: UUID,
    holdout: int,
    universal: Share | None,
    variants: Sequence[tuple[str, int]],
) -> str:
    """Return the arm of a member: UNIVERSAL, HOLDOUT, or the key of one of `variants`.

    `holdout` is in per cent of those who are not in the universal holdout. `variants` are pairs of
    key and weight; one without weight gets nobody. Raises ValueError if none has a weight.
    """
    if universal is not None and is_in(universal, member_id):
        return UNIVERSAL
    place, held = place_of(salt, member_id) * 100, holdout * _WHOLE
    if place < held:
        return HOLDOUT
    total = sum(weight for _, weight in variants)
    rest = 100 * _WHOLE - held
    edge = 0
    for key, weight in variants:
        edge += weight
        if (place - held) * total < edge * rest:
            return key
    raise ValueError("no variant has a weight")


def campaign_of_group(group_salt: str, keys: Iterable[str], member_id: UUID) -> str | None:
    """Return the one campaign of an exclusion group that a member may be in; None of none.

    Each campaign has a draw of its own, and the highest place wins: every campaign gets an equal
    random part, and one that joins the group or leaves it moves only members to or from itself.
    """
    return max(
        keys, key=lambda key: (place_of(f"{group_salt}:{key}", member_id), key), default=None
    )
