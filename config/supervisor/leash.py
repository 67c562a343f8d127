"""Starting children that cannot outlive this process, and stopping them with bounded patience."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
Account = tuple[int, int]
"""A user id and a group id."""


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes],
    env: Mapping[str, str],
    account: Account | None = None,
    folder: Path | None = None,
    when_orphaned: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, writing to `output`, as `account` when one is given.

    On Linux the child receives `when_orphaned` should this process die, however that happens.
    Call it from the main thread: the kernel watches the thread that forked.
    """
    uid, gid = account or (None, None)
    # Its own session: a Ctrl-C in the terminal reaches this process only, which then stops the
    # children in order.
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=folder,
        start_new_session=True,
        user=uid,
        group=gid,
        extra_groups=None if account is None else [],
        preexec_fn=_dies_with_parent(when_orphaned),  # noqa: PLW1509 - single-threaded, needed
    )


def stop(process: subprocess.Popen[bytes], *, ask: signal.Signals, within: float) -> None:
    """Ask the process itself, and kill its whole group when `within` seconds have passed.

    Never ask the group: a Celery worker whose pool is signalled before it does hangs.
    """
    if process.poll() is None:
        process.send_signal(ask)
    finish(process, within=within)


def finish(process: subprocess.Popen[bytes], *, within: float) -> None:
    """Wait for a process that was asked to stop; kill its group after `within` seconds."""
    try:
        process.wait(timeout=max(within, 0.0))
    except subprocess.TimeoutExpired:
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and every child that stayed in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _dies_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return in_child
