from datetime import UTC, datetime, timedelta

import pytest

from loyalty.errors import (
    AccountClosed,
    InsufficientPoints,
    InvalidRequest,
    KeyConflict,
    NotFound,
    SelfTransfer,
    TransferLimitReached,
    UnitNotShareable,
)
from loyalty.ledger.lot_dates import slide
from loyalty.ledger.posting import Posted, close_account
from loyalty.models import Lot, OutboxEvent, Programme, Transfer, Unit
from loyalty.services.transfers import move_points
from tests.loyalty.ledger.books import NOON, Books, everything
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def books() -> Books:
    books = Books(members=3)
    books.earn(100, "r-1")
    return books


def move(books: Books, points: int, key: str, *, giver=0, taker=1, at=NOON) -> Posted:
    return move_points(
        giver_id=books.accounts[giver],
        taker_id=books.accounts[taker],
        points=points,
        reasons=[],
        actor="test",
        at=at,
        key=key,
    )


class TestMovePoints:
    def test_moves_them_from_one_member_to_the_other(self, books):
        posted = move(books, 40, "m-1")

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        said = OutboxEvent.objects.get(name="loyalty.points_moved.v1")
        assert (posted.before, posted.after) == (100, 60)
        assert (transfer.kind, transfer.debit_version, transfer.credit_version) == ("MOVE", 2, 1)
        assert [books.standing(member) for member in (0, 1)] == [(60, 0), (40, 0)]
        assert (said.subject, said.payload["taker"]) == (books.holder(0), str(books.holder(1)))
        assert differences() == {}

    def test_lets_each_lot_keep_its_dates(self, books):
        books.earn(30, "r-2", expires_at=NOON + 2 * DAY)
        books.earn(30, "r-3", available_from=NOON - DAY, expires_at=NOON + DAY)

        move(books, 70, "m-1")

        lots = Lot.objects.filter(account=books.accounts[1]).order_by("id")
        assert list(lots.values_list("granted", "available_from", "expires_at")) == [
            (30, NOON - DAY, NOON + DAY),
            (30, NOON, NOON + 2 * DAY),
            (10, NOON, None),
        ]

    def test_fixes_the_end_of_what_slid_with_the_giver(self, books):
        books.earn(30, "r-2", is_sliding=True)
        slide(books.accounts[0], lapses_at=NOON + DAY, effective_at=NOON, at=NOON)

        move(books, 30, "m-1")

        lot = Lot.objects.get(account=books.accounts[1])
        assert (lot.granted, lot.expires_at, lot.is_sliding) == (30, NOON + DAY, False)

    def test_gives_the_first_answer_again_also_over_the_limit(self, books):
        Programme.objects.update(transfer_limit=40)
        first = move(books, 40, "m-1")
        before = everything()

        again = move(books, 40, "m-1")

        assert (again.transfer_id, again.after, again.is_replay) == (first.transfer_id, 60, True)
        assert everything() == before

    @pytest.mark.parametrize(
        ("points", "key", "ends", "refusal"),
        [
            (61, "m-2", (0, 1), InsufficientPoints),
            (10, "m-2", (0, 0), SelfTransfer),
            (41, "m-1", (0, 1), KeyConflict),
            (40, "m-1", (0, 2), KeyConflict),
            (0, "m-2", (0, 1), InvalidRequest),
            (-5, "m-2", (0, 1), InvalidRequest),
            (5, "", (0, 1), InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, ends, refusal):
        move(books, 40, "m-1")
        before = everything()

        with pytest.raises(refusal):
            move(books, points, key, giver=ends[0], taker=ends[1])

        assert everything() == before

    def test_refuses_a_unit_that_is_not_shared(self, books):
        Unit.objects.update(is_shareable=False)
        before = everything()

        with pytest.raises(UnitNotShareable):
            move(books, 10, "m-1")

        assert everything() == before

    def test_refuses_other_units_closed_accounts_pools_and_the_programmes_own(self, books):
        other = Books("other")
        pool = books.open_pool(2)
        close_account(books.accounts[1], at=NOON)
        books.accounts += [
            other.accounts[0],
            books.pool_account(pool),
            books.own["REDEEMED"],
        ]
        before = everything()

        for taker, refusal in [
            (1, AccountClosed),
            (3, InvalidRequest),
            (4, InvalidRequest),
            (5, NotFound),
        ]:
            with pytest.raises(refusal):
                move(books, 10, "m-1", taker=taker)

        assert everything() == before


class TestTheMonthlyLimit:
    @pytest.fixture(autouse=True)
    def limit(self, books):
        Programme.objects.update(transfer_limit=50)

    def test_counts_what_a_member_gave_to_anybody(self, books):
        move(books, 30, "m-1", taker=1)
        move(books, 20, "m-2", taker=2)
        before = everything()

        with pytest.raises(TransferLimitReached) as refusal:
            move(books, 1, "m-3")

        assert refusal.value.facts == {"limit": 50, "left": 0}
        assert everything() == before

    def test_says_how_much_is_left(self, books):
        move(books, 30, "m-1")

        with pytest.raises(TransferLimitReached) as refusal:
            move(books, 21, "m-2")

        assert refusal.value.facts == {"limit": 50, "left": 20}

    def test_does_not_count_what_was_spent_got_or_pooled(self, books):
        books.earn(50, "r-2", member=1)
        move(books, 50, "m-1", giver=1, taker=0)
        books.spend(40, "s-1")
        books.contribute(books.open_pool(0), 40, "c-1")

        assert move(books, 50, "m-2").after == 20

    def test_begins_anew_with_the_month_of_the_programme(self, books):
        """December begins at 23:00 UTC in Amsterdam."""
        move(books, 50, "m-1", at=NOON)
        december = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)

        with pytest.raises(TransferLimitReached):
            move(books, 50, "m-2", at=december - timedelta(microseconds=1))
        assert move(books, 50, "m-2", at=december).after == 0
