"""Where webhooks may go: to the internet, never into the house's own network."""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from loyalty.errors import InvalidRequest

LONGEST = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(NamedTuple):
    """One address of a host, looked up once: whoever connects uses this very one."""

    scheme: str
    host: str
    address: str
    port: int
    path: str


class AddressRefused(InvalidRequest):
    """A webhook may not go to this address."""

    code = "webhook_address_refused"


def check_url(url: str, *, may_be_private: bool = False) -> None:
    """Whether a webhook may have this address, by its looks alone.

    Only https, and with `may_be_private` http; no user names, no fragment. Raises AddressRefused.
    """
    _parts(url, may_be_private=may_be_private)


def resolve(url: str, *, may_be_private: bool = False) -> Target:
    """Look the host up, once. Raises AddressRefused if any of its addresses is not the internet's.

    All of them, since whoever owns the name chooses their order; the answer has the address, since
    whoever owns the name may say another at the next question (DNS rebinding).
    """
    scheme, host, port, path = _parts(url, may_be_private=may_be_private)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"The host {host} is not found.", field="url") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not may_be_private and not all(map(_is_public, addresses)):
        raise AddressRefused(f"The host {host} lies in a private network.", field="url")
    return Target(scheme, host, addresses[0], port, path)


def _parts(url: str, *, may_be_private: bool) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is no web address.", field="url") from error
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("This is no web address.", field="url")
    if parts.scheme not in ({"https", "http"} if may_be_private else {"https"}):
        raise AddressRefused("A webhook's address begins with https://.", field="url")
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise AddressRefused("This is no address for a webhook.", field="url")
    path = parts.path or "/"
    standard = 443 if parts.scheme == "https" else 80
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, parts.hostname, port or standard, f"{path}{query}"


def _is_public(text: str) -> bool:
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo:
            return False
        address = inner or address
    return address.is_global and not address.is_multicast
