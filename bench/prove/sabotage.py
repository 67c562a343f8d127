"""The proofs, proved: each of these lines is broken once, and a test has to see it.

The tree is copied, one line is changed in the copy, and the tests that are named with it run there
until the first of them fails. The database is made anew only for lines of SQL, which come last.
`python -m bench.prove.sabotage` runs only this.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.prove import (
    patches,
    patches_gate,
    patches_giving,
    patches_members,
    patches_redeeming,
)
from bench.prove.figures import Figure
from bench.prove.patches import Patch
from bench.prove.suites import ROOT, run
from bench.table import print_table
from config.supervisor.postgres import volatile

PATCHES = [
    *patches.PATCHES,
    *patches_members.PATCHES,
    *patches_giving.PATCHES,
    *patches_redeeming.PATCHES,
    *patches_gate.PATCHES,
]
LIMIT = 300.0
ANEW = ("--reuse-db", "--create-db")


class Sight(NamedTuple):
    """Whether a break was seen, and by which test, or why not."""

    is_caught: bool
    words: str


def sabotage() -> Figure:
    """Break every line once; right when the untouched tree is green and every break is seen."""
    began = time.perf_counter()
    with copied_tree() as tree, _server() as database:
        tests = sorted({test for patch in PATCHES for test in patch.tests})
        untouched = run(tests, *ANEW, tree=tree, database=database)
        if not untouched.is_green:
            found = ", ".join(untouched.failed + untouched.errors)
            return Figure("sabotage", f"not green to begin with: {found}", untouched.seconds, False)
        in_order = sorted(PATCHES, key=lambda patch: patch.is_sql)
        seen = [(patch, broken_once(patch, tree, database)) for patch in in_order]
    rows = [(patch.name, sight.words) for patch, sight in seen]
    title = "Sabotage: what was broken, and the first test that saw it"
    print_table(title, ("broken", "seen by"), rows)
    caught = sum(sight.is_caught for _patch, sight in seen)
    return Figure(
        "sabotage: lines broken, seen by a test",
        f"{caught}/{len(PATCHES)}",
        time.perf_counter() - began,
        caught == len(PATCHES),
    )


@contextmanager
def copied_tree() -> Iterator[Path]:
    """What belongs to the project, in a folder of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with tempfile.TemporaryDirectory(prefix="trouw-sabotage-") as folder:
        tree = Path(folder)
        tree.chmod(0o755)  # PostgreSQL's own user has to pass
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, tree / name)
        yield tree


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL for all of it; its address."""
    with tempfile.TemporaryDirectory(prefix="trouw-sabotage-") as folder:
        Path(folder).chmod(0o755)
        with volatile(Path(folder)) as server:
            yield server.url(database="trouw")


def broken_once(patch: Patch, tree: Path, database: str) -> Sight:
    """Run the suite with the line broken; a break that stops the tests from running proves nothing."""
    broken = tree / patch.file
    whole = broken.read_text()
    if patch.old not in whole:
        return Sight(False, "OUT OF DATE: its line is not there any more")
    broken.write_text(whole.replace(patch.old, patch.new, 1))
    try:
        how = ANEW if patch.is_sql else ANEW[:1]
        done = run(patch.tests, "-x", *how, tree=tree, limit=LIMIT, database=database)
    finally:
        broken.write_text(whole)
    if done.errors:
        return Sight(False, f"OUT OF DATE: {done.errors[0]} cannot run")
    return Sight(True, done.failed[0]) if done.failed else Sight(False, "NOT SEEN")


if __name__ == "__main__":
    figure = sabotage()
    sys.stdout.write(f"{figure.what}: {figure.result}\n")
    sys.exit(0 if figure.is_right else 1)
