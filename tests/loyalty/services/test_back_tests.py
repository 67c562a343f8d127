import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.errors import InvalidRequest, NotFound, RuleInvalid
from loyalty.models import BackTest, LimitUse, Lot, OutboxEvent, Standing, Transfer
from loyalty.services import back_tests, pasts, trying_out
from loyalty.services.back_test_check import check_live_rules
from loyalty.services.back_tests import (
    cancel_back_test,
    draft_with,
    progress,
    run_back_test,
    start_back_test,
)
from loyalty.services.pasts import Past
from loyalty.services.rule_sets import document_of
from loyalty.services.trying_out import try_out
from tests.loyalty.services.lives import (
    FIFTH,
    NOW,
    OPENED,
    PER_EURO,
    Lives,
    earning,
    fixed,
    holder,
    open_lives,
)

pytestmark = pytest.mark.django_db
State = BackTest.State


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> Lives:
    opened = open_lives()
    monkeypatch.setattr(pasts, "_archives", [opened])
    return opened


def day(number: int) -> datetime:
    return OPENED + timedelta(days=number)


def tried(lives: Lives, draft: dict[str, Any], *, since: int = 0, until: int = 300) -> Any:
    return try_out(
        programme=lives.programme,
        draft=draft,
        since=day(since) - timedelta(hours=1),
        until=day(until),
    )


def doubled(lives: Lives) -> dict[str, Any]:
    document = document_of(lives.programme.pk)
    [base] = document["rules"]
    effect = PER_EURO | {"points": 2}
    return document | {"rules": [base | {"version": 2, "document": earning(effect)}]}


