"""How many vouchers a second are checked, beside an endpoint that does nothing, in one run.

`python -m bench.vouchers --codes 5000 --seconds 6`
Goal: 800 a second on two cores, or 0.3 of the empty authenticated endpoint. The rounds take turns,
and of each the best counts, for others use the machine too.
"""

import argparse
import multiprocessing
import socket
import time
from collections.abc import Sequence
from itertools import cycle

import msgspec

from bench.http_load import Load, request_bytes, send
from bench.stage import stage, web_server
from bench.table import print_table

EMPTY, CHECK = "/bench/empty", "/api/v1/vouchers/check"


def drive(
    port: int, requests: Sequence[bytes], *, seconds: float, warm: float, connections: int
) -> Load:
    """Send these over so many connections at once, each its own part again and again."""
    parts = [list(requests[number::connections]) for number in range(connections)]
    with multiprocessing.get_context("spawn").Pool(connections) as pool:
        pool.starmap(_one_connection, [(port, part, warm) for part in parts])
        latencies = pool.starmap(_one_connection, [(port, part, seconds) for part in parts])
    everything = [took for each in latencies for took in each]
    return Load(len(everything), seconds, everything)


def _one_connection(port: int, requests: list[bytes], seconds: float) -> list[float]:
    latencies: list[float] = []
    coming = cycle(requests)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        deadline = time.perf_counter() + seconds
        while (began := time.perf_counter()) < deadline:
            send(connection, next(coming))
            latencies.append(time.perf_counter() - began)
    return latencies


def rows_of(empty: Sequence[Load], check: Sequence[Load]) -> list[tuple[str, str, str, str]]:
    """The best round of each, and what the check is of the empty endpoint."""
    floor, best = (max(loads, key=lambda load: load.rate) for loads in (empty, check))
    return [
        _row("an empty authenticated POST", floor, 1.0),
        _row("POST /vouchers/check", best, best.rate / floor.rate),
    ]


def _row(what: str, load: Load, share: float) -> tuple[str, str, str, str]:
    return what, f"{load.rate:,.0f}", f"{share:.2f}", f"{load.percentile(0.99):.1f}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--warm", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=4)
    wanted = parser.parse_args(arguments)
    how = {name: getattr(wanted, name) for name in ("seconds", "warm", "connections")}
    with stage(members=1) as on:
        said = msgspec.json.decode(on.run("-m", "bench.voucher_stage", str(wanted.codes)))
        on.settle()
        bodies = [msgspec.json.encode({"code": code}) for code in said["codes"]]
        nothing = [request_bytes(EMPTY, said["key"], body) for body in bodies]
        checks = [request_bytes(CHECK, said["key"], body) for body in bodies]
        empty, check = [], []
        with web_server(on, application="bench.empty_door:application") as port:
            for _round in range(wanted.rounds):
                empty.append(drive(port, nothing, **how))
                check.append(drive(port, checks, **how))
    title = f"Vouchers looked at: {wanted.codes:,} codes, {wanted.connections} connections"
    print_table(title, ("what", "per second", "of empty", "p99 ms"), rows_of(empty, check))


if __name__ == "__main__":
    main()
