"""How long members, opening balances and history take to come in from a file, and in what memory.

`python -m bench.imports --members 100000`
The goal: 100,000 members in five minutes with progress, and memory that does not grow with them.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import psutil

from bench.stage import ROOT, Stage, stage
from bench.table import print_table

LOOK_EVERY = 0.1  # seconds
MIB = 1024 * 1024
TEXT = "consent_version==2026-1"


@dataclass(frozen=True)
class Imported:
    """What one run took; `memory` is its peak in bytes, database server not counted."""

    what: str
    lines: int
    seconds: float
    memory: int


def people(count: int) -> Iterable[Sequence[str]]:
    yield (
        "klantnummer",
        "e-mailadres",
        "mobiel",
        "voornaam",
        "achternaam",
        "lid sinds",
        "nieuwsbrief",
    )
    for n in range(count):
        joined = f"{n % 28 + 1:02d}-{n % 12 + 1:02d}-{2010 + n % 15}"
        consent = "ja" if n % 2 else "nee"
        yield (f"K{n}", f"m{n}@example.nl", f"06{n:08d}", f"Voor{n}", f"Achter{n}", joined, consent)


def balances(count: int) -> Iterable[Sequence[str]]:
    yield ("klantnummer", "saldo", "geldig tot")
    for n in range(count):
        yield (f"K{n}", str(n % 900 + 1), "31-12-2099")


def receipts(count: int, members: int) -> Iterable[Sequence[str]]:
    yield ("klantnummer", "bonnummer", "datum", "artikel", "regelbedrag")
    for n in range(count):
        for line in range(2):
            on = f"{n % 28 + 1:02d}-{n % 9 + 1:02d}-2025"
            yield (f"K{n % members}", f"B{n}", on, f"artikel-{line}", f"{n % 80 + 1},95")


def as_csv(place: Path, rows: Iterable[Sequence[str]]) -> Path:
    with place.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return place


def as_sheet(place: Path, rows: Iterable[Sequence[str]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    for row in rows:
        page.append(list(row))
    book.save(place)
    return place


def bring_in(on: Stage, what: str, file: Path, lines: int, *options: str) -> Imported:
    """Run the command and watch its memory."""
    command = [sys.executable, "manage.py", "import_members", str(file), *options]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--map", "ext:till=klantnummer"],
        cwd=ROOT,
        env=on.environment,
        stdout=subprocess.PIPE,
    )
    peak = [0]
    threading.Thread(target=_watch, args=(process.pid, peak), daemon=True).start()
    said, _ = process.communicate()
    took = time.perf_counter() - began
    if process.returncode or f"{lines:,} new" not in said.decode():
        raise SystemExit(f"The import failed: {said.decode()[-2000:]}")
    return Imported(what, lines, took, peak[0])


def _watch(process_id: int, peak: list[int]) -> None:
    """Note the largest resident size until the process is gone."""
    try:
        process = psutil.Process(process_id)
        while process.is_running():
            peak[0] = max(peak[0], process.memory_info().rss)
            time.sleep(LOOK_EVERY)
    except psutil.Error:
        return


def measure(wanted: argparse.Namespace, place: Path) -> list[Imported]:
    """Members tried and carried out, their balances, and some history."""
    count, few = wanted.members, wanted.members // 10
    done = []
    with stage(members=1, rules=2) as on:
        consents = ("--map", TEXT)
        tenth = as_csv(place / "tenth.csv", people(few))
        done.append(bring_in(on, "a tenth of the members, tried", tenth, few, *consents, "--try"))
        everybody = as_csv(place / "members.csv", people(count))
        done.append(bring_in(on, "members, tried", everybody, count, *consents, "--try"))
        done.append(bring_in(on, "members", everybody, count, *consents))
        points = as_csv(place / "balances.csv", balances(count))
        done.append(bring_in(on, "opening balances", points, count, "--kind", "balances"))
        sales = as_csv(place / "history.csv", receipts(few, count))
        done.append(bring_in(on, "history, two lines each", sales, 2 * few, "--kind", "history"))
    with stage(members=1, rules=2) as on:
        page = as_sheet(place / "members.xlsx", people(few))
        done.append(bring_in(on, "a tenth of the members, XLSX", page, few, *consents))
        on.run("manage.py", "audit", "--quick")
    return done


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="trouw-imports-") as place:
        rows = [
            (
                each.what,
                f"{each.lines:,}",
                f"{each.seconds:,.1f}",
                f"{each.lines / each.seconds:,.0f}",
                f"{each.memory / MIB:,.0f}",
            )
            for each in measure(wanted, Path(place))
        ]
    print_table("Import", ("what", "lines", "seconds", "per second", "peak MiB"), rows)


if __name__ == "__main__":
    main()
