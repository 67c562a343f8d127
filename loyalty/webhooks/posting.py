"""One POST to somebody else's server, who may be slow, broken or hostile."""

import time
from collections.abc import Mapping
from typing import NamedTuple

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from loyalty.errors import DomainError
from loyalty.webhooks.addresses import resolve

CONNECT, READ, ALL = 5.0, 10.0, 20.0  # seconds
MOST_READ = 64 * 1024  # bytes of an answer that nobody needs


class Answered(NamedTuple):
    """What came of it: a status, or why there is none."""

    status: int | None
    error: str
    milliseconds: int
    retry_after: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool) -> Answered:
    """Post the body; redirects are not followed, addresses inside the house are refused.

    The host is looked up once and that address connected to; the certificate is checked against
    the host. Never raises for what the other side does.
    """
    began = time.monotonic()
    try:
        target = resolve(url, may_be_private=may_be_private)
        with _connection(target.scheme, target.host, target.address, target.port) as pool:
            response = pool.urlopen(
                "POST",
                target.path,
                body=body,
                headers={**headers, "Host": _host(target.scheme, target.host, target.port)},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                _read_away(response, until=began + ALL)
            finally:
                response.close()
    except DomainError as refused:
        return Answered(None, refused.detail, _since(began))
    except (HTTPError, OSError, ValueError) as error:
        return Answered(None, _named(error), _since(began))
    retry_after = response.headers.get("Retry-After", "")[:100]
    return Answered(response.status, "", _since(began), retry_after)


def _connection(scheme: str, host: str, address: str, port: int) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=CONNECT, read=READ)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        server_hostname=host,
        assert_hostname=host,
    )


def _host(scheme: str, host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == {"https": 443, "http": 80}[scheme] else f"{name}:{port}"


def _read_away(response: urllib3.BaseHTTPResponse, *, until: float) -> None:
    """Read the answer as far as it is short and comes in time; what more there is, is not read."""
    read = 0
    while read < MOST_READ and time.monotonic() < until:
        part = response.read1(4096)
        if not part:
            return
        read += len(part)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _named(error: Exception) -> str:
    """What went wrong, without the address that others may not read."""
    return {
        "ConnectTimeoutError": "No connection within 5 seconds.",
        "ReadTimeoutError": "No answer within 10 seconds.",
        "SSLError": "The certificate is not to be trusted.",
        "NewConnectionError": "The connection was refused.",
        "NameResolutionError": "The host is not found.",
        "ProtocolError": "The answer was broken off.",
    }.get(type(error).__name__, type(error).__name__)
