from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from loyalty import tasks
from loyalty.errors import InvalidRequest, NotFound, RuleInvalid
from loyalty.events import dispatch_pending
from loyalty.models import BackTest, LimitUse, Lot, OutboxEvent, Standing, Transfer
from loyalty.services import back_tests
from loyalty.services.back_tests import (
    cancel_back_test,
    draft_with,
    progress,
    run_back_test,
    start_back_test,
)
from loyalty.services.pasts import Past
from tests.loyalty.services.lives import (
    FIFTH,
    NOW,
    OPENED,
    Lives,
    doubled,
    earning,
    fixed,
    holder,
)

pytestmark = pytest.mark.django_db
State = BackTest.State


def started(lives: Lives, **more: Any) -> BackTest:
    given = {
        "title": "Double points",
        "draft": doubled(lives),
        "since": OPENED,
        "until": NOW,
        "actor": "staff:jane",
        "at": NOW,
    }
    return start_back_test(programme_id=lives.programme.pk, **(given | more))


def run(back_test: BackTest) -> BackTest:
    return run_back_test(back_test_id=back_test.pk, clock=lambda: NOW)


class TestStartBackTest:
    def test_waits_for_a_worker_and_says_so(self, lives):
        back_test = started(lives)

        assert (back_test.state, progress(back_test)) == (State.WAITING, 0.0)
        event = OutboxEvent.objects.get(name="loyalty.back_test_asked.v1")
        assert event.payload == {"back_test": back_test.pk, "actor": "staff:jane"}

    @pytest.mark.parametrize(
        ("wrong", "refusal", "field"),
        [
            ({"until": OPENED}, InvalidRequest, "until"),
            ({"until": NOW + timedelta(seconds=1)}, InvalidRequest, "until"),
            ({"draft": {"schema": 1, "rules": [{"key": "x"}]}}, RuleInvalid, "rules.0"),
        ],
    )
    def test_refuses_what_cannot_be_tried_and_keeps_nothing(self, lives, wrong, refusal, field):
        with pytest.raises(refusal) as refused:
            started(lives, **wrong)

        assert refused.value.field == field
        assert not BackTest.objects.exists()
        assert not OutboxEvent.objects.filter(name="loyalty.back_test_asked.v1").exists()

    def test_takes_the_live_rules_with_the_latest_text_of_chosen_ones(self, lives):
        draft = lives.draft("fifth", earning(fixed(100), FIFTH))

        document = draft_with(programme_id=lives.programme.pk, rule_ids=[draft])

        assert [(r["key"], r["version"]) for r in document["rules"]] == [("base", 1), ("fifth", 1)]

    def test_refuses_to_draft_a_rule_of_nobody(self, lives):
        with pytest.raises(NotFound):
            draft_with(programme_id=lives.programme.pk, rule_ids=[4711])


class TestRunBackTest:
    def test_compares_what_was_given_with_what_would_have_been(self, lives):
        lives.buy(0, "10.00", day=1)
        lives.buy(1, "5.00", day=2)

        back_test = run(started(lives))

        assert (back_test.state, back_test.done, back_test.total) == (State.DONE, 2, 2)
        assert progress(back_test) == 1.0
        kept = BackTest.objects.get().figures
        assert kept["order"] == "member"
        assert (kept["cost"]["live"], kept["cost"]["draft"]) == (15, 30)
        assert (kept["cost"]["live_amount"], kept["cost"]["draft_amount"]) == ("0.15", "0.30")
        assert kept["members"]["top_winners"][0] == {
            "holder": str(holder(0)),
            "live": 10,
            "draft": 20,
            "change": 10,
        }

    def test_writes_nothing_but_its_own_row(self, lives):
        lives.buy(0, "10.00", day=1)
        back_test = started(lives)
        tables = [Transfer, Lot, Standing, LimitUse, OutboxEvent]
        before = [list(table.objects.order_by("pk").values()) for table in tables]

        run(back_test)

        assert [list(table.objects.order_by("pk").values()) for table in tables] == before

    def test_leaves_alone_what_is_over(self, lives):
        back_test = run(started(lives))
        finished = back_test.finished_at

        again = run_back_test(back_test_id=back_test.pk, clock=lambda: NOW + timedelta(days=1))

        assert (again.state, again.finished_at) == (State.DONE, finished)

    def test_stops_when_it_is_called_off(self, lives, monkeypatch):
        monkeypatch.setattr(back_tests, "SAY_EVERY", 100)
        for number in range(300):
            lives.buy(number % 3, "1.00", day=number % 200)
        back_test = started(lives)
        tell = lives.tell

        def cancelled_under_way(*args: Any, **kwargs: Any) -> Iterator[Past]:
            for n, past in enumerate(tell(*args, **kwargs)):
                if n == 150:
                    cancel_back_test(back_test_id=back_test.pk, at=NOW)
                yield past

        monkeypatch.setattr(lives, "tell", cancelled_under_way)
        monkeypatch.setattr(lives, "count", lambda *_args, **_kwargs: 300)
        monkeypatch.setattr(lives, "returned", lambda *_args, **_kwargs: set())
        run(back_test)

        kept = BackTest.objects.get()
        assert (kept.state, kept.done, kept.figures) == (State.CANCELLED, 100, {})
        assert progress(kept) == pytest.approx(1 / 3)

    def test_says_why_it_failed(self, lives, monkeypatch):
        def broken(*_args: Any, **_kwargs: Any) -> Iterator[Past]:
            raise RuntimeError("the archive burnt down")

        back_test = started(lives)
        monkeypatch.setattr(lives, "tell", broken)

        with pytest.raises(RuntimeError):
            run(back_test)

        kept = BackTest.objects.get()
        assert kept.state == State.FAILED
        assert kept.problem == "RuntimeError: the archive burnt down"

    def test_leaves_it_to_the_worker_that_is_at_it(self, lives):
        back_test = started(lives)
        lock = [back_tests._LOCKS, back_test.pk]
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
            assert run(back_test).state == State.WAITING
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
        other.close()

        assert run(back_test).state == State.DONE

    def test_takes_up_what_a_dead_worker_left(self, lives):
        lives.buy(0, "10.00", day=1)
        back_test = started(lives)
        BackTest.objects.update(state=State.RUNNING, done=4711)
        assert back_tests.unfinished() == [back_test.pk]

        assert run(back_test).done == 1
        assert back_tests.unfinished() == []


class TestCancelBackTest:
    def test_leaves_what_is_over_as_it_is(self, lives):
        back_test = run(started(lives))

        cancel_back_test(back_test_id=back_test.pk, at=NOW)

        assert BackTest.objects.get().state == State.DONE

    def test_refuses_an_unknown_one(self):
        with pytest.raises(NotFound):
            cancel_back_test(back_test_id=4711, at=NOW)


class TestWorker:
    def test_is_handed_what_was_asked_for(self, lives, monkeypatch):
        handed: list[int] = []
        monkeypatch.setattr(tasks.run_back_test, "delay", handed.append)
        back_test = started(lives)

        dispatch_pending(at=NOW)

        assert handed == [back_test.pk]

    def test_carries_it_out(self, lives):
        lives.buy(0, "10.00", day=1)
        back_test = started(lives)

        tasks.run_back_test(back_test.pk)

        assert BackTest.objects.get().state == State.DONE

    def test_takes_up_what_is_not_finished(self, lives, monkeypatch):
        handed: list[int] = []
        monkeypatch.setattr(tasks.run_back_test, "delay", handed.append)
        run(started(lives))
        waiting = started(lives)

        tasks.resume_back_tests()

        assert handed == [waiting.pk]
