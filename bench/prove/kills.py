"""PostgreSQL killed in mid-traffic, again and again: what was acknowledged is there, once.

The figures come from journals that lie outside the database. As a control the same is done with a
database that acknowledges before it has written: there the comparison has to see losses.
`python -m bench.prove.kills` runs only this.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.prove.figures import Figure
from bench.stage import ROOT, Stage, stage
from config.supervisor.bootstrap import APPLICATION

WORKERS = 4
MEMBERS = 40
LONGEST_OUTAGE = 15.0
STORED = """
SELECT 'activity ' || id FROM members_activity WHERE source = 'traffic'
UNION ALL SELECT 'redemption ' || id FROM rewards_redemption
"""


@dataclass(frozen=True)
class Aftermath:
    """What the journals and the database say after the last kill."""

    acknowledged: int
    lost: int
    doubled: int
    differences: int
    rows: int
    outages: list[float]


def kills(*, times: int, seed: int) -> list[Figure]:
    """Kill so many times, and then the control once."""
    began = time.perf_counter()
    real = killed_in_traffic(times=times, seed=seed)
    middle = time.perf_counter()
    control = killed_in_traffic(times=1, seed=seed, is_durable=False)
    after = time.perf_counter()
    longest = max(real.outages)
    is_right = not (real.lost or real.doubled or real.differences) and longest < LONGEST_OUTAGE
    return [
        Figure(
            f"PostgreSQL killed {times} times in traffic",
            f"acknowledged {real.acknowledged:,}, lost {real.lost}, doubled {real.doubled};"
            f" audit differences {real.differences} in {real.rows:,} rows;"
            f" longest outage {longest:.1f} s",
            middle - began,
            is_right and real.acknowledged > 0,
        ),
        Figure(
            "control: acknowledged before it is written",
            f"acknowledged {control.acknowledged:,}, seen to be lost {control.lost}",
            after - middle,
            control.lost > 0,
        ),
    ]


def killed_in_traffic(*, times: int, seed: int, is_durable: bool = True) -> Aftermath:
    """Trade, kill the server so many times at random moments, and compare."""
    choose = random.Random(seed)
    with stage(members=MEMBERS) as on:
        if not is_durable:
            with on.server.connect() as connection:
                connection.execute(
                    f"ALTER ROLE {APPLICATION} SET synchronous_commit = off".encode()
                )
                connection.execute(b"ALTER SYSTEM SET wal_writer_delay = '10s'")
                connection.execute(b"SELECT pg_reload_conf()")
        _run(on, "-m", "bench.prove.traffic", "shelf")
        journals = [on.server.data.parent / f"journal-{worker}" for worker in range(WORKERS)]
        with _traffic(on, journals):
            outages = [_kill_and_start(on, after=choose.uniform(1.0, 4.0)) for _ in range(times)]
            time.sleep(1.0)
        return _compare(on, journals, outages)


@contextmanager
def _traffic(on: Stage, journals: list[Path]) -> Iterator[None]:
    workers = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.prove.traffic"),
                *(str(journal), str(worker), str(on.members)),
            ],
            cwd=ROOT,
            env=on.environment,
            stdin=subprocess.PIPE,
        )
        for worker, journal in enumerate(journals)
    ]
    try:
        _wait_for_answers(journals)
        yield
        for worker in workers:
            if worker.stdin:
                worker.stdin.close()
        codes = [worker.wait(timeout=90) for worker in workers]
        if any(codes):
            raise SystemExit(f"The traffic ended with {codes}.")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def _wait_for_answers(journals: list[Path]) -> None:
    deadline = time.monotonic() + 60
    while not all(path.exists() and "activity" in path.read_text() for path in journals):
        if time.monotonic() > deadline:
            raise SystemExit("The traffic did not begin.")
        time.sleep(0.1)


def _kill_and_start(on: Stage, *, after: float) -> float:
    """Seconds from the kill to the first answer."""
    time.sleep(after)
    process = on.server.process
    if process is None:
        raise SystemExit("The server is not ours to kill.")
    os.kill(process.pid, signal.SIGKILL)
    began = time.perf_counter()
    process.wait()
    on.server.start()
    return time.perf_counter() - began


def _compare(on: Stage, journals: list[Path], outages: list[float]) -> Aftermath:
    lines = [line for path in journals for line in path.read_text().splitlines()]
    said = [line for line in lines if line.startswith(("activity ", "redemption "))]
    with on.connect() as connection:
        stored = [str(row[0]) for row in connection.execute(STORED.encode()).fetchall()]
    # fails on differences, and says them all the same
    findings = json.loads(_run(on, "manage.py", "audit", "--json", may_fail=True))
    return Aftermath(
        acknowledged=len(said),
        lost=len(set(said) - set(stored)),
        # each key was answered in the end: what is stored beyond the answers was done twice
        doubled=len(set(stored) - set(said)) + len(stored) - len(set(stored)),
        differences=sum(finding["differences"] for finding in findings),
        rows=sum(finding["rows"] for finding in findings),
        outages=outages,
    )


def _run(on: Stage, *arguments: str, may_fail: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=on.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=not may_fail,
    )
    return done.stdout


if __name__ == "__main__":
    for figure in kills(times=5, seed=int(time.time())):
        sys.stdout.write(f"{figure}\n")
