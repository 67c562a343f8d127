"""A pytest plugin: the suite's own PostgreSQL, started before anything needs it.

With `DATABASE_URL` in the environment the suite uses that server (PostgreSQL 15 and up) instead.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.supervisor.lock import first_free
from config.supervisor.postgres import volatile

SERVERS = Path(__file__).resolve().parent.parent / "var" / "test"
_open = pytest.StashKey[ExitStack]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the server before Django is set up; xdist's workers inherit the address."""
    os.environ["TROUW_ENV"] = "test"
    if "DATABASE_URL" not in os.environ:
        stack = early_config.stash.setdefault(_open, ExitStack())
        # Several runs at once each have their own server: a folder belongs to who holds its lock.
        folder = stack.enter_context(first_free(SERVERS))
        server = stack.enter_context(volatile(folder))
        os.environ["DATABASE_URL"] = server.url(database="trouw")
        stack.callback(os.environ.pop, "DATABASE_URL", None)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, also after Ctrl-C."""
    config.stash.get(_open, ExitStack()).close()
