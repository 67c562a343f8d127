"""The members' home page through the real server, against its numbers by raw SQL, in one run.

make bench ARGS="portal"                              200 members with 100 purchases each
make bench ARGS="portal --members 50 --seconds 5"

The raw page (bench.raw_page) is a bare application on the same server that asks for each number by
one statement: no sessions, no languages, no templates. Goal: 400 pages a second on two cores, or a
quarter of the raw page, and at 20 a second a 95th percentile of at most 60 ms.
"""

import argparse
import random
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.growth import grow
from bench.http_load import Load, send
from bench.stage import Stage, stage, web_server
from bench.table import print_table

RATE = 20.0  # requests a second of the open loop


def requests_for(people: list[dict[str, Any]], *, raw: bool) -> list[bytes]:
    """One prepared request for the page of each."""
    made = []
    for one in people:
        path = f"/?account={one['account']}&membership={one['membership']}" if raw else "/"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: nl\r\n"
        cookie = f"Cookie: sessionid={one['session']}; django_language=nl\r\n"
        made.append((head + cookie + "\r\n").encode())
    return made


def closed_loop(port: int, requests: list[bytes], *, seconds: float, connections: int) -> Load:
    """As many as the server gives over so many connections."""
    latencies: list[float] = []

    def work(seed: int) -> None:
        choose = random.Random(seed)
        deadline = time.perf_counter() + seconds
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while (began := time.perf_counter()) < deadline:
                send(connection, choose.choice(requests))
                latencies.append(time.perf_counter() - began)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Load(len(latencies), seconds, latencies)


def open_loop(port: int, requests: list[bytes], *, seconds: float) -> Load:
    """So many a second whatever the answers do; a late one counts from when it was due."""
    latencies: list[float] = []
    began = time.perf_counter()

    def work(number: int) -> None:
        due = began + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            send(connection, requests[number % len(requests)])
        latencies.append(time.perf_counter() - due)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(int(seconds * RATE))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Load(len(latencies), seconds, latencies)


def measure(on: Stage, people: list[dict[str, Any]], wanted: argparse.Namespace) -> list[list[str]]:
    """A row for the raw page and one for ours; the share of the raw page is in the last."""
    rows, raw_rate = [], 0.0
    for name, raw in (("by raw SQL", True), ("the home page", False)):
        application = "bench.raw_page:application" if raw else "config.wsgi:application"
        requests = requests_for(people, raw=raw)
        with web_server(on, application=application) as port:
            many = {"connections": wanted.connections}
            closed_loop(port, requests, seconds=wanted.warm, **many)
            load = closed_loop(port, requests, seconds=wanted.seconds, **many)
            steady = open_loop(port, requests, seconds=wanted.seconds)
        raw_rate = raw_rate or load.rate
        rows.append(
            [
                name,
                f"{load.rate:.0f}",
                f"{load.rate / raw_rate:.2f}",
                f"{load.percentile(0.95):.1f} ms",
                f"{steady.percentile(0.95):.1f} ms",
            ]
        )
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--purchases", type=int, default=100)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warm", type=float, default=3)
    parser.add_argument("--connections", type=int, default=4)
    wanted = parser.parse_args(arguments)
    with stage(members=wanted.members, rules=wanted.rules) as on:
        grow(on, wanted.members * wanted.purchases, lines=4, now=datetime.now(UTC))
        people = msgspec.json.decode(on.run("-m", "bench.portal_stage", str(wanted.members)))
        on.settle()
        rows = measure(on, people, wanted)
    head = ["page", "a second", "of raw", "p95 at capacity", f"p95 at {RATE:.0f}/s"]
    print_table(f"{wanted.members} members with {wanted.purchases} purchases each", head, rows)


if __name__ == "__main__":
    main()
