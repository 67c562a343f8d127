"""Many processes at one hold, one balance, one debt: each point is promised and paid once."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from loyalty.ledger.posting import Posted
from loyalty.models import Hold, LotMove, Programme, Transfer
from loyalty.services.holds import capture_hold, void_hold
from loyalty.services.transfers import move_points
from tests.concurrency.racing import Deed, race
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 10


def spread(deeds: list[Deed]) -> Counter[str]:
    """Do them all at once, over the processes; how often each answer came."""
    answers = race([deeds[process::PROCESSES] for process in range(PROCESSES)])
    return Counter(_word(answer) for each in answers for answer in each)


def _word(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    return "AGAIN" if getattr(answer, "is_replay", False) else "DONE"


def capture(hold_id: int, points: int) -> Posted:
    return capture_hold(hold_id=hold_id, points=points, reasons=[], actor="test", at=NOON)


class TestFiftyAtOnce:
    def test_spend_one_balance(self, record_testsuite_property):
        """50 spendings of 7 out of 10 lots of 10: fourteen can be paid."""
        books = Books()
        for number in range(10):
            books.earn(10, f"r-{number}")

        answers = spread([partial(books.spend, 7, f"s-{number}") for number in range(50)])

        assert answers == {"DONE": 14, "InsufficientPoints": 36}
        assert books.standing() == (2, 0)
        assert -sum(LotMove.objects.values_list("points", flat=True)) == 98
        assert differences() == {}
        record_testsuite_property("races", 50)

    def test_capture_one_hold(self, record_testsuite_property):
        books = Books()
        books.earn(100, "r-1")
        held = books.hold(60, "h-1")

        answers = spread([partial(capture, held.hold_id, 45)] * 50)

        assert answers == {"DONE": 1, "AGAIN": 49}
        assert books.standing() == (55, 0)
        assert books.usable() == 55
        assert Transfer.objects.filter(kind="REDEEM").count() == 1
        assert differences() == {}
        record_testsuite_property("races", 50)

    def test_capture_one_hold_for_different_points(self):
        books = Books()
        books.earn(100, "r-1")
        held = books.hold(50, "h-1")

        answers = spread([partial(capture, held.hold_id, points) for points in range(1, 51)])

        assert answers == {"DONE": 1, "KeyConflict": 49}
        assert books.standing()[0] == 100 - Hold.objects.get().captured
        assert differences() == {}

    def test_capture_and_void_one_hold(self):
        books = Books()
        books.earn(100, "r-1")
        for number in range(5):
            held = books.hold(10, f"h-{number}")
            void = partial(void_hold, hold_id=held.hold_id, actor="test", at=NOON)

            answers = spread([partial(capture, held.hold_id, 10), void] * 25)

            assert answers["HoldEnded"] == 25
            assert sum(answers.values()) == 50
        captured = Hold.objects.filter(end="CAPTURED").count()
        assert books.standing()[0] == 100 - 10 * captured
        assert books.usable() == 100 - 10 * captured
        assert differences() == {}

    def test_set_aside_one_balance(self):
        books = Books()
        books.earn(100, "r-1")

        answers = spread([partial(books.hold, 7, f"h-{number}") for number in range(50)])

        assert answers == {"DONE": 14, "InsufficientPoints": 36}
        assert books.usable() == 2

    def test_hold_and_spend_one_balance(self):
        books = Books()
        books.earn(100, "r-1")

        answers = spread(
            [
                partial(books.hold if number % 2 else books.spend, 7, f"k-{number}")
                for number in range(50)
            ]
        )

        assert answers == {"DONE": 14, "InsufficientPoints": 36}
        spent = Transfer.objects.filter(kind="REDEEM").count()
        assert books.standing()[0] == 100 - 7 * spent
        assert books.usable() == 2
        assert differences() == {}


class TestReturnsAtOnce:
    def test_of_one_sale_never_take_more_than_it_earned(self, record_testsuite_property):
        books = Books()
        sale = books.earn(100, "r-1")
        books.spend(60, "s-1")

        answers = spread(
            [partial(books.take_back, 7, f"t-{number}", sale.transfer_id) for number in range(50)]
        )

        assert answers == {"DONE": 14, "ReturnExceedsEarned": 36}
        assert books.standing() == (0, 58)
        assert differences() == {}
        record_testsuite_property("races", 50)

    def test_and_earnings_settle_the_debt_to_the_point(self):
        books = Books()
        sale = books.earn(100, "r-0")
        books.spend(100, "s-1")

        answers = spread(
            [
                partial(books.take_back, 4, f"t-{number}", sale.transfer_id)
                if number % 2
                else partial(books.earn, 5, f"r-{number + 1}")
                for number in range(50)
            ]
        )

        assert answers == {"DONE": 50}
        assert books.standing() == (25, 0)
        assert differences() == {}

    def test_of_one_spending_never_restore_more_than_it_took(self):
        books = Books()
        books.earn(100, "r-1")
        paid = books.spend(100, "s-1")

        answers = spread(
            [
                partial(books.give_back, 7, f"b-{number}", spent_by=paid.transfer_id)
                for number in range(50)
            ]
        )

        assert answers == {"DONE": 14, "RestoreExceedsSpent": 36}
        assert books.standing() == (98, 0)
        assert differences() == {}


class TestTransfersAtOnce:
    def move(self, books: Books, points: int, key: str, giver: int, taker: int) -> Posted:
        return move_points(
            giver_id=books.accounts[giver],
            taker_id=books.accounts[taker],
            points=points,
            reasons=[],
            actor="test",
            at=NOON,
            key=key,
        )

    def test_go_both_ways_without_a_deadlock(self, record_testsuite_property):
        books = Books(members=2)
        for member in range(2):
            books.earn(1000, f"r-{member}", member=member)

        answers = spread(
            [
                partial(self.move, books, 3, f"m-{number}", number % 2, 1 - number % 2)
                for number in range(200)
            ]
        )

        assert answers == {"DONE": 200}
        assert [books.standing(member) for member in range(2)] == [(1000, 0), (1000, 0)]
        assert differences() == {}
        record_testsuite_property("races", 200)

    def test_keep_to_the_limit_of_the_month(self, record_testsuite_property):
        books = Books(members=3)
        Programme.objects.update(transfer_limit=100)
        books.earn(1000, "r-1")

        answers = spread(
            [partial(self.move, books, 7, f"m-{number}", 0, 1 + number % 2) for number in range(50)]
        )

        assert answers == {"DONE": 14, "TransferLimitReached": 36}
        assert books.standing() == (1000 - 98, 0)
        assert differences() == {}
        record_testsuite_property("races", 50)

    def test_k23_one_transfer_sent_many_times_at_once_moves_the_points_once(self):
        """K23 Starbucks 2015: the same transfer, twice at once, made money of nothing."""
        books = Books(members=2)
        books.earn(10, "r-1")

        answers = spread([partial(self.move, books, 7, "m-1", 0, 1)] * 50)
        rivals = spread([partial(self.move, books, 3, f"n-{n}", 0, 1) for n in range(50)])

        assert answers == {"DONE": 1, "AGAIN": 49}
        assert rivals == {"DONE": 1, "InsufficientPoints": 49}
        assert [books.standing(member) for member in range(2)] == [(0, 0), (10, 0)]
        assert differences() == {}
