"""Browsers that agreed to be woken with a message: taken in, and let go."""

from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from campaigns.models import PushSubscription
from loyalty.errors import InvalidRequest

MOST = 10  # browsers of one member; the oldest goes for the newest
_LONGEST_ADDRESS = 500


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser gave us: where its house is told, and the keys to write to it alone."""

    endpoint: str
    p256dh: str
    auth: str


@transaction.atomic
def add_push(*, membership_id: int, browser: Browser, at: datetime) -> PushSubscription:
    """Keep the browser; known already, it is the member's who brings it now.

    Raises InvalidRequest for an address that no browser's house can have.
    """
    _check(browser)
    subscription, _ = PushSubscription.objects.update_or_create(
        endpoint=browser.endpoint,
        defaults={
            "membership_id": membership_id,
            "p256dh": browser.p256dh,
            "auth": browser.auth,
            "added_at": at,
            "gone_at": None,
        },
    )
    own = PushSubscription.objects.filter(membership_id=membership_id).order_by("-added_at", "-pk")
    PushSubscription.objects.filter(pk__in=[each.pk for each in own[MOST:]]).delete()
    return subscription


def remove_push(*, membership_id: int, endpoint: str = "") -> int:
    """Forget this browser of the member, or all of them; how many that were."""
    own = PushSubscription.objects.filter(membership_id=membership_id)
    return (own.filter(endpoint=endpoint) if endpoint else own).delete()[0]


def pushes_of(membership_id: int) -> QuerySet[PushSubscription]:
    """The member's browsers that can still be reached."""
    return PushSubscription.objects.filter(membership_id=membership_id, gone_at=None)


def _check(browser: Browser) -> None:
    for name, text, longest in (("p256dh", browser.p256dh, 120), ("auth", browser.auth, 60)):
        if not text or len(text) > longest or not _is_base64(text):
            raise InvalidRequest("This is no key of a browser.", field=name)
    if len(browser.endpoint) > _LONGEST_ADDRESS or not _is_public(browser.endpoint):
        raise InvalidRequest("No browser has its house there.", field="endpoint")


def _is_base64(text: str) -> bool:
    return text.isascii() and text.replace("-", "").replace("_", "").rstrip("=").isalnum()


def _is_public(address: str) -> bool:
    """An https address by a name that can be elsewhere: never a machine of our own by its number."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username or port not in {None, 443}:
        return False
    try:
        ip_address(host)
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".internal", ".localhost"))
    return False
