"""How fast rewards are redeemed: a hot one against ones of their own, and against PostgreSQL alone.

`python -m bench.redeem --members 4000 --seconds 4`
Goals: a reward that everybody takes at 0.85 or more of one that a process has to itself, in the same
run, and at 0.2 or more of one SQL function that does the same writes. Of each the best of the rounds
counts, for others use the machine too.
"""

import argparse
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

from bench.http_load import Load, request_bytes
from bench.raw_redeem import install, raw_redeeming
from bench.stage import ROOT, Stage, stage, web_server
from bench.table import print_table
from bench.till import closed_loop

POINTS = 1_000_000_000
FASTEST = 600  # requests a second that are prepared
_GIVE = """
SELECT count(ledger_post('EARN', (SELECT id FROM loyalty_account WHERE kind = 'ISSUANCE'
                                  AND unit_id = a.unit_id), a.id, %s, 'given', a.id::text, 'f', '[]',
                         'bench', now(), now(), now(), now() + interval '2 years'))
FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
WHERE a.kind = 'MEMBER' AND u.code = 'points'
"""
_OVERSOLD = """
SELECT count(*) FROM rewards_stock s
WHERE s.total - (SELECT sum(h."left") FROM rewards_shelf h WHERE h.stock_id = s.id)
    <> (SELECT count(*) FROM rewards_redemption r WHERE r.reward_id = s.reward_id
        AND r.is_from_stock)
"""


class Workers:
    """Processes that each redeem as fast as they can, when all are told to."""

    def __init__(self, on: Stage, count: int) -> None:
        self.children = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.redeem_work", str(number)],
                cwd=ROOT,
                env=on.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(count)
        ]
        self._heard()  # that they are ready

    def rate(self, what: str, *, seconds: float, tag: str) -> float:
        """Redemptions per second of all; each its `own` reward, or all the `hot` one."""
        for child in self.children:
            assert child.stdin
            child.stdin.write(f"{what} {seconds} {tag}\n")
            child.stdin.flush()
        return sum(int(said) for said in self._heard()) / seconds

    def end(self) -> None:
        for child in self.children:
            with contextlib.suppress(BrokenPipeError):  # it has ended by itself
                child.communicate()

    def _heard(self) -> list[str]:
        said = [child.stdout.readline().strip() for child in self.children if child.stdout]
        if "" in said:
            raise SystemExit("A process that should redeem has ended.")
        return said


@contextlib.contextmanager
def workers_of(on: Stage, count: int) -> Iterator[Workers]:
    workers = Workers(on, count)
    try:
        yield workers
    finally:
        workers.end()


def over_http(on: Stage, port: int, *, seconds: float, connections: int, tag: str) -> Load:
    """Redemptions of the hot reward through POST /redemptions, each under a key of its own."""
    requests = []
    for number in range(int(seconds * FASTEST)):
        body = {"member": f"ext:bench:{number % on.members}", "reward": "hot", "channel": "web"}
        more = {"Idempotency-Key": f"{tag}-{number}"}
        requests.append(
            request_bytes("/api/v1/redemptions", on.key, json.dumps(body).encode(), more=more)
        )
    return closed_loop(port, requests, seconds=seconds, connections=connections)


Figures = dict[str, list[float]]


def measure(on: Stage, wanted: argparse.Namespace) -> tuple[Figures, list[float]]:
    """The rates of each round, and the 95th percentiles over HTTP."""
    rates: Figures = {"raw": [], "own": [], "hot": [], "http": []}
    late, many = [], {"seconds": wanted.seconds, "connections": wanted.workers}
    with workers_of(on, wanted.workers) as workers, web_server(on) as port:
        workers.rate("own", seconds=wanted.warm, tag="warm")
        over_http(on, port, seconds=wanted.warm, connections=wanted.workers, tag="warm")
        for number in range(wanted.rounds):
            tag = f"round{number}"
            on.settle()
            rates["raw"].append(raw_redeeming(on, tag=tag, **many))
            rates["own"].append(workers.rate("own", seconds=wanted.seconds, tag=tag))
            rates["hot"].append(workers.rate("hot", seconds=wanted.seconds, tag=tag))
            load = over_http(on, port, tag=tag, **many)
            rates["http"].append(load.rate)
            late.append(load.percentile(0.95))
    return rates, late


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=4_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--warm", type=float, default=1)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args(arguments)
    with stage(members=wanted.members) as on:
        on.run("-m", "bench.redeem_work", "open", str(wanted.workers))
        install(on)
        with on.connect() as connection:
            connection.execute(_GIVE, [POINTS])
        rates, late = measure(on, wanted)
        with on.connect() as connection:
            oversold = connection.execute(_OVERSOLD).fetchone()
        assert oversold == (0,), "A stock does not tie out with what was taken from it."
    raw, own, hot, http = (max(rates[name]) for name in ("raw", "own", "hot", "http"))
    rows = [
        ("raw function, same writes (pgbench)", f"{raw:,.0f}", "1.00", "", ""),
        ("redeem_reward, a reward for each", f"{own:,.0f}", f"{own / raw:.2f}", "1.00", ""),
        (
            *("redeem_reward, one hot reward", f"{hot:,.0f}"),
            *(f"{hot / raw:.2f}", f"{hot / own:.2f}", ""),
        ),
        (
            *("POST /redemptions, one hot reward", f"{http:,.0f}"),
            *(f"{http / raw:.2f}", f"{http / own:.2f}", f"{min(late):.1f}"),
        ),
    ]
    title = (
        f"Redemptions: {wanted.members:,} members, {wanted.workers} at once, stock on shelves,"
        f" best of {wanted.rounds}"
    )
    print_table(title, ("what", "per second", "of raw", "of its own", "p95 ms"), rows)


if __name__ == "__main__":
    main()
