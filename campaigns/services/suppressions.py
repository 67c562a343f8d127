"""Addresses that are not written to any more, known by a keyed digest and never by themselves."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db.models import QuerySet

from campaigns.models import Channel, Suppression
from loyalty.errors import InvalidRequest
from members.selectors import read_typed

_KINDS = {"EMAIL": Channel.EMAIL, "PHONE": Channel.SMS}


def suppress(*, channel: str, address: str, reason: str, actor: str, at: datetime) -> Suppression:
    """Never write to this address by this channel again; what was said first stays."""
    suppression, _ = Suppression.objects.get_or_create(
        channel=channel,
        digest=_digests(address)[0],
        defaults={"reason": reason, "actor": actor, "since": at},
    )
    return suppression


def lift_suppression(*, channel: str, address: str) -> bool:
    """Let the address be written to again; whether it was not."""
    return bool(suppression_of(channel=channel, address=address).delete()[0])


def suppressed(*, channel: str, addresses: Iterable[str], is_service: bool = False) -> set[str]:
    """Those of the addresses that are not written to; one query.

    Service passes over who asked for silence or called our mail spam: they can still sign in.
    Only an address that does not exist stops it.
    """
    by_digest = {digest: each for each in addresses for digest in _digests(each)}
    found = Suppression.objects.filter(channel=channel, digest__in=list(by_digest))
    if is_service:
        found = found.filter(reason=Suppression.Reason.BOUNCED)
    return {by_digest[digest] for digest in found.values_list("digest", flat=True)}


def suppression_of(*, channel: str, address: str) -> QuerySet[Suppression]:
    """What is known of this address, if anything."""
    return Suppression.objects.filter(channel=channel, digest__in=_digests(address))


def read_address(typed: str) -> tuple[str, str]:
    """The channel and the address, as they are stored, of what somebody typed.

    Raises InvalidRequest when it is neither an e-mail address nor a telephone number.
    """
    key = read_typed(typed)
    if key.kind not in _KINDS:
        raise InvalidRequest("This is no address and no number.", field="address")
    return _KINDS[key.kind], key.value


def _digests(address: str) -> list[str]:
    """By the key in force first, then by those before it."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    said = f"suppression:{address.strip().lower()}".encode()
    return [hmac.new(key.encode(), said, sha256).hexdigest() for key in keys]
