"""Eight tills with the same receipts: each counts once, whoever is first, alone or in batches."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest

from loyalty.errors import DomainError
from loyalty.models import Account
from members.models import Activity
from members.services.activities import record_activities, record_activity
from members.types import ActivitySubmission
from tests.concurrency.racing import race
from tests.loyalty.ledger.damage import differences
from tests.members.shop import CARD, NOON, Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 8
RECEIPTS = 12


def receipt(number: int, *, amount: int = 10) -> ActivitySubmission:
    return ActivitySubmission(
        type="purchase",
        member=CARD,
        source="till",
        external_id=f"receipt-{number}",
        occurred_at=NOON,
        amount=Decimal(amount),
    )


def record(shop: Shop, number: int, amount: int = 10) -> str:
    submission = receipt(number, amount=amount)
    recorded = record_activity(book=shop.book, submission=submission, actor="api:till", at=NOON)
    return "AGAIN" if recorded.is_replay else "DONE"


def record_batch(shop: Shop, numbers: list[int]) -> Counter[str]:
    answers = record_activities(
        book=shop.book,
        submissions=[receipt(number) for number in numbers],
        actor="api:till",
        at=NOON,
    )
    return Counter(
        type(answer).__name__
        if isinstance(answer, DomainError)
        else ("AGAIN" if answer.is_replay else "DONE")
        for answer in answers
    )


def balance(shop: Shop) -> int:
    return Account.objects.get(holder=shop.anna.holder).balance


class TestEightTills:
    def test_bring_one_receipt_each_and_it_counts_once(self, record_testsuite_property):
        shop = open_shop()

        answers = race(
            [
                [partial(record, shop, number) for number in range(RECEIPTS)]
                for _till in range(TILLS)
            ]
        )

        assert Counter(word for each in answers for word in each) == {"DONE": 12, "AGAIN": 84}
        assert (balance(shop), Activity.objects.count()) == (120, 12)
        assert differences() == {}
        record_testsuite_property("races", TILLS * RECEIPTS)

    def test_bring_one_receipt_with_eight_amounts_and_the_first_counts(self):
        shop = open_shop()

        answers = race([[partial(record, shop, 1, till + 1)] for till in range(TILLS)])

        [won] = [till for till, [answer] in enumerate(answers) if answer == "DONE"]
        assert Counter(answer for [answer] in answers) == {"DONE": 1, "KeyConflict": 7}
        assert balance(shop) == won + 1
        assert differences() == {}

    def test_bring_the_same_batch_forwards_and_backwards(self, record_testsuite_property):
        shop = open_shop()
        numbers = list(range(40))

        answers = race(
            [
                [partial(record_batch, shop, numbers[:: 1 if till % 2 else -1])]
                for till in range(TILLS)
            ]
        )

        assert sum((answer for [answer] in answers), Counter()) == {"DONE": 40, "AGAIN": 280}
        assert (balance(shop), Activity.objects.count()) == (400, 40)
        assert differences() == {}
        record_testsuite_property("races", TILLS * 40)
