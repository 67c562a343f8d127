from datetime import timedelta
from typing import Any

import pytest

from loyalty.as_of import (
    BalanceThen,
    Moved,
    balance_at,
    difference,
    holds_at,
    lots_at,
    rule_set_at,
    tier_at,
)
from loyalty.ledger.posting import call
from loyalty.models import Account, Lot, Programme
from loyalty.services.accounts import open_member_account
from loyalty.services.expiry import expire_due_points
from loyalty.services.lot_dates import extend_lot
from loyalty.services.rulebook import current_rulebook
from loyalty.services.standings import locked_standings, set_standing
from loyalty.services.tier_moves import book_tier_moves
from loyalty.services.tiers import assign_tier, publish_tier_set, save_tier_set
from tests.loyalty.earning.ladders import earned, policy
from tests.loyalty.ledger.books import NOON, Books

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def figures(**changes: int) -> BalanceThen:
    nothing = {"balance": 0, "spendable": 0, "pending": 0, "held": 0, "owed": 0}
    return BalanceThen(**(nothing | changes))


class TestBalanceAt:
    def test_tells_what_could_be_spent_at_each_moment(self):
        books = Books()
        account = books.accounts[0]
        books.earn(50, "r-1", at=NOON, expires_at=NOON + 5 * DAY)
        books.earn(30, "r-2", at=NOON + DAY, available_from=NOON + 3 * DAY)
        call("ledger_hold", account, 20, "till", "h", "f", "t", NOON + 4 * DAY, NOON + 2 * DAY)
        expire_due_points(at=NOON + 6 * DAY)

        assert balance_at(account, NOON - DAY) == figures()
        assert balance_at(account, NOON) == figures(balance=50, spendable=50)
        assert balance_at(account, NOON + DAY) == figures(balance=80, spendable=50, pending=30)
        assert balance_at(account, NOON + 2 * DAY) == figures(
            balance=80, spendable=30, pending=30, held=20
        )
        assert balance_at(account, NOON + 3 * DAY) == figures(balance=80, spendable=60, held=20)
        assert balance_at(account, NOON + 4 * DAY) == figures(balance=80, spendable=80)
        # lapsed, but not booked yet
        assert balance_at(account, NOON + 5 * DAY) == figures(balance=80, spendable=30)
        assert balance_at(account, NOON + 6 * DAY) == figures(balance=30, spendable=30)
        assert [hold.points for hold in holds_at(account, NOON + 3 * DAY)] == [20]
        assert holds_at(account, NOON + 4 * DAY) == []

    def test_a_lot_had_the_dates_that_it_had(self):
        books = Books()
        books.earn(50, "r-1", at=NOON, expires_at=NOON + 5 * DAY)
        lot = Lot.objects.get()
        last_day = (NOON + 9 * DAY).date()
        extend_lot(lot_id=lot.pk, last_day=last_day, reason="r", actor="a", at=NOON + DAY, key="x")

        (before,), (after,) = (lots_at(books.accounts[0], at) for at in (NOON, NOON + DAY))
        assert before.expires_at == NOON + 5 * DAY
        assert after.expires_at == Lot.objects.get().expires_at

    def test_asks_three_statements_however_long_the_history(self, django_assert_num_queries):
        books = Books()
        for number in range(30):
            books.earn(5, f"r-{number}", at=NOON + number * DAY)
            books.spend(3, f"s-{number}", at=NOON + number * DAY)

        with django_assert_num_queries(3):
            assert balance_at(books.accounts[0], NOON + 14 * DAY).balance == 15 * 2


class TestDifference:
    def test_adds_up_by_kind(self):
        books = Books(members=2)
        books.earn(50, "r-1", at=NOON, expires_at=NOON + 2 * DAY)
        books.earn(5, "r-2", at=NOON + DAY)
        books.give(8, "g-1", giver=0, taker=1, at=NOON + DAY)
        expire_due_points(at=NOON + 2 * DAY)

        found = difference(books.accounts[0], NOON, NOON + 2 * DAY)

        assert (found.before.balance, found.after.balance) == (50, 5)
        assert found.moved == {
            "EARN": Moved(times=1, points=5),
            "MOVE": Moved(times=1, points=-8),
            "EXPIRE": Moved(times=1, points=-42),
        }
        taken = difference(books.accounts[1], NOON, NOON + 2 * DAY)
        assert taken.moved == {
            "MOVE": Moved(times=1, points=8),
            "EXPIRE": Moved(times=1, points=-8),  # a moved lot keeps its end
        }


class TestRuleSetAt:
    def test_tells_by_what_was_judged(self):
        Books()
        programme = Programme.objects.get()
        ladder(programme, at=NOON + DAY)

        def keys(at: Any) -> list[str]:
            held = rule_set_at(programme.pk, at)
            return [each["key"] for each in held.document["tier_sets"]] if held else []

        assert keys(NOON) == []
        assert keys(NOON + DAY) == ["status"]


class TestTierAt:
    def test_tells_the_tier_without_any_job_and_by_the_moves_before(self):
        Books()
        programme = Programme.objects.get()
        ladder(programme, at=NOON)
        account = open_member_account(
            programme_id=programme.pk, holder=Account.objects.get(kind="MEMBER").holder, at=NOON
        )
        rules = current_rulebook(programme_id=programme.pk).rule_set
        (held,) = locked_standings([account])
        points = rules.tier_sets[0].policy.tiers[0].threshold
        set_standing(held, earned(rules, (NOON + DAY, points), standing=held.standing))
        first = rules.tier_sets[0].policy.tiers[0].key

        assert tier_at(account, NOON + DAY) == {"status": first}
        assert tier_at(account, NOON + 2000 * DAY) == {}
        book_tier_moves(programme_id=programme.pk, at=NOON + 2 * DAY)
        assert tier_at(account, NOON) == {}

    def test_of_an_earned_tier_and_a_given_one_the_higher_counts(self):
        Books()
        programme = Programme.objects.get()
        tier_set = ladder(programme, at=NOON)
        account = Account.objects.get(kind="MEMBER").pk
        assign_tier(
            account_id=account,
            tier_set_id=tier_set.pk,
            tier="gold",
            reason="r",
            actor="a",
            at=NOON + DAY,
            ends_at=NOON + 3 * DAY,
        )

        assert tier_at(account, NOON) == {}
        assert tier_at(account, NOON + 2 * DAY) == {"status": "gold"}
        assert tier_at(account, NOON + 3 * DAY) == {}


def ladder(programme: Programme, *, at: Any) -> Any:
    tier_set = save_tier_set(
        programme_id=programme.pk,
        key="status",
        name_nl="Status",
        name_en="Status",
        policy=policy(),
        actor="staff:1",
        at=at,
    )
    return publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=at)
