from datetime import timedelta

import pytest

from loyalty.models import Account, LotMove, OutboxEvent, Transfer
from loyalty.services.expiry import Expired, expire_due_points
from tests.loyalty.ledger.books import NOON, Books

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

    def test_books_several_lots_late_as_one_transfer_with_a_move_each(self):
        books = Books()
        books.earn(10, "r-1", expires_at=SOON)
        books.earn(20, "r-2", expires_at=LATER)

        expire_due_points(at=LATER + timedelta(days=300))

        transfer = Transfer.objects.get(kind="EXPIRE")
        moves = LotMove.objects.filter(transfer=transfer).order_by("lot_id")
        assert transfer.effective_at == LATER
        assert [move.points for move in moves] == [-10, -20]

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
