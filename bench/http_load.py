"""A small closed-loop load on loopback: prepared bytes over kept-alive connections.

Closed loop, so it tells capacity and the latency at that capacity, nothing about an open door.
"""

import json
import multiprocessing
import random
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FASTEST = 1000  # requests a second that one connection has prepared
CATEGORIES = ["paint", "brushes_tools", "wallpaper", "lighting"]


@dataclass(frozen=True)
class Load:
    """What came of it."""

    done: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, under which this share of the requests stayed."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))] * 1000


def purchase(number: int, member: int, *, tag: str) -> dict[str, Any]:
    """One purchase of four lines by a member of the stage."""
    choose = random.Random(number)
    return {
        "type": "purchase",
        "source": "bench",
        "external_id": f"{tag}-{number}",
        "member": f"ext:bench:{member}",
        "occurred_at": datetime.now(UTC).isoformat(),
        "channel": "store",
        "location": "Utrecht",
        "lines": [
            {
                "product": f"article-{choose.randrange(5000)}",
                "category": category,
                "quantity": "1",
                "amount": f"{choose.randrange(100, 5000) / 100:.2f}",
            }
            for category in CATEGORIES
        ],
    }


class ServerFailed(Exception):
    """It refused or hung up. No SystemExit: that would end a pool's worker, and not the wait."""


def request_bytes(
    path: str, key: str, body: bytes, *, more: Mapping[str, str] | None = None
) -> bytes:
    """A POST of JSON as it goes over the wire, with `more` headers."""
    others = "".join(f"{name}: {value}\r\n" for name, value in (more or {}).items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{others}\r\n"
    )
    return head.encode() + body


def asking(path: str, key: str) -> bytes:
    """A GET as it goes over the wire."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n"
    return head.encode()


def drive(port: int, key: str, *, seconds: float, connections: int, members: int, tag: str) -> Load:
    """Post single purchases over so many connections at once for so many seconds.

    A member is one connection's, so that their purchases come in as they happened, as from a till.
    """
    with multiprocessing.get_context("spawn").Pool(connections) as pool:
        work = [
            (port, key, seconds, range(i, members, connections), f"{tag}{i}")
            for i in range(connections)
        ]
        latencies = pool.starmap(_one_connection, work)
    everything = [took for each in latencies for took in each]
    return Load(len(everything), seconds, everything)


def _one_connection(port: int, key: str, seconds: float, members: range, tag: str) -> list[float]:
    choose = random.Random(tag)
    bought = (
        purchase(number, choose.choice(members), tag=tag)
        for number in range(int(seconds * FASTEST))
    )
    # made before the clock runs: the client's work is not the server's
    requests = iter(
        [request_bytes("/api/v1/activities", key, json.dumps(each).encode()) for each in bought]
    )
    latencies: list[float] = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        deadline = time.perf_counter() + seconds
        while (began := time.perf_counter()) < deadline:
            send(connection, next(requests))
            latencies.append(time.perf_counter() - began)
    return latencies


def send_all(port: int, requests: list[bytes], rate: float, hands: int) -> Load:
    """Send so many a second whatever the answers do, over so many kept-alive connections.

    What is late counts from when it was due. A refusal ends its connection, and leaves `done` short
    of what was asked.
    """
    latencies: list[float] = []
    began = time.perf_counter()

    def work(first: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for number in range(first, len(requests), hands):
                due = began + number / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                send(connection, requests[number])
                latencies.append(time.perf_counter() - due)

    together = [threading.Thread(target=work, args=(first,)) for first in range(hands)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    return Load(len(latencies), time.perf_counter() - began, latencies)


def send(connection: socket.socket, request: bytes) -> bytes:
    """Send and read one whole answer; anything but success ends the benchmark."""
    connection.sendall(request)
    received = _more(connection)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection)
    if not head.startswith((b"HTTP/1.1 20", b"HTTP/1.1 207")):
        raise ServerFailed(f"The server refused: {head[:60]!r} {body[:300]!r}")
    return body


def _more(connection: socket.socket) -> bytes:
    """What comes next; a server that hangs up ends the benchmark, and is not waited for."""
    if received := connection.recv(65536):
        return received
    raise ServerFailed("The server closed the connection before it had answered.")
