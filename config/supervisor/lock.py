"""One owner at a time: a lock that the kernel takes back when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from config.supervisor.errors import CannotStart


class Taken(CannotStart):
    """Another living process holds the lock."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock `path` and leave our pid in it; raises Taken, naming who holds it."""
    # Not inherited by children: the lock ends with this process, not with the last of its family.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode().strip() or "unknown"
            raise Taken(
                f"Trouw already runs here, as process {owner}: stop that one first."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def first_free(parent: Path) -> Iterator[Path]:
    """Hold the first folder under `parent` (0, 1, …) that nobody else holds."""
    with ExitStack() as stack:
        for number in count():
            folder = parent / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(held(folder / "lock"))
            except Taken:
                continue
            yield folder
            return
