"""How long twenty draft rules with tiers and caps take over a shop's history, and in what memory.

`python -m bench.back_test --purchases 1000000 --members 20000`
The goal: a million purchases of four lines in five minutes, and memory that does not grow with them.
"""

import argparse
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import psutil

from bench.seeding import History, seed
from bench.stage import ROOT, Stage, stage
from bench.table import print_table

LOOK_EVERY = 0.2  # seconds
MIB = 1024 * 1024


@dataclass(frozen=True)
class Tried:
    """What one run took; `memory` is its peak in bytes, database server not counted."""

    purchases: int
    seconds: float
    memory: int
    figures: dict[str, int]


def try_out(on: Stage, *, since: datetime, until: datetime, check: bool = False) -> Tried:
    """Run the command over that period and watch its memory."""
    period = ["--since", since.isoformat(), "--until", until.isoformat()]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "back_test", "--live", *period, "--json"]
        + (["--check"] if check else []),
        cwd=ROOT,
        env=on.environment,
        stdout=subprocess.PIPE,
    )
    peak = [0]
    threading.Thread(target=_watch, args=(process.pid, peak), daemon=True).start()
    said, _ = process.communicate()
    took = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"The back-test failed: {said.decode()[-2000:]}")
    figures = msgspec.json.decode(said)
    return Tried(figures["activities"], took, peak[0], figures)


def _watch(process_id: int, peak: list[int]) -> None:
    """Note the largest resident size until the process is gone."""
    try:
        process = psutil.Process(process_id)
        while process.is_running():
            peak[0] = max(peak[0], process.memory_info().rss)
            time.sleep(LOOK_EVERY)
    except psutil.Error:
        return


def measure(wanted: argparse.Namespace) -> list[tuple[str, Tried]]:
    """A tenth of the history, all of it, and all of it compared with what is in the books."""
    now = datetime.now(UTC)
    since, until = now - timedelta(days=700), now - timedelta(days=1)
    with stage(members=wanted.members, rules=0) as on:
        with on.connect_as_owner() as connection:
            history = History(
                purchases=wanted.purchases,
                since=since,
                until=until,
                expires_at=now + timedelta(days=365),
                award=on.award,
                rule_set=on.rule_set,
            )
            seed(connection, history, say=print)
        on.settle()
        on.publish(0, wanted.rules)
        tenth = since + (until - since) / 10
        return [
            ("a tenth", try_out(on, since=since, until=tenth)),
            (f"all, {wanted.rules} rules", try_out(on, since=since, until=until)),
            ("all, live against the books", try_out(on, since=since, until=until, check=True)),
        ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--purchases", type=int, default=200_000)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=20)
    wanted = parser.parse_args(arguments)
    rows = [
        (
            what,
            f"{tried.purchases:,}",
            f"{tried.seconds:,.1f}",
            f"{tried.purchases / tried.seconds:,.0f}",
            f"{tried.memory / MIB:,.0f}",
        )
        for what, tried in measure(wanted)
    ]
    title = f"Back-test: {wanted.members:,} members"
    head = ("what", "purchases", "seconds", "per second", "peak MiB")
    print_table(title, head, rows)


if __name__ == "__main__":
    main()
