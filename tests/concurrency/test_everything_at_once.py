"""Returns, spendings and expiries of one member at once; rules that change while the tills go on."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from loyalty.models import RuleSet
from loyalty.services.expiry import expire_due_points
from members.models import Activity
from members.services.activities import record_activity
from tests.concurrency.racing import race
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import bought
from tests.scenarios.shop import Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

SALES = 24
TILLS = 6
EACH = 8
LATER = NOON + timedelta(hours=1)


class TestOneMember:
    @pytest.mark.parametrize("attempt", range(2))
    def test_returns_everything_while_it_is_spent_and_lapses_and_owes_what_was_spent(
        self, attempt, record_testsuite_property
    ):
        books = Books()
        sales = [
            books.earn(10, f"r-{n}", at=NOON - timedelta(days=1), expires_at=(None, NOON)[n % 2])
            for n in range(SALES)
        ]

        answers = race(
            [
                [partial(returned, books, n, sales[n].transfer_id) for n in range(nth, SALES, 3)]
                for nth in range(3)
            ]
            + [[partial(spent, books, f"s-{nth}-{n}") for n in range(EACH)] for nth in range(3)]
            + [[partial(lapsed) for _run in range(3)] for _process in range(2)]
        )

        counted = Counter(word for each in answers for word in each)
        assert counted["returned"] == SALES
        assert counted["spent"] + counted["InsufficientPoints"] == 3 * EACH
        assert set(counted) <= {"returned", "spent", "InsufficientPoints", "lapsed"}
        assert books.standing() == (0, 3 * counted["spent"])
        assert differences() == {}
        record_testsuite_property("races", SALES + 3 * EACH + 6)


def returned(books: Books, n: int, sale: int) -> str:
    books.take_back(10, f"t-{n}", sale, at=LATER)
    return "returned"


def spent(books: Books, key: str) -> str:
    books.spend(3, key, at=LATER)
    return "spent"


def lapsed() -> str:
    expire_due_points(at=LATER)
    return "lapsed"


BONUS: dict[str, Any] = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "fixed", "points": 5}],
}


class TestRulesThatChange:
    def test_judge_each_purchase_by_one_rule_set_or_the_other(self, record_testsuite_property):
        shop = open_shop()

        answers = race(
            [[partial(bring, shop, f"b-{till}-{n}") for n in range(EACH)] for till in range(TILLS)]
            + [[partial(published, shop, n) for n in range(4)]]
        )

        assert Counter(word for each in answers for word in each) == {
            "recorded": TILLS * EACH,
            "published": 4,
        }
        rules = {row.pk: len(row.document["rules"]) for row in RuleSet.objects.all()}
        judged = [(each.points, rules[each.rule_set_id]) for each in Activity.objects.all()]
        assert all(points == 10 + 5 * (live - 1) for points, live in judged)
        assert differences() == {}
        record_testsuite_property("races", TILLS * EACH)


def bring(shop: Shop, key: str) -> str:
    record_activity(book=shop.book, submission=bought(key, 5, "10.00"), actor="api:kassa", at=NOON)
    return "recorded"


def published(shop: Shop, n: int) -> str:
    shop.publish(f"bonus-{n}", BONUS)
    return "published"
