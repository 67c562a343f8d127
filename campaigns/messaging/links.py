"""The addresses that stand in messages: signed, opaque, with nothing personal in them.

A token is the dispatch's id, and for a link its number and a digest of where it leads to. What is
signed for one use is worth nothing for another.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from campaigns.errors import LinkUnknown
from campaigns.messaging.rendering import Addresses

_ID, _DIGEST = 16, 5


class Use(StrEnum):
    """What a token is good for; each is signed with a key of its own."""

    LINK = "link"
    PIXEL = "pixel"
    STOP = "stop"


class LinkToken(NamedTuple):
    """A link of one message: `number` counts from 0, `digest` is of its target."""

    dispatch_id: UUID
    number: int
    digest: bytes


def addresses_of(dispatch_id: UUID, *, is_marketing: bool, may_watch: bool) -> Addresses:
    """Where the links of this message go. `may_watch`: the member agreed to PROFILING."""
    return Addresses(
        link=lambda number, target: link_address(dispatch_id, number, target),
        unsubscribe=stop_address(dispatch_id) if is_marketing else "",
        preferences=_whole("/me/news/") if is_marketing else "",
        pixel=_whole(f"/m/{sign(dispatch_id, Use.PIXEL)}.gif") if may_watch else "",
    )


def stop_address(dispatch_id: UUID) -> str:
    """Where one click unsubscribes (RFC 8058); for the List-Unsubscribe header too."""
    return _whole(f"/news/stop/{sign(dispatch_id, Use.STOP)}/")


def link_address(dispatch_id: UUID, number: int, target: str) -> str:
    """Where this link of the message is counted, before it leads on."""
    extra = bytes([number]) + digest_of(target)
    return _whole(f"/m/{sign(dispatch_id, Use.LINK, extra)}/")


def digest_of(target: str) -> bytes:
    """By which a link is known again when the message was changed since."""
    return hashlib.sha256(target.encode()).digest()[:_DIGEST]


def sign(dispatch_id: UUID, use: Use, extra: bytes = b"") -> str:
    """The token; `read_token` and `read_link` read it."""
    text = urlsafe_b64encode(dispatch_id.bytes + extra).decode().rstrip("=")
    return _signer(use).sign(text)


def read_token(token: str, use: Use) -> UUID:
    """The dispatch that the token is of. Raises LinkUnknown for one that we never made."""
    return UUID(bytes=_read(token, use, _ID))


def read_link(token: str) -> LinkToken:
    """The link that the token is of. Raises LinkUnknown for one that we never made."""
    said = _read(token, Use.LINK, _ID + 1 + _DIGEST)
    return LinkToken(UUID(bytes=said[:_ID]), said[_ID], said[_ID + 1 :])


def _read(token: str, use: Use, length: int) -> bytes:
    try:
        text = _signer(use).unsign(token)
    except BadSignature:
        raise LinkUnknown("We do not know this link.") from None
    said = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(said) != length:
        raise LinkUnknown("We do not know this link.")
    return said


def _signer(use: Use) -> Signer:
    return Signer(salt=f"campaigns.messaging.{use}", sep=".")


def _whole(path: str) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{path}"
