"""The work itself: trying, carrying out and undoing, a chunk at a time, by one worker at once.

A chunk and what is noted of it are one transaction, and so is how far the import is: a worker that
dies leaves nothing half done, and the next one goes on from there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from members.errors import IdentifierTaken
from members.models import Import, ImportPiece, ImportRow
from members.services.importing.balances import take_balances
from members.services.importing.history import take_history
from members.services.importing.lines import Layout
from members.services.importing.members import take_members
from members.services.importing.owners import Job, Seen, Taken
from members.services.importing.reading import Line, count_lines, read_lines
from members.services.importing.refused import FileRefused, problem_of
from members.services.importing.undoing import undo_chunk

State = Import.State
Kind = Import.Kind
Outcome = ImportRow.Outcome
T = TypeVar("T")
Clock = Callable[[], datetime]
Say = Callable[[Import], None]

CHUNK = 1_000  # lines; of history as many more as the last receipt has
ATTEMPTS = 5
OPEN = [State.TRYING, State.RUNNING, State.UNDOING]
_LOCK = 7_350_003  # the first half of the keys of our advisory locks
_TAKE: dict[str, Callable[[Job, Sequence[Line]], list[Taken]]] = {
    Kind.MEMBERS: take_members,
    Kind.BALANCES: take_balances,
    Kind.HISTORY: take_history,
}

log = structlog.get_logger()


class _Overtaken(Exception):
    """Somebody else has done this chunk, or stopped the import."""


def unfinished() -> list[UUID]:
    """Those that wait or run: also those whose worker died."""
    waiting = Import.objects.filter(state__in=OPEN)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def work_on(*, import_id: UUID, clock: Clock, say: Say | None = None) -> Import | None:
    """Do to its end what the import waits for; `say` is told of each chunk.

    One process at a time: whoever comes second leaves it alone. A file that cannot be read any
    further ends it with a problem; an error of ours too, and is raised.
    """
    with _alone(import_id) as is_alone:
        found = Import.objects.filter(pk=import_id).first()
        if found is None or not is_alone or found.state not in OPEN:
            return found
        work = {State.TRYING: _try, State.RUNNING: _run, State.UNDOING: _undo}
        try:
            work[State(found.state)](found, clock, say or (lambda _found: None))
        except _Overtaken:
            found.refresh_from_db()
        except FileRefused as refusal:
            _fail(found, refusal.problem, clock())
        except (OperationalError, InterfaceError):
            raise  # the database is away: whoever comes next goes on
        except Exception as problem:
            log.exception("import_failed", of=str(import_id))
            _fail(found, problem_of("failed", type(problem).__name__), clock())
            raise
    return found


def _fail(found: Import, problem: str, at: datetime) -> None:
    if found.state == State.TRYING:
        found.rows_done = 0  # nothing of it is in
    found.state, found.problem, found.ended_at = State.FAILED, problem, at
    found.save(update_fields=["state", "problem", "ended_at", "rows_done"])


# --- Trying --------------------------------------------------------------------------------------


def _try(found: Import, clock: Clock, say: Say) -> None:
    """From the first line, whatever a worker before has tried."""
    ImportRow.objects.filter(of=found).delete()
    _count(found, Import(), done=0)
    _measure(found)
    seen = Seen()
    try:
        layout = Layout(found.header, found.mapping)
        for lines in _chunks(found, layout, after=0):
            taken = _tried(found, layout, lines, clock(), seen)
            with transaction.atomic():
                _still(found, done=found.rows_done)
                _note(found, layout, lines, taken, is_try=True)
                _add(found, lines, taken, clock())
            say(found)
    finally:
        seen.close()
    _end(found, State.TRIED, clock())


def _tried(
    found: Import, layout: Layout, lines: list[Line], at: datetime, seen: Seen
) -> list[Taken]:
    """What would become of the lines: the very deed, taken back."""
    job = Job(found.programme_id, layout, found.actor, at, seen)

    def deed() -> list[Taken]:
        with transaction.atomic():
            taken = _TAKE[found.kind](job, lines)
            transaction.set_rollback(True)
        return taken

    return _attempted(deed)


# --- Carrying out --------------------------------------------------------------------------------


def _run(found: Import, clock: Clock, say: Say) -> None:
    if found.rows_total is None:
        _measure(found)
    layout = Layout(found.header, found.mapping)
    for lines in _chunks(found, layout, after=found.rows_done):
        _carry_out(found, layout, lines, clock())
        say(found)
    with transaction.atomic():
        _end(found, State.DONE, clock())
        ImportPiece.objects.filter(of=found).delete()


def _carry_out(found: Import, layout: Layout, lines: list[Line], at: datetime) -> None:
    job = Job(found.programme_id, layout, found.actor, at)

    def deed() -> None:
        with transaction.atomic():
            _still(found, done=found.rows_done)
            taken = _TAKE[found.kind](job, lines)
            _note(found, layout, lines, taken)
            _add(found, lines, taken, at)

    _attempted(deed)


def _attempted(deed: Callable[[], T]) -> T:
    """Again when somebody else was in between: they took an identifier, a key or a lock."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return deed()
        except (IdentifierTaken, IntegrityError, OperationalError) as crossed:
            is_crossed = not isinstance(crossed, OperationalError) or "deadlock" in str(crossed)
            if attempt == ATTEMPTS or not is_crossed or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


