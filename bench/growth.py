"""How the purchase endpoint keeps its pace while the books grow, in one run.

`python -m bench.growth --transfers 100000 10000000 --members 100000`
The goal: a 95th percentile at the last size of at most 1.3 times that at the first.
"""

import argparse
from datetime import UTC, datetime, timedelta

from bench.http_load import Load, drive
from bench.seeding import History, seed
from bench.stage import Stage, stage, web_server
from bench.table import print_table

Measured = tuple[int, Load]


def grow(on: Stage, transfers: int, *, lines: int, now: datetime) -> None:
    """Seed purchases until there are so many transfers."""
    with on.connect_as_owner() as connection:
        found = connection.execute("SELECT count(*) FROM loyalty_transfer").fetchone()
        assert found
        history = History(
            purchases=max(0, transfers - found[0]),
            since=now - timedelta(days=700),
            until=now - timedelta(days=1),
            expires_at=now + timedelta(days=700),
            award=on.award,
            rule_set=on.rule_set,
            tallies=on.tallies,
            lines=lines,
            with_events=True,
        )
        if history.purchases:
            seed(connection, history, say=print)
    on.settle()


def measure(wanted: argparse.Namespace) -> list[Measured]:
    """The load at each size; one server and one stage for all."""
    now, measured = datetime.now(UTC), []
    with stage(members=wanted.members, rules=wanted.rules) as on:
        for transfers in wanted.transfers:
            grow(on, transfers, lines=wanted.lines, now=now)
            with web_server(on) as port:
                many = {"connections": wanted.connections, "members": on.members}
                drive(port, on.key, seconds=wanted.warm, tag=f"warm{transfers}", **many)
                load = drive(port, on.key, seconds=wanted.seconds, tag=f"at{transfers}", **many)
            measured.append((transfers, load))
    return measured


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--lines", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--warm", type=float, default=5)
    parser.add_argument("--connections", type=int, default=2)
    wanted = parser.parse_args(arguments)
    measured = measure(wanted)
    first = measured[0][1].percentile(0.95)
    rows = [
        (
            f"{transfers:,} transfers",
            f"{load.rate:,.0f}",
            f"{load.percentile(0.5):.1f}",
            f"{load.percentile(0.95):.1f}",
            f"{load.percentile(0.95) / first:.2f}",
        )
        for transfers, load in measured
    ]
    title = f"Growth: POST /activities, {wanted.rules} rules, {wanted.members:,} members"
    print_table(title, ("books", "per second", "p50 ms", "p95 ms", "of the first"), rows)


if __name__ == "__main__":
    main()
