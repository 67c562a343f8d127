"""Runs part of the test suite in a tree of its own and reads what it reports."""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 3600.0


@dataclass(frozen=True)
class Run:
    """How a run ended: tests that ran, the names of those that failed or could not start."""

    tests: int
    failed: list[str]
    errors: list[str]
    seconds: float
    words: str
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def is_green(self) -> bool:
        return self.tests > 0 and not self.failed and not self.errors


def run(
    paths: Sequence[str],
    *options: str,
    tree: Path = ROOT,
    limit: float = LIMIT,
    seed: int = 0,
    database: str = "",
) -> Run:
    """Run these tests on a PostgreSQL of their own, unless the address of another is given."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            *(sys.executable, "-m", "pytest", *paths, "-q", "-p", "no:randomly"),
            *(
                f"--junitxml={report}",
                "--hypothesis-profile=drawn",
                f"--hypothesis-seed={seed}",
                *options,
            ),
        ]
        began = time.perf_counter()
        done = subprocess.run(
            command,
            check=False,
            cwd=tree,
            env=_environment(database),
            capture_output=True,
            text=True,
            timeout=limit,
        )
        seconds = time.perf_counter() - began
        words = done.stdout[-3000:] + done.stderr[-1000:]
        if not report.exists():
            return Run(0, [], [f"pytest ended with {done.returncode}"], seconds, words)
        return _read(report, seconds, words)


def _environment(database: str) -> dict[str, str]:
    """No database of anybody else, and no compiled files that outlive a changed line."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    given = {"DATABASE_URL": database} if database else {}
    return kept | given | {"TROUW_ENV": "test", "PYTHONDONTWRITEBYTECODE": "1"}


def _read(report: Path, seconds: float, words: str) -> Run:
    root = ET.parse(report).getroot()
    cases = root.findall(".//testcase")
    counted: Counter[str] = Counter()
    for given in root.iter("property"):
        if (value := given.get("value", "")).isdigit():  # hypothesis adds words of its own
            counted[given.get("name", "")] += int(value)
    return Run(
        tests=len(cases),
        failed=[_name(case) for case in cases if case.find("failure") is not None],
        errors=[_name(case) for case in cases if case.find("error") is not None],
        seconds=seconds,
        words=words,
        counted=counted,
    )


def _name(case: ET.Element) -> str:
    return f"{case.get('classname', '').removeprefix('tests.')}.{case.get('name')}"
