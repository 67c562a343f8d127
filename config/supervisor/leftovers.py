"""What a killed owner may have left running: found by what it does, not by a remembered number."""

import signal
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "TROUW_HOUSE"
"""The environment variable that every process of one house carries: its `var` folder."""

Step = tuple[signal.Signals, float]
"""A signal, and the seconds to wait for its effect before the next one."""


def servers_in(data: Path) -> list[psutil.Process]:
    """Return the PostgreSQL processes at work in a data folder: all of them stand in it."""
    folder = str(data.resolve())
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == folder
    ]


def members_of(house: Path) -> list[psutil.Process]:
    """Return the processes that carry the mark of a house, children's children included."""
    return [
        process
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get(MARK) == str(house)
    ]


def end(processes: Sequence[psutil.Process], *steps: Step) -> None:
    """Signal the processes with each step in turn until none is left."""
    left = list(processes)
    for number, patience in steps:
        for process in left:
            _signal(process, number)
        _, left = psutil.wait_procs(left, timeout=patience)
        if not left:
            return


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
