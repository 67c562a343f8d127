"""Many processes at one account: exactly what can be afforded is spent, and nothing locks up."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from loyalty.models import Account, Lot, OutboxEvent, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.expiry import expire_due_points
from tests.concurrency.racing import race
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 8


def balance(books: Books, member: int = 0) -> int:
    return Account.objects.get(pk=books.accounts[member]).balance


def counted(answers: list[list[Any]]) -> Counter[str]:
    """How often each answer came: DONE, AGAIN, or what was raised."""
    words = {True: "AGAIN", False: "DONE"}
    return Counter(
        answer if isinstance(answer, str) else words[answer.is_replay]
        for each in answers
        for answer in each
    )


class TestRaces:
    @pytest.mark.parametrize("attempt", range(3))
    def test_spends_exactly_what_can_be_afforded(self, attempt, record_testsuite_property):
        books = Books()
        for lot in range(7):
            books.earn(10, f"r-{lot}", expires_at=NOON + timedelta(days=lot + 1))

        answers = race(
            [
                [partial(books.spend, 3, f"s-{process}-{number}") for number in range(8)]
                for process in range(PROCESSES)
            ]
        )

        assert counted(answers) == {"DONE": 23, "InsufficientPoints": 41}
        assert balance(books) == 70 - 23 * 3
        assert differences() == {}
        record_testsuite_property("races", 64)

    def test_answers_one_business_key_once_whoever_brings_it(self, record_testsuite_property):
        books = Books()

        answers = race(
            [
                [partial(books.earn, 10, f"receipt-{number}") for number in range(10)]
                for _process in range(PROCESSES)
            ]
        )

        assert counted(answers) == {"DONE": 10, "AGAIN": 70}
        assert len({answer.transfer_id for each in answers for answer in each}) == 10
        assert balance(books) == 100
        assert OutboxEvent.objects.count() == Transfer.objects.count() == 10
        assert differences() == {}
        record_testsuite_property("races", 80)

    def test_answers_one_key_once_also_across_accounts(self):
        """No lock is shared here: the unique business key alone decides."""
        books = Books(members=PROCESSES)

        answers = race(
            [
                [
                    partial(books.earn, 10, f"receipt-{number}", member=process)
                    for number in range(10)
                ]
                for process in range(PROCESSES)
            ]
        )

        assert counted(answers) == {"DONE": 10, "KeyConflict": 70}
        assert sum(balance(books, member) for member in range(PROCESSES)) == 100
        assert differences() == {}

    def test_points_go_both_ways_between_two_members_without_a_deadlock(
        self, record_testsuite_property
    ):
        books = Books(members=2)
        books.earn(500, "r-0", member=0)
        books.earn(500, "r-1", member=1)

        answers = race(
            [
                [
                    partial(
                        books.give,
                        1,
                        f"g-{process}-{number}",
                        giver=process % 2,
                        taker=1 - process % 2,
                    )
                    for number in range(30)
                ]
                for process in range(PROCESSES)
            ]
        )

        assert counted(answers) == {"DONE": 240}
        assert [balance(books, 0), balance(books, 1)] == [500, 500]
        assert differences() == {}
        record_testsuite_property("races", 240)

    def test_corrections_up_and_down_leave_their_sum(self):
        books = Books()
        books.earn(1000, "r-1")

        def adjust(points: int, key: str) -> Any:
            return adjust_points(
                account_id=books.accounts[0],
                points=points,
                reason="a race",
                actor="test",
                at=NOON,
                key=key,
            )

        answers = race(
            [
                [
                    partial(adjust, 7 if process % 2 else -7, f"k-{process}-{number}")
                    for number in range(10)
                ]
                for process in range(PROCESSES)
            ]
        )

        assert counted(answers) == {"DONE": 80}
        assert balance(books) == 1000
        assert differences() == {}

    def test_points_lapse_once_however_many_runs_book_them(self, record_testsuite_property):
        books = Books(members=20)
        for member in range(20):
            books.earn(5, f"r-{member}", member=member, expires_at=NOON)
            books.earn(9, f"n-{member}", member=member)

        answers = race([[partial(expire_due_points, at=NOON)] for _process in range(PROCESSES)])

        assert sum(done.points for [done] in answers) == 20 * 5
        assert sum(balance(books, member) for member in range(20)) == 20 * 9
        assert Lot.objects.filter(expires_at=NOON, remaining__gt=0).count() == 0
        assert differences() == {}
        record_testsuite_property("races", 8)
