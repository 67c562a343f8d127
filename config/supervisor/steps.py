"""What a start shows: a line per step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 52


@contextmanager
def step(sentence: str) -> Iterator[None]:
    """Print what is being done, and behind it the seconds when it is done."""
    say(f"  {sentence} ".ljust(WIDTH, "."), end="")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f" {time.monotonic() - began:5.1f} s")


def say(text: str, *, end: str = "\n") -> None:
    """Print to the terminal at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()
