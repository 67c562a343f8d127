"""Telling others: how soon a purchase is told, and how many events a second are handed on.

make bench ARGS="webhooks"                             50 purchases a second for 10 s
make bench ARGS="webhooks --seconds 60"

A second endpoint never answers within ten seconds. The goals: told within 3 s for 99 of 100, and
2,000 events a second handed on.
"""

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from bench.http_load import purchase, request_bytes, send_all
from bench.stage import Stage, at_work, stage, web_server
from bench.table import print_table

LAG, HANDED_ON = 3.0, 2000.0  # the goals
HANDS = 8
SETTLE = 20.0  # seconds until worker, beat, relay and sender are at work
PATIENCE = 60.0


@contextmanager
def listening(*, answers: bool) -> Iterator[tuple[str, dict[str, float]]]:
    """A receiver: its address, and when each message first came."""
    came: dict[str, float] = {}
    never = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            came.setdefault(self.headers["webhook-id"], time.time())
            if not answers:
                never.wait(30)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", came
    finally:
        never.set()
        server.shutdown()
        server.server_close()


def lags(on: Stage, *, rate: int, seconds: int, settle: float) -> list[float]:
    """Seconds from what happened until it was told, the shortest first."""
    with ExitStack() as house:
        url, came = house.enter_context(listening(answers=True))
        silent, _never = house.enter_context(listening(answers=False))
        for each in (url, silent):
            on.run("-m", "bench.webhook_stage", "endpoint", each)
        port = house.enter_context(web_server(on))
        house.enter_context(at_work(on))
        time.sleep(settle)
        bodies = [
            request_bytes(
                "/api/v1/activities",
                on.key,
                msgspec.json.encode(purchase(number, number % on.members, tag="told")),
            )
            for number in range(rate * seconds)
        ]
        send_all(port, bodies, rate, HANDS)
        deadline = time.monotonic() + PATIENCE
        happened = _happened(on)
        while len(came) < len(happened) and time.monotonic() < deadline:
            time.sleep(0.2)
    return sorted(came[number] - at for number, at in happened.items() if number in came)


def _happened(on: Stage) -> dict[str, float]:
    with on.connect() as connection:
        rows = connection.execute(
            "SELECT id, extract(epoch FROM recorded_at) FROM loyalty_outboxevent"
            " WHERE name = 'loyalty.points_earned.v1' AND payload->>'source' = 'activity'"
        ).fetchall()
    return {f"evt_{number}": float(at) for number, at in rows}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--settle", type=float, default=SETTLE)
    wanted = parser.parse_args(arguments)
    with stage(members=wanted.members) as on:
        told = lags(on, rate=wanted.rate, seconds=wanted.seconds, settle=wanted.settle)
        handed = float(on.run("-m", "bench.webhook_stage", "relay", str(wanted.events)))
    tops = [told[int(share * (len(told) - 1))] for share in (0.5, 0.95, 0.99, 1.0)]
    row = [f"{wanted.rate * wanted.seconds:,}", f"{len(told):,}", *(f"{each:.2f}" for each in tops)]
    head = ("purchases", "told", "p50 s", "p95 s", "p99 s", "max s", "of the goal")
    print_table("From a purchase to the webhook", head, [[*row, f"{tops[2] / LAG:.2f}"]])
    print_table(
        "The relay, with two endpoints",
        ("events", "a second", "of the goal"),
        [[f"{wanted.events:,}", f"{handed:,.0f}", f"{handed / HANDED_ON:.2f}"]],
    )


if __name__ == "__main__":
    main()
