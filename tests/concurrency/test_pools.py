"""A household at one pool: what is spent by one is not given back to another."""

from collections import Counter
from functools import partial

import pytest

from loyalty.ledger.posting import Posted
from loyalty.models import Pool
from loyalty.services.pools import close_pool, leave_pool, spend_from_pool
from tests.concurrency.racing import race
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = 8


@pytest.fixture
def books() -> Books:
    books = Books(members=MEMBERS)
    for member in range(MEMBERS):
        books.earn(100, f"r-{member}", member=member)
    return books


@pytest.fixture
def pool(books) -> Pool:
    return books.open_pool(*range(MEMBERS))


def spend(books: Books, pool: Pool, points: int, key: str, member: int) -> Posted:
    return spend_from_pool(
        pool_id=pool.pk,
        holder=books.holder(member),
        points=points,
        source="payment",
        external_id=key,
        reasons=[],
        actor="test",
        at=NOON,
    )


def words(answers: list[list[object]]) -> Counter[str]:
    return Counter(
        answer if isinstance(answer, str) else "DONE" for each in answers for answer in each
    )


def total(books: Books) -> int:
    return sum(books.standing(member)[0] for member in range(MEMBERS))


class TestAHousehold:
    def test_spends_no_more_than_it_put_in(self, books, pool, record_testsuite_property):
        for member in range(MEMBERS):
            books.contribute(pool, 10, f"c-{member}", member=member)

        answers = race(
            [
                [partial(spend, books, pool, 7, f"p-{member}-{n}", member) for n in range(6)]
                for member in range(MEMBERS)
            ]
        )

        assert words(answers) == {"DONE": 11, "InsufficientPoints": 37}
        assert differences() == {}
        record_testsuite_property("races", 48)

    def test_that_parts_while_it_spends_leaves_the_sum(self, books, pool):
        for member in range(MEMBERS):
            books.contribute(pool, 100, f"c-{member}", member=member)

        answers = race(
            [
                [
                    partial(spend, books, pool, 10, f"p-{member}", member),
                    partial(
                        leave_pool,
                        pool_id=pool.pk,
                        holder=books.holder(member),
                        actor="test",
                        at=NOON,
                    ),
                ]
                for member in range(MEMBERS)
            ]
        )

        spent = sum(isinstance(first, Posted) for first, _left in answers)
        assert [left for _first, left in answers] == [None] * MEMBERS
        assert total(books) == 100 * MEMBERS - 10 * spent
        pool.refresh_from_db()
        assert pool.closed_at == NOON
        assert differences() == {}

    def test_closes_once_while_all_of_them_put_in(self, books, pool):
        answers = race(
            [
                [
                    partial(books.contribute, pool, 10, f"c-{member}", member=member),
                    partial(close_pool, pool_id=pool.pk, actor="test", at=NOON),
                ]
                for member in range(MEMBERS)
            ]
        )

        assert set(words(answers)) <= {"DONE", "PoolClosed"}
        assert [closed for _first, closed in answers] == [None] * MEMBERS
        assert total(books) == 100 * MEMBERS
        assert differences() == {}
