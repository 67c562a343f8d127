"""A shop's busy hour through the real house: purchases and reads together, whatever the answers do.

make bench ARGS="steady"                               60 purchases and 120 reads a second, 20 s
make bench ARGS="steady --seconds 600 --members 20000"

Web, worker, beat and relay are at work. What is late counts from when it was due. The goal: the
95th percentile at most 100 ms, and no errors.
"""

import argparse
import threading
import time
from contextlib import ExitStack

import msgspec

from bench.http_load import Load, asking, purchase, request_bytes, send_all
from bench.stage import Stage, at_work, stage, web_server
from bench.table import print_table

GOAL = 0.100  # seconds
HANDS = 24  # connections for the purchases, and as many for the reads
SETTLE = 20.0  # seconds until worker, beat and relay are at work, and did what waited for them


def purchases(on: Stage, *, wanted: int) -> list[bytes]:
    """Baskets of four lines by all members in turn."""
    return [
        request_bytes(
            "/api/v1/activities",
            on.key,
            msgspec.json.encode(purchase(number, number % on.members, tag="steady")),
        )
        for number in range(wanted)
    ]


def reads(on: Stage, *, wanted: int) -> list[bytes]:
    """What a till and a portal ask about all members in turn."""
    with on.connect() as connection:
        members = [
            str(row[0])
            for row in connection.execute("SELECT id FROM members_member ORDER BY id").fetchall()
        ]
    paths = [
        lambda number: f"/api/v1/members?identifier=ext:bench:{number % on.members}",
        lambda number: f"/api/v1/members/{members[number % len(members)]}",
        lambda number: f"/api/v1/members/{members[number % len(members)]}/statement",
    ]
    return [asking(paths[number % len(paths)](number), on.key) for number in range(wanted)]


def together(port: int, asked: dict[str, tuple[list[bytes], float]]) -> dict[str, Load]:
    """All kinds of requests at their own rates at once."""
    loads: dict[str, Load] = {}

    def work(what: str, requests: list[bytes], rate: float) -> None:
        loads[what] = send_all(port, requests, rate, HANDS)

    hands = [threading.Thread(target=work, args=(what, *each)) for what, each in asked.items()]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    return loads


def row(what: str, load: Load, *, asked: int, rate: float) -> list[str]:
    """One line of the table."""
    tops = [f"{load.percentile(share):.1f}" for share in (0.5, 0.95, 0.99)]
    of_goal = load.percentile(0.95) / 1000 / GOAL
    return [what, f"{rate:g}", f"{load.done:,}", f"{asked - load.done}", *tops, f"{of_goal:.2f}"]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--purchases", type=float, default=60)
    parser.add_argument("--reads", type=float, default=120)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--settle", type=float, default=SETTLE)
    wanted = parser.parse_args(arguments)
    with stage(members=wanted.members, rules=wanted.rules) as on, ExitStack() as house:
        port = house.enter_context(web_server(on))
        house.enter_context(at_work(on))
        time.sleep(wanted.settle)
        asked = {
            f"POST /activities, {wanted.rules} rules": (
                purchases(on, wanted=int(wanted.purchases * wanted.seconds)),
                wanted.purchases,
            ),
            "GET member, three ways": (
                reads(on, wanted=int(wanted.reads * wanted.seconds)),
                wanted.reads,
            ),
        }
        loads = together(port, asked)
    title = f"A busy hour, {wanted.seconds} s of it: {wanted.members:,} members"
    head = ("what", "a second", "answered", "errors", "p50 ms", "p95 ms", "p99 ms", "of the goal")
    print_table(
        title,
        head,
        [
            row(what, load, asked=len(asked[what][0]), rate=asked[what][1])
            for what, load in loads.items()
        ],
    )


if __name__ == "__main__":
    main()
