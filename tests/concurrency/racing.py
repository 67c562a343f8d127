"""Real processes that start together, each with its own connection."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection, connections

from loyalty.errors import DomainError

PATIENCE = 60.0

Deed = Callable[[], Any]


def race(runners: Sequence[Sequence[Deed]]) -> list[list[Any]]:
    """Let each runner do its deeds in a process of its own, all from the same moment.

    What each deed returned, or the name of the class it raised: a refusal is an answer, and so is
    a database error, for the test to judge.
    """
    connections.close_all()  # a child must not speak through its parent's connection
    context = multiprocessing.get_context("fork")
    start = context.Barrier(len(runners))
    children = [_start(context, start, deeds) for deeds in runners]
    try:
        return [_answers(child, ear) for child, ear in children]
    finally:
        for child, _ear in children:
            child.join(PATIENCE)


def _start(context: Any, start: Barrier, deeds: Sequence[Deed]) -> tuple[Any, Connection]:
    ear, mouth = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(start, deeds, mouth), daemon=True)
    child.start()
    mouth.close()
    return child, ear


def _answers(child: Any, ear: Connection) -> list[Any]:
    assert ear.poll(PATIENCE), f"process {child.pid} did not answer"
    answers: list[Any] = ear.recv()
    return answers


def _run(start: Barrier, deeds: Sequence[Deed], mouth: Connection) -> None:
    _forget_inherited()
    connection.ensure_connection()
    start.wait(PATIENCE)
    mouth.send([_answer(deed) for deed in deeds])
    connections.close_all()


def _forget_inherited() -> None:
    """Drop, without closing, the parent's connections that the parent could not reach to close.

    While a browser's event loop runs in the parent's thread, Django keeps connections per context
    there; in the child no loop runs, and the thread's own from before come to light again.
    """
    for inherited in connections.all(initialized_only=True):
        inherited.connection = None


def _answer(deed: Deed) -> Any:
    try:
        return deed()
    except DomainError as refusal:
        return type(refusal).__name__
    except Exception as error:  # noqa: BLE001 - for the test to judge
        return f"{type(error).__name__}: {error}"