# --- Undoing -------------------------------------------------------------------------------------


def _undo(found: Import, clock: Clock, say: Say) -> None:
    """What is new of it goes, as far as it can; what stays says why."""
    while True:
        at = clock()
        with transaction.atomic():
            _still(found, done=found.rows_done)
            rows = undo_chunk(found, at=at)
            found.rows_done += rows
            found.beat_at = at
            found.save(update_fields=["rows_done", "beat_at"])
        if not rows:
            break
        say(found)
    with transaction.atomic():
        _end(found, State.UNDONE, clock())
        ImportPiece.objects.filter(of=found).delete()


# --- What they share -----------------------------------------------------------------------------


def _chunks(found: Import, layout: Layout, *, after: int) -> Iterator[list[Line]]:
    """The lines by the thousand; a receipt is not parted."""
    by_receipt = found.kind == Kind.HISTORY
    waiting: list[Line] = []
    for line in read_lines(found.pk, after=after):
        is_next = (
            not by_receipt
            or not waiting
            or (layout.said(line, "external_id") != layout.said(waiting[-1], "external_id"))
        )
        if len(waiting) >= CHUNK and (is_next or len(waiting) >= 2 * CHUNK):
            yield waiting
            waiting = []
        waiting.append(line)
    if waiting:
        yield waiting


def _measure(found: Import) -> None:
    found.rows_total = count_lines(found.pk)
    found.save(update_fields=["rows_total"])


def _still(found: Import, *, done: int) -> None:
    """Hold the import's row for this transaction. Raises _Overtaken when it is not ours any more."""
    kept = Import.objects.select_for_update().filter(pk=found.pk)
    if kept.values_list("state", "rows_done").first() != (found.state, done):
        raise _Overtaken


def _note(
    found: Import,
    layout: Layout,
    lines: Sequence[Line],
    taken: Sequence[Taken],
    *,
    is_try: bool = False,
) -> None:
    """Write down what became of each line; of a try only what would be refused."""
    rows = []
    for line, each in zip(lines, taken, strict=True):
        is_refused = each.outcome == Outcome.REFUSED
        if is_refused or not is_try:
            rows.append(
                ImportRow(
                    of=found,
                    number=each.number,
                    outcome=each.outcome,
                    membership_id=None if is_try else each.membership_id,
                    made=each.made,
                    problem=each.problem,
                    field=each.field[:60],
                    said=[_kept(cell) for cell in line.cells] if is_refused else None,
                )
            )
    ImportRow.objects.bulk_create(rows)


def _kept(cell: str) -> str:
    return cell.replace("\x00", "\ufffd")  # the database takes no NUL


def _add(found: Import, lines: Sequence[Line], taken: Sequence[Taken], at: datetime) -> None:
    outcomes = [each.outcome for each in taken]
    more = Import(
        rows_new=outcomes.count(Outcome.NEW),
        rows_known=outcomes.count(Outcome.KNOWN),
        rows_refused=outcomes.count(Outcome.REFUSED),
        beat_at=at,
    )
    _count(found, more, done=found.rows_done + len(lines))


def _count(found: Import, more: Import, *, done: int) -> None:
    """Write how far it is; in memory only once that is written."""
    is_start = done == 0
    counts = {
        name: (0 if is_start else getattr(found, name)) + getattr(more, name)
        for name in ("rows_new", "rows_known", "rows_refused")
    }
    Import.objects.filter(pk=found.pk).update(**counts, rows_done=done, beat_at=more.beat_at)
    for name, value in {**counts, "rows_done": done, "beat_at": more.beat_at}.items():
        setattr(found, name, value)


def _end(found: Import, state: State, at: datetime) -> None:
    found.state, found.ended_at = state, at
    found.save(update_fields=["state", "ended_at"])


@contextmanager
def _alone(import_id: UUID) -> Iterator[bool]:
    """Whether no other session is at it; nobody else will be until the block's end."""
    key: list[int | str] = [_LOCK, str(import_id)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", key)
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)