def with_rule(lives: Lives, key: str, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    live = document_of(lives.programme.pk)
    rule = {"key": key, "version": 1, "name": {"nl": key, "en": key}, "document": document}
    return live | {"rules": [*live["rules"], rule]} | more


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


class TestTryOut:
    def test_gives_the_live_rules_what_they_gave(self, lives):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(12):
            sale = lives.buy(number % 2, f"{number + 1}.00", day=number)
            if number % 5 == 0:
                lives.bring_back(number % 2, sale, day=40 + number, quantity=1)

        figures = tried(lives, document_of(lives.programme.pk))

        assert (figures.activities, figures.changed) == (12, 0)
        assert figures.cost.live == figures.cost.draft > 200

    def test_counts_a_sale_that_came_back_for_what_is_kept_of_it(self, lives):
        half = lives.buy(0, "10.00", day=1)
        whole = lives.buy(0, "7.00", day=2)
        lives.bring_back(0, half, day=3, quantity=1)
        lives.bring_back(0, whole, day=4)

        figures = tried(lives, doubled(lives))

        assert (figures.cost.live, figures.cost.draft) == (5, 10)
        assert figures.activities == 2

    def test_forgets_returns_from_after_the_period(self, lives):
        sale = lives.buy(0, "10.00", day=1)
        lives.bring_back(0, sale, day=50)

        figures = tried(lives, doubled(lives), until=40)

        assert (figures.cost.live, figures.cost.draft) == (10, 20)

    def test_lets_members_start_where_they_stood(self, lives):
        draft = with_rule(lives, "fifth", earning(fixed(100), FIFTH))
        for number in range(5):
            lives.buy(0, "1.00", day=number)

        figures = tried(lives, draft, since=4)

        assert (figures.activities, figures.cost.live, figures.cost.draft) == (1, 1, 101)

    def test_shares_a_budget_among_members_in_order_of_happening(self, lives):
        limit = {"of": "points", "scope": "budget", "budget": "autumn", "period": "ever"}
        draft = with_rule(
            lives, "gift", earning(fixed(60), limits=[limit]), budgets={"autumn": 100}
        )
        lives.buy(1, "1.00", day=1)
        lives.buy(0, "1.00", day=2)
        lives.buy(1, "1.00", day=3)

        figures = tried(lives, draft)

        assert figures.order == "moment"
        gift = next(rule for rule in figures.rules if rule.rule == "gift")
        assert (gift.live, gift.draft) == (0, 100)
        assert {w.holder: w.change for w in figures.members.top_winners} == {
            str(holder(1)): 60,
            str(holder(0)): 40,
        }

    def test_frees_a_budget_when_goods_come_back(self, lives):
        limit = {"of": "points", "scope": "budget", "budget": "autumn", "period": "ever"}
        draft = with_rule(lives, "gift", earning(fixed(60), limits=[limit]), budgets={"autumn": 60})
        sale = lives.buy(0, "1.00", day=1)
        lives.bring_back(0, sale, day=2)
        lives.buy(1, "1.00", day=3)

        figures = tried(lives, draft)

        assert [(w.holder, w.change) for w in figures.members.top_winners] == [(str(holder(1)), 60)]

    def test_tells_the_same_in_both_orders_when_nothing_is_shared(self, lives, monkeypatch):
        chosen = random.Random(3)
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(120):
            member = chosen.randrange(6)
            sale = lives.buy(member, f"{chosen.randrange(1, 90)}.00", day=number)
            if chosen.random() < 0.3:
                lives.bring_back(member, sale, day=number + chosen.randrange(40))
        draft = with_rule(
            lives,
            "treat",
            earning(
                fixed(7), limits=[{"of": "times", "most": 2, "scope": "member", "period": "month"}]
            ),
        )
        by_member = tried(lives, draft, since=30)
        monkeypatch.setattr(trying_out, "shares_limits", lambda _rules: True)

        by_moment = tried(lives, draft, since=30)

        assert (by_member.order, by_moment.order) == ("member", "moment")
        assert by_member.changed > 20
        assert msgspec.structs.replace(by_moment, order="member") == by_member

    def test_tells_how_members_move_between_tiers(self, lives):
        tiers = {
            "measure": {"kind": "points"},
            "period": {"kind": "rolling", "months": 12},
            "tiers": [{"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 15}],
        }
        named = {"key": "main", "name": {"nl": "Trap", "en": "Ladder"}, "policy": tiers}
        lives.buy(0, "10.00", day=1)
        lives.buy(1, "7.00", day=2)

        figures = tried(lives, doubled(lives) | {"tier_sets": [named]})

        [move] = figures.tier_moves
        assert (move.tier_set, move.before, move.after) == ("main", "", "silver")
        assert (move.live, move.draft) == (0, 1)
        [ended] = figures.tier_members
        assert (ended.of, ended.key, ended.live, ended.draft) == ("main", "silver", 0, 1)

    def test_takes_what_was_spent_off_the_liability(self, lives):
        lives.buy(0, "10.00", day=1)
        figures = tried(lives, doubled(lives))

        assert (figures.liability.live, figures.liability.draft) == (10, 20)

    def test_lets_lapse_what_the_policies_let_lapse(self, lives):
        lives.buy(0, "10.00", day=1)
        draft = document_of(lives.programme.pk)
        draft["units"]["points"]["expiry"] = {"kind": "term", "days": 30}

        figures = tried(lives, draft)

        assert (figures.liability.live, figures.liability.draft) == (10, 0)


class TestCheckLiveRules:
    def check(self, lives: Lives) -> Any:
        return check_live_rules(programme_id=lives.programme.pk, since=OPENED, until=NOW)

    def test_finds_no_difference_in_what_the_rules_gave(self, lives):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        for number in range(20):
            sale = lives.buy(number % 2, f"{number + 1}.00", day=number)
            if number % 4 == 0:
                lives.bring_back(number % 2, sale, day=40 + number, quantity=1)
        lives.publish("treat", earning(fixed(3)), at=day(50))
        lives.buy(0, "9.00", day=60)

        checked = self.check(lives)

        assert (checked.activities, checked.different, checked.first) == (26, 0, [])

    @pytest.mark.parametrize(
        ("what", "damage"),
        [
            ("award", lambda p: p._replace(award=msgspec.structs.replace(p.award, points=11))),
            ("line points", lambda p: p._replace(line_points=(9,))),
            (
                "facts",
                lambda p: p._replace(
                    facts=msgspec.structs.replace(p.facts, counts={"purchase": 3})
                ),
            ),
        ],
    )
    def test_tells_what_differs(self, lives, monkeypatch, what, damage):
        lives.publish("fifth", earning(fixed(100), FIFTH))
        sale = lives.buy(0, "10.00", day=1)
        lives.buy(0, "10.00", day=2)
        tell = lives.tell
        monkeypatch.setattr(
            lives,
            "tell",
            lambda *a, **k: (damage(p) if p.id == sale.id else p for p in tell(*a, **k)),
        )

        checked = self.check(lives)

        assert (checked.activities, checked.different) == (2, 1)
        assert what in {each.what for each in checked.first}
        assert checked.first[0].activity == sale.key


class TestCommand:
    def call(self, *arguments: str) -> str:
        said = StringIO()
        call_command("back_test", *arguments, stdout=said)
        return said.getvalue()

    def test_prints_the_figures(self, lives, tmp_path):
        lives.buy(0, "1000.00", day=1)
        draft = tmp_path / "draft.json"
        draft.write_text(json.dumps(doubled(lives)))

        said = self.call("--draft", str(draft), "--since", "2026-01-01", "--until", "2026-11-01")

        lines = [line.split() for line in said.splitlines()]
        assert ["points", "1,000", "2,000"] in lines
        assert ["cost", "in", "EUR", "10.00", "20.00"] in lines
        assert ["1", "members:", "1", "gain", "1,000,", "0", "lose", "0"] in lines

    def test_prints_json(self, lives):
        lives.buy(0, "10.00", day=1)
        lives.draft("fifth", earning(fixed(100), FIFTH))

        said = self.call(
            "--rules", "fifth", "--since", "2026-01-01", "--until", "2026-11-01", "--json"
        )

        assert json.loads(said)["cost"] == {
            "live": 10,
            "draft": 10,
            "live_amount": "0.10",
            "draft_amount": "0.10",
        }

    def test_checks_the_live_rules(self, lives):
        lives.buy(0, "10.00", day=1)

        said = self.call("--live", "--check", "--since", "2026-01-01", "--until", "2026-11-01")

        assert said == "1 activities compared, 0 different.\n"

    def test_fails_with_the_first_differences(self, lives, monkeypatch):
        lives.buy(0, "10.00", day=1)
        tell = lives.tell
        monkeypatch.setattr(
            lives, "tell", lambda *a, **k: (p._replace(line_points=(9,)) for p in tell(*a, **k))
        )

        with pytest.raises(CommandError) as failed:
            self.call("--live", "--check", "--since", "2026-01-01", "--until", "2026-11-01")

        assert failed.value.returncode == 1
