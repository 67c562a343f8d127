from datetime import datetime, timedelta
from itertools import permutations

import pytest
from django.db import connection

from loyalty.models import Account, Lot, Slide, Transfer
from loyalty.services.expiry import expire_due_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.sliding import grant, purchase

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TERM = 10 * DAY


def day(number: int) -> datetime:
    return NOON + number * DAY


def buy(books: Books, number: int, *, now: datetime | None = None) -> None:
    """A purchase of 2^number points on that day; all points live ten days from the last."""
    at = day(number)
    purchase(books, 2**number, f"a:{number}", at=at, until=at + TERM, now=now or at)


def spendable(books: Books, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_spendable(%s, %s)", [books.accounts[0], at])
        return int(cursor.fetchone()[0])


def balance(books: Books) -> int:
    return Account.objects.get(pk=books.accounts[0]).balance


class TestSlide:
    def test_an_activity_keeps_all_sliding_points_alive(self):
        books = Books()
        buy(books, 0)
        buy(books, 9)

        assert Account.objects.get(pk=books.accounts[0]).lapses_at == day(19)
        assert expire_due_points(at=day(18)).points == 0
        assert spendable(books, day(18)) == 1 + 512
        assert spendable(books, day(19)) == 0
        assert expire_due_points(at=day(19)).points == 513
        assert Transfer.objects.get(kind="EXPIRE").effective_at == day(19)

    def test_a_second_activity_of_the_same_term_writes_nothing(self):
        books = Books()
        buy(books, 0)
        grant(books, 5, "a:again", is_sliding=True)
        purchase(books, 5, "a:later", at=NOON + timedelta(hours=1), until=day(10), now=NOON)

        assert Slide.objects.count() == 1

    def test_books_what_had_lapsed_before_though_no_job_ran(self):
        books = Books()
        buy(books, 0)
        buy(books, 10)  # the very moment at which the first ended

        transfer = Transfer.objects.get(kind="EXPIRE")
        assert (transfer.points, transfer.effective_at) == (1, day(10))
        assert spendable(books, day(10)) == 1024

    def test_never_moves_the_end_backwards(self):
        books = Books()
        buy(books, 5)
        buy(books, 1, now=day(5))

        assert Account.objects.get(pk=books.accounts[0]).lapses_at == day(15)
        assert spendable(books, day(14)) == 2 + 32

    def test_points_with_an_end_of_their_own_do_not_slide(self):
        books = Books()
        books.earn(7, "fixed", expires_at=day(3))
        buy(books, 0)

        assert expire_due_points(at=day(3)).points == 7
        assert spendable(books, day(3)) == 1

    def test_a_purchase_heard_of_late_brings_back_what_was_booked_as_lapsed(self):
        books = Books()
        buy(books, 0)
        expire_due_points(at=day(11))
        assert balance(books) == 0

        buy(books, 8, now=day(12))

        assert spendable(books, day(12)) == 1 + 256
        restored = Transfer.objects.get(kind="RESTORE")
        assert restored.points == 1
        assert restored.reverses == Transfer.objects.get(kind="EXPIRE").pk
        assert Lot.objects.get(granted=1).remaining == 1

    def test_what_a_live_hold_may_need_is_not_booked(self):
        books = Books()
        buy(books, 0)
        hold(books, 1, expires_at=day(11))
        buy(books, 10)

        assert not Transfer.objects.filter(kind="EXPIRE").exists()

    @pytest.mark.parametrize("order", list(permutations([0, 8, 19, 25])))
    def test_any_order_of_arrival_leaves_the_same_points(self, order):
        """0 and 8 are one stretch, which ended on the 18th; 19 and 25 are another."""
        books = Books()
        for number in order:
            buy(books, number, now=day(30))
            if number % 2:
                expire_due_points(at=day(30))

        expire_due_points(at=day(30))
        alive = {lot.granted: lot.remaining for lot in Lot.objects.all()}
        assert alive == {2**0: 0, 2**8: 0, 2**19: 2**19, 2**25: 2**25}
        assert balance(books) == 2**19 + 2**25


def hold(books: Books, points: int, *, expires_at: datetime) -> None:
    from loyalty.ledger.posting import call

    row = call(
        "ledger_hold", books.accounts[0], points, "till", "h-1", "f", "test", expires_at, day(9)
    )
    assert row[0] == "DONE"
