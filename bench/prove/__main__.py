"""The long proofs, one after the other: `make prove`.

    make prove ARGS="--seed 7 --steps 100000 --rounds 5 --kills 10"
    make prove ARGS="--only races --only kills"

Prints one table of figures and fails when one of them is not right. Give the seed that it prints
to see the same histories again.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence

from bench.prove.figures import Figure
from bench.prove.kills import kills
from bench.prove.sabotage import sabotage
from bench.prove.suites import Run, run
from bench.table import print_table

AUDITS = ["tests/loyalty/ledger/test_audit.py", "tests/loyalty/ledger/test_audit_of_deeds.py"]
AUDITS += ["tests/members/test_audit.py", "tests/rewards/test_audit.py"]
AUDITS += ["tests/campaigns/gate/test_audit.py"]
RACES = "tests/concurrency"
CROWD = "tests/concurrency/test_redemption_crowd.py"
CROWD_ROUNDS = 100
ORACLE = "tests/properties/test_ledger.py"


def oracle(wanted: argparse.Namespace) -> list[Figure]:
    """Random histories against the oracle."""
    done = run([ORACLE], f"--ledger-steps={wanted.steps}", seed=wanted.seed)
    counted = [f"{done.counted[what]:,} {what}" for what in ("steps", "refusals", "audits")]
    said = ", ".join(counted)
    return [_figure("ledger against the oracle", said, done)]


def races(wanted: argparse.Namespace) -> list[Figure]:
    """All races, so many times over."""
    rounds = [run([RACES], seed=wanted.seed + number) for number in range(wanted.rounds)]
    deeds = sum(each.counted["races"] for each in rounds)
    tests = sum(each.tests for each in rounds)
    said = f"{tests} races, {deeds:,} deeds at the ledger, {wanted.rounds} rounds"
    seconds = sum(each.seconds for each in rounds)
    is_right = all(each.is_green for each in rounds)
    for each in rounds:
        _tell(each)
    return [Figure("eight processes at once", said, seconds, is_right)]


def crowd(wanted: argparse.Namespace) -> list[Figure]:
    """Fifty processes for the last item and for one balance: one wins each of a hundred rounds."""
    os.environ["CROWD_ROUNDS"] = str(CROWD_ROUNDS)
    done = run([CROWD], "-k", "each_round", seed=wanted.seed)
    return [_figure("fifty processes, one wins each round", f"{CROWD_ROUNDS} rounds", done)]


def damages(wanted: argparse.Namespace) -> list[Figure]:
    """The audit, shown each kind of damage."""
    done = run(AUDITS, "-k", "damage", seed=wanted.seed)
    seen = done.tests - len(done.failed) - len(done.errors)
    return [_figure("damage done to the books, seen by the audit", f"{seen}/{done.tests}", done)]


PROOFS: dict[str, Callable[[argparse.Namespace], Sequence[Figure]]] = {
    "damage": damages,
    "races": races,
    "crowd": crowd,
    "kills": lambda wanted: kills(times=wanted.kills, seed=wanted.seed),
    "sabotage": lambda _wanted: [sabotage()],
    "oracle": oracle,
}


def main() -> int:
    """Prove, print, and return the status to leave with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--only", action="append", choices=PROOFS)
    wanted = parser.parse_args()
    began = time.perf_counter()
    print(f"Seed {wanted.seed}", flush=True)
    figures = [
        figure
        for name, prove in PROOFS.items()
        if name in (wanted.only or PROOFS)
        for figure in _proved(name, prove, wanted)
    ]
    rows = [(f.what, f.result, f"{f.seconds:,.0f}", "yes" if f.is_right else "NO") for f in figures]
    title = f"Proofs, seed {wanted.seed}, {time.perf_counter() - began:,.0f} s"
    print_table(title, ("what", "result", "seconds", "right"), rows)
    return 0 if all(figure.is_right for figure in figures) else 1


def _proved(
    name: str, prove: Callable[[argparse.Namespace], Sequence[Figure]], wanted: argparse.Namespace
) -> Sequence[Figure]:
    print(f"  {name} …", flush=True)
    return prove(wanted)


def _figure(what: str, said: str, done: Run) -> Figure:
    _tell(done)
    return Figure(what, said, done.seconds, done.is_green)


def _tell(done: Run) -> None:
    if not done.is_green:
        print(done.words, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
