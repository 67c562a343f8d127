"""Campaigns: one of everybody, and how soon a purchase becomes a message in somebody's box.

make bench ARGS="campaigns"                            3,000 members, 50 purchases a second for 10 s
make bench ARGS="campaigns --size 1000000 --seconds 60"

The goals: a million members planned, gated and queued in ten minutes, whatever the memory of one
process; a message in the box within five seconds of its purchase.
"""

import argparse
import threading
import time
from contextlib import ExitStack

import msgspec

from bench.campaign_boxes import watch
from bench.http_load import purchase, request_bytes, send_all
from bench.segments import AT_FIRST, people
from bench.stage import Stage, at_work, stage, web_server
from bench.table import print_table

MEMBERS, BOUGHT = 3_000, 2
HANDS = 4  # tills at work together
SETTLE = 6.0  # until worker, beat and relay are at work
PATIENCE = 60.0
GOAL = 5.0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=MEMBERS, help="how many members")
    parser.add_argument("--rate", type=int, default=50, help="purchases a second")
    parser.add_argument("--seconds", type=int, default=10)
    wanted = parser.parse_args(arguments)
    with stage(members=max(AT_FIRST, wanted.rate * 4)) as on:
        people(on, wanted.size, wanted.size * BOUGHT)
        lags = triggered(on, rate=wanted.rate, seconds=wanted.seconds)
        rows = _asked(on, "everybody")
        readings = _asked(on, "read")
    head = ("what", "found", "seconds", "a second", "most memory", "of the goal")
    print_table(f"A campaign of {wanted.size:,} members", head, [*rows, *readings])
    last = lags[-1] / GOAL
    row = [f"{wanted.rate} a second for {wanted.seconds} s", f"{len(lags):,}"]
    row += [f"{lags[int(share * (len(lags) - 1))]:.2f}" for share in (0.5, 0.95, 1.0)]
    head = ("purchases", "in the box", "p50 s", "p95 s", "max s", "of the goal")
    print_table("From a purchase to the box", head, [[*row, f"{last:.3f}"]])


def _asked(on: Stage, what: str) -> list[list[str]]:
    said = on.run("-m", "bench.campaign_stage", what)
    rows = msgspec.json.decode(said, type=list[list[str]])
    return [row + [""] * (6 - len(row)) for row in rows]


def triggered(on: Stage, *, rate: int, seconds: int) -> list[float]:
    """Seconds from each purchase until its message was in the box, the shortest first."""
    on.run("-m", "bench.campaign_stage", "purchases")
    with ExitStack() as house:
        port = house.enter_context(web_server(on))
        house.enter_context(at_work(on))
        time.sleep(SETTLE)
        bodies = [
            request_bytes(
                "/api/v1/activities",
                on.key,
                msgspec.json.encode(purchase(number, number % on.members, tag="box")),
            )
            for number in range(rate * seconds)
        ]
        sending = threading.Thread(target=send_all, args=(port, bodies, rate, HANDS))
        sending.start()
        lags = watch(on, wanted=len(bodies), patience=seconds + PATIENCE)
        sending.join()
    return lags


if __name__ == "__main__":
    main()
