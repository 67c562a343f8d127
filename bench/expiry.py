"""How long a great lapse takes, and what those who buy meanwhile notice of it, in one run.

`python -m bench.expiry --lots 1000000 --members 100000`
The goals: a million lots in ten minutes, and a 95th percentile of at most twice the quiet one.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.http_load import Load, drive
from bench.seeding import History, seed
from bench.stage import ROOT, Stage, stage, web_server
from bench.table import print_table

SLICE = 5.0  # seconds of purchases between two looks at whether the job has ended


@dataclass(frozen=True)
class Lapse:
    """What came of it."""

    seconds: float
    quiet: Load
    during: Load
    left: int  # lapsed lots that the job did not book


def lapse(on: Stage, wanted: argparse.Namespace) -> Lapse:
    """Let the seeded lots lapse while purchases go on; they are measured before it as well."""
    with web_server(on) as port:
        many = {"connections": wanted.connections, "members": on.members}
        drive(port, on.key, seconds=wanted.warm, tag="warm", **many)
        quiet = drive(port, on.key, seconds=wanted.seconds, tag="quiet", **many)
        began = time.perf_counter()
        job = subprocess.Popen([sys.executable, "-m", "bench.lapse"], cwd=ROOT, env=on.environment)
        slices: list[Load] = []
        part = min(SLICE, wanted.seconds)
        while job.poll() is None:
            tag = f"during{len(slices)}-"
            slices.append(drive(port, on.key, seconds=part, tag=tag, **many))
        took = time.perf_counter() - began
    if job.returncode:
        raise SystemExit("The job failed.")
    latencies = [each for load in slices for each in load.latencies]
    during = Load(len(latencies), part * len(slices), latencies)
    return Lapse(took, quiet, during, _left(on))


def _left(on: Stage) -> int:
    with on.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM loyalty_lot WHERE remaining > 0 AND expires_at <= now()"
        ).fetchone()
    assert found
    return int(found[0])


def measure(wanted: argparse.Namespace) -> Lapse:
    """Seed lots that lapsed an hour ago, and let the job book them."""
    now = datetime.now(UTC)
    with stage(members=wanted.members, rules=wanted.rules) as on:
        with on.connect_as_owner() as connection:
            history = History(
                purchases=wanted.lots,
                since=now - timedelta(days=760),
                until=now - timedelta(days=730),
                expires_at=now - timedelta(hours=1),
                award=on.award,
                rule_set=on.rule_set,
                with_activities=False,
            )
            seed(connection, history, say=print)
        on.settle()
        return lapse(on, wanted)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=200_000)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--warm", type=float, default=5)
    parser.add_argument("--connections", type=int, default=1)
    wanted = parser.parse_args(arguments)
    found = measure(wanted)
    quiet = found.quiet.percentile(0.95)
    rows = [
        (
            what,
            f"{load.rate:,.0f}",
            f"{load.percentile(0.5):.1f}",
            f"{load.percentile(0.95):.1f}",
            f"{load.percentile(0.95) / quiet:.2f}",
        )
        for what, load in (("quiet", found.quiet), ("while lots lapse", found.during))
    ]
    title = (
        f"Expiry: {wanted.lots:,} lots of {wanted.members:,} members booked in"
        f" {found.seconds:.0f} s ({wanted.lots / found.seconds:,.0f} a second), {found.left:,} left"
    )
    print_table(title, ("purchases", "per second", "p50 ms", "p95 ms", "of quiet"), rows)


if __name__ == "__main__":
    main()
