from datetime import timedelta

import pytest

from loyalty.ledger.posting import call
from loyalty.models import Account, LotMove, OutboxEvent, Transfer
from loyalty.services.expiry import Expired, expire_due_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(days=10)
LATER = NOON + timedelta(days=20)
NOTHING = Expired(accounts=0, points=0, last_account=None)


def balance(books: Books, member: int = 0) -> int:
    return Account.objects.get(pk=books.accounts[member]).balance


class TestExpireDuePoints:
    def test_takes_only_what_remains_of_lots_whose_time_is_up(self):
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)
        books.earn(70, "r-2", expires_at=LATER)
        books.earn(5, "r-3")
        books.spend(40, "s-1")

        done = expire_due_points(at=SOON)

        transfer = Transfer.objects.get(kind="EXPIRE")
        assert done == Expired(accounts=1, points=60, last_account=books.accounts[0])
        assert balance(books) == 75
        assert (transfer.points, transfer.credit_account_id) == (60, books.own["EXPIRED"])
        assert (transfer.effective_at, transfer.recorded_at) == (SOON, SOON)
        assert OutboxEvent.objects.filter(name="loyalty.points_expired.v1").count() == 1

    def test_takes_nothing_a_microsecond_before(self):
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)

        assert expire_due_points(at=SOON - timedelta(microseconds=1)) == NOTHING
        assert balance(books) == 100

    def test_leaves_what_was_earned_after_the_spent_points(self):
        """100 earned, 100 spent, 50 earned anew: when the first 100 lapse, the 50 stay."""
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)
        books.spend(100, "s-1")
        books.earn(50, "r-2", expires_at=LATER)

        assert expire_due_points(at=SOON) == NOTHING
        assert balance(books) == 50

    def test_books_several_lots_late_each_at_its_own_end(self):
        books = Books()
        books.earn(10, "r-1", expires_at=SOON)
        books.earn(20, "r-2", expires_at=LATER)
        books.earn(30, "r-3", expires_at=SOON)

        expire_due_points(at=LATER + timedelta(days=300))

        first, second = Transfer.objects.filter(kind="EXPIRE").order_by("id")
        assert (first.points, first.effective_at) == (40, SOON)
        assert (second.points, second.effective_at) == (20, LATER)
        assert (first.debit_before, second.debit_before) == (60, 20)
        assert (first.debit_version, second.debit_version) == (4, 5)
        moves = LotMove.objects.order_by("transfer_id", "lot_id")
        assert [move.points for move in moves] == [-10, -30, -20]

    def test_waits_for_a_live_hold_and_lets_it_pay_with_what_lapsed_meanwhile(self):
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)
        before, after = SOON - timedelta(minutes=5), SOON + timedelta(minutes=10)
        held = call("ledger_hold", books.accounts[0], 60, "till", "h-1", "f", "test", after, before)

        waiting = expire_due_points(at=SOON)
        assert (waiting.accounts, waiting.points) == (0, 0)
        captured = call("ledger_capture", held[1], 60, "f", "[]", "test", SOON, SOON)
        assert captured[0] == "POSTED"
        assert expire_due_points(at=SOON).points == 40
        assert balance(books) == 0

    def test_a_hold_that_ran_out_keeps_nothing_back(self):
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)
        call("ledger_hold", books.accounts[0], 60, "till", "h-1", "f", "test", SOON, NOON)

        assert expire_due_points(at=SOON).points == 100

    def test_the_audit_finds_no_difference_afterwards(self):
        books = Books(members=3)
        for member in range(3):
            books.earn(10, f"r-{member}", member=member, expires_at=SOON)
            books.earn(20, f"s-{member}", member=member, expires_at=LATER)
        expire_due_points(at=LATER)

        assert differences() == {}

    def test_changes_nothing_more_when_it_runs_again(self):
        books = Books()
        books.earn(100, "r-1", expires_at=SOON)
        expire_due_points(at=SOON)

        assert expire_due_points(at=LATER) == NOTHING
        assert Transfer.objects.filter(kind="EXPIRE").count() == 1

    def test_works_through_all_accounts_batch_by_batch(self):
        books = Books(members=5)
        for member in range(5):
            books.earn(member + 1, f"r-{member}", member=member, expires_at=SOON)

        batches = [expire_due_points(at=SOON, limit=2)]
        while batches[-1].last_account is not None:
            batches.append(expire_due_points(at=SOON, limit=2, after=batches[-1].last_account))

        assert [batch.points for batch in batches] == [1 + 2, 3 + 4, 5, 0]
        assert sum(balance(books, member) for member in range(5)) == 0

    def test_asks_one_statement_for_a_whole_batch(self, django_assert_num_queries):
        books = Books(members=20)
        for member in range(20):
            books.earn(1, f"r-{member}", member=member, expires_at=SOON)

        with django_assert_num_queries(3):  # and the savepoint around it
            expire_due_points(at=SOON)
