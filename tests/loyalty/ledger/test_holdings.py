from datetime import date, timedelta

import pytest

from loyalty.errors import NotFound
from loyalty.ledger.holdings import Holdings, holdings
from loyalty.models import Lot
from loyalty.selectors import balance_card
from tests.loyalty.ledger.books import NOON, Books

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def books() -> Books:
    """40 that end first, 60 that do not, 20 to come at a time, 10 at an event, and 30 lapsed."""
    books = Books()
    books.earn(60, "never")
    books.earn(40, "soon", expires_at=NOON + 3 * DAY)
    books.earn(20, "tomorrow", available_from=NOON + DAY)
    books.earn(10, "delivered", awaits="delivered")
    books.earn(30, "lapsed", available_from=NOON - 2 * DAY, expires_at=NOON)
    return books


def expiring(books: Books) -> list[tuple[date, int]]:
    return balance_card(books.accounts[0], at=NOON).expiring


class TestHoldings:
    def test_tells_usable_from_pending_and_lapsed_lots(self, books):
        held = holdings(books.accounts[0], at=NOON)

        assert (held.spendable, held.pending) == (100, 30)
        assert [(lot.points, lot.ends_at) for lot in held.usable] == [
            (40, NOON + 3 * DAY),
            (60, None),
        ]
        assert {lot.giver for lot in held.usable} == {books.own["ISSUANCE"]}

    def test_asks_one_question(self, books, django_assert_num_queries):
        with django_assert_num_queries(1):
            holdings(books.accounts[0], at=NOON)

    def test_of_an_empty_account_are_none(self):
        nothing = Holdings(spendable=0, pending=0, usable=[])
        assert holdings(Books().accounts[0], at=NOON) == nothing
        assert holdings(0, at=NOON) == nothing


class TestBalanceCard:
    def test_shows_what_can_be_spent_and_what_is_to_come(self, books):
        card = balance_card(books.accounts[0], at=NOON)

        assert (card.points, card.pending) == (100, 30)
        assert card.expiring == [(date(2026, 11, 25), 40)]

    def test_takes_off_what_is_set_aside_from_what_would_lapse_first(self, books):
        books.hold(15, "h-1")

        assert balance_card(books.accounts[0], at=NOON).points == 85
        assert expiring(books) == [(date(2026, 11, 25), 25)]

    def test_takes_off_what_is_owed(self, books):
        sale = Lot.objects.get(granted=60).transfer_id
        books.spend(100, "s-1")
        books.take_back(60, "t-1", sale)
        books.earn(70, "r-9", available_from=NOON, at=NOON, expires_at=NOON + 9 * DAY)

        card = balance_card(books.accounts[0], at=NOON)

        assert (card.points, card.pending) == (10, 30)
        assert card.expiring == [(date(2026, 12, 1), 10)]

    def test_of_nobody_is_refused(self):
        with pytest.raises(NotFound):
            balance_card(0, at=NOON)
