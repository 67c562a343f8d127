"""The four calls of a till through the real server: each at a steady rate, and as many as it gives.

make bench ARGS="till"                                200 members with 20 purchases each
make bench ARGS="till --members 50 --seconds 5"

A sale has four lines; every third uses a voucher and pays with points, and is undone at the end.
Goal: each call's 95th percentile at most 200 ms at 10 a second.
"""

import argparse
import socket
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.growth import grow
from bench.http_load import Load, purchase, request_bytes, send
from bench.stage import Stage, stage, web_server
from bench.table import print_table

RATE = 10.0  # requests a second of the open loop
CALLS = ("lookup", "quote", "commit", "cancel")
MOST = 400  # of each call a second that are prepared for the closed loop
WITH_VOUCHER = 3  # one of so many sales

Body = dict[str, Any]


class Sales:
    """Bodies for the calls: sale by sale, each under its own receipt."""

    def __init__(self, people: Sequence[dict[str, Any]]) -> None:
        self.people = people
        self.vouchers = [(one, code) for one in people for code in one["vouchers"]]

    def bodies(self, call: str, numbers: Sequence[int], tag: str) -> list[Body]:
        """Of each numbered sale."""
        match call:
            case "lookup":
                return [{"code": self._who(number)["card"]} for number in numbers]
            case "cancel":
                return [{"receipt": f"{tag}-{number}"} for number in numbers]
            case "commit":
                return [self._basket(one) | {"receipt": f"{tag}-{one}"} for one in numbers]
        return [self._basket(number) for number in numbers]

    def _who(self, number: int) -> dict[str, Any]:
        return self.people[number % len(self.people)]

    def _basket(self, number: int) -> Body:
        """Every third with a voucher, while there are any, and some points."""
        lines = purchase(number, 0, tag="")["lines"]
        nth, rest = divmod(number, WITH_VOUCHER)
        if rest or nth >= len(self.vouchers):
            return {"member": f"card:{self._who(number)['card']}", "lines": lines}
        who, voucher = self.vouchers[nth]
        member = f"card:{who['card']}"
        return {"member": member, "lines": lines, "vouchers": [voucher], "tender": {"points": 10}}


def open_loop(port: int, requests: list[bytes]) -> Load:
    """So many a second whatever the answers do; a late one counts from when it was due."""
    latencies: list[float] = []
    began = time.perf_counter()

    def work(number: int, request: bytes) -> None:
        due = began + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            send(connection, request)
        latencies.append(time.perf_counter() - due)

    _together([threading.Thread(target=work, args=each) for each in enumerate(requests)])
    return Load(len(latencies), len(requests) / RATE, latencies)


def closed_loop(port: int, requests: list[bytes], *, seconds: float, connections: int) -> Load:
    """As many as the server gives over so many connections, until the time or the requests end."""
    latencies: list[float] = []
    waiting = iter(requests)
    lock = threading.Lock()
    began = time.perf_counter()

    def work() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while (start := time.perf_counter()) < began + seconds:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                send(connection, request)
                latencies.append(time.perf_counter() - start)

    _together([threading.Thread(target=work) for _ in range(connections)])
    return Load(len(latencies), time.perf_counter() - began, latencies)


def _together(workers: list[threading.Thread]) -> None:
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def measure(on: Stage, said: dict[str, Any], wanted: argparse.Namespace) -> list[list[str]]:
    """A row for each call: steady first; then the same again as fast as it goes."""
    sales, steady = Sales(said["people"]), range(int(wanted.seconds * RATE))
    many = range(len(steady), len(steady) + int(wanted.seconds * MOST))
    rows, done = [], len(many)
    with web_server(on) as port:

        def made(call: str, numbers: Sequence[int]) -> list[bytes]:
            path = f"/api/v1/till/{call}"
            bodies = sales.bodies(call, numbers, "bench")
            return [request_bytes(path, said["key"], msgspec.json.encode(one)) for one in bodies]

        closed_loop(port, made("lookup", range(50)), seconds=wanted.warm, connections=4)
        for call in CALLS:
            at_rate = open_loop(port, made(call, steady))
            numbers = many[:done] if call == "cancel" else many  # what was booked can be undone
            load = closed_loop(
                port, made(call, numbers), seconds=wanted.seconds, connections=wanted.connections
            )
            if call == "commit":
                done = load.done
            rows.append(
                [
                    call,
                    f"{at_rate.percentile(0.5):.1f} ms",
                    f"{at_rate.percentile(0.95):.1f} ms",
                    f"{load.rate:.0f}",
                    f"{load.percentile(0.95):.1f} ms",
                ]
            )
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--purchases", type=int, default=20)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--warm", type=float, default=2)
    parser.add_argument("--connections", type=int, default=4)
    wanted = parser.parse_args(arguments)
    with stage(members=wanted.members, rules=wanted.rules) as on:
        grow(on, wanted.members * wanted.purchases, lines=4, now=datetime.now(UTC))
        said = msgspec.json.decode(on.run("-m", "bench.till_stage", str(wanted.members)))
        on.settle()
        rows = measure(on, said, wanted)
    head = ["call", f"p50 at {RATE:.0f}/s", f"p95 at {RATE:.0f}/s", "a second", "p95 at capacity"]
    print_table(f"A till, {wanted.members} members, {wanted.rules} rules, 4 lines", head, rows)


if __name__ == "__main__":
    main()
