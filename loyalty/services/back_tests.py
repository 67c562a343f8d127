"""Back-tests: a draft judged over what really happened, with nothing of the books touched."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

import msgspec
import structlog
from django.db import connection, transaction

from loyalty.earning.ruleset import parse_rule_set
from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import BackTestAsked, publish
from loyalty.models import BackTest, EarningRule, Programme
from loyalty.services.pasts import archive
from loyalty.services.rule_sets import document_of, rule_said
from loyalty.services.trying_out import try_out

State = BackTest.State
Clock = Callable[[], datetime]

SAY_EVERY = 2000  # activities, or
SAY_AFTER = 1.0  # seconds, whichever comes first
_LOCKS = 7_350_001  # the first half of the keys of our advisory locks

log = structlog.get_logger()


class Cancelled(Exception):
    """Somebody called the back-test off while it ran."""


@transaction.atomic
def start_back_test(
    *,
    programme_id: int,
    title: str,
    draft: Mapping[str, Any],
    since: datetime,
    until: datetime,
    actor: str,
    at: datetime,
) -> BackTest:
    """Ask for a rule set's document to be tried on what happened from `since` to before `until`.

    A worker takes it up; `progress` tells how far it is. Raises RuleInvalid for a document that the
    engine cannot carry out, and InvalidRequest for a period that is empty or not over.
    """
    if since >= until:
        raise InvalidRequest("The period ends before it begins.", field="until")
    if until > at:
        raise InvalidRequest("The period is not over yet.", field="until")
    parse_rule_set(draft)
    back_test = BackTest.objects.create(
        programme_id=programme_id,
        title=title,
        draft=dict(draft),
        since=since,
        until=until,
        actor=actor,
        asked_at=at,
    )
    publish(BackTestAsked(subject=None, occurred_at=at, back_test=back_test.pk, actor=actor), at=at)
    return back_test


def draft_with(*, programme_id: int, rule_ids: Sequence[int]) -> dict[str, Any]:
    """The live rule set's document with what the latest versions of these rules say.

    Raises NotFound when one of them is no rule of the programme.
    """
    document = document_of(programme_id)
    rules = {rule["key"]: rule for rule in document["rules"]}
    found = EarningRule.objects.filter(programme_id=programme_id, pk__in=rule_ids)
    if found.count() != len(set(rule_ids)):
        raise NotFound("There is no such rule.")
    for rule in found:
        version = rule.versions.order_by("-number").select_related("rule").first()
        if version is None:
            raise NotFound("The rule says nothing yet.")
        rules[rule.key] = rule_said(version)
    return document | {"rules": list(rules.values())}


def cancel_back_test(*, back_test_id: int, at: datetime) -> None:
    """Call it off; it stops at its next step. What is over stays as it is. Raises NotFound."""
    open_ones = BackTest.objects.filter(pk=back_test_id, state__in=[State.WAITING, State.RUNNING])
    if open_ones.update(state=State.CANCELLED, finished_at=at):
        return
    if not BackTest.objects.filter(pk=back_test_id).exists():
        raise NotFound("There is no such back-test.")


def progress(back_test: BackTest) -> float:
    """How much of it is done, from 0 to 1."""
    if back_test.state == State.DONE:
        return 1.0
    return min(1.0, back_test.done / back_test.total) if back_test.total else 0.0


def unfinished() -> list[int]:
    """Those that wait, or run: also those whose worker died."""
    waiting = BackTest.objects.filter(state__in=[State.WAITING, State.RUNNING])
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def run_back_test(*, back_test_id: int, clock: Clock) -> BackTest:
    """Carry it out to its end; only its own row is written, as it goes on.

    One process at a time: whoever comes second leaves it alone. What a worker left behind when it
    died is begun anew. Whatever goes wrong is noted in `problem`. Raises NotFound.
    """
    with _alone(back_test_id) as is_alone:
        back_test = BackTest.objects.filter(pk=back_test_id).first()
        if back_test is None:
            raise NotFound("There is no such back-test.")
        if is_alone and back_test.state in {State.WAITING, State.RUNNING}:
            _run(back_test, clock)
    return back_test


def _run(back_test: BackTest, clock: Clock) -> None:
    try:
        _try_out(back_test, clock)
    except Cancelled:
        back_test.refresh_from_db()
    except Exception as problem:
        log.exception("back_test_failed", back_test=back_test.pk)
        said = f"{type(problem).__name__}: {problem}"[:2000]
        _note(back_test, state=State.FAILED, problem=said, finished_at=clock())
        raise


def _try_out(back_test: BackTest, clock: Clock) -> None:
    total = archive().count(back_test.programme_id, until=back_test.until)
    _note(back_test, state=State.RUNNING, started_at=clock(), done=0, total=total)
    figures = try_out(
        programme=Programme.objects.get(pk=back_test.programme_id),
        draft=back_test.draft,
        since=back_test.since,
        until=back_test.until,
        said=_Progress(back_test),
    )
    _note(
        back_test,
        state=State.DONE,
        done=total,
        figures=msgspec.to_builtins(figures, str_keys=True),
        finished_at=clock(),
    )


class _Progress:
    """Notes now and then how many activities were judged, and notices that it is called off."""

    def __init__(self, back_test: BackTest) -> None:
        self._back_test = back_test
        self._done = self._noted = 0
        self._noted_at = monotonic()

    def __call__(self) -> None:
        self._done += 1
        if self._done % 100 == 0 and self._is_due():
            self._noted, self._noted_at = self._done, monotonic()
            _note(self._back_test, done=self._done)

    def _is_due(self) -> bool:
        return self._done - self._noted >= SAY_EVERY or monotonic() - self._noted_at >= SAY_AFTER


def _note(back_test: BackTest, **fields: Any) -> None:
    """Write it on the row, unless it was called off meanwhile. Raises Cancelled."""
    rows = BackTest.objects.filter(pk=back_test.pk, state__in=[State.WAITING, State.RUNNING])
    if not rows.update(**fields):
        raise Cancelled
    for field, value in fields.items():
        setattr(back_test, field, value)


@contextmanager
def _alone(back_test_id: int) -> Iterator[bool]:
    """Whether no other session is at it; nobody else will be until the block's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, back_test_id])
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, back_test_id])
