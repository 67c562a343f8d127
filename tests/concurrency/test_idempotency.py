from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from loyalty.models import KeptAnswer
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of
from tests.concurrency.racing import race
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 8
KEYS = 15


def spend_once(books: Books, number: int) -> int:
    """A spending that has no key of its own: only the Idempotency-Key makes it happen once."""

    def deed() -> Answer:
        return Answer(201, {"after": books.spend(1, str(uuid4())).after})

    answer = answer_once(
        caller="webshop",
        key=f"key-{number}",
        fingerprint=fingerprint_of(number),
        at=NOON,
        deed=deed,
    )
    return answer.status


class TestEightCallers:
    def test_with_one_key_do_the_deed_once(self, record_testsuite_property):
        books = Books()
        books.earn(100, "r-1")

        answers = race(
            [[partial(spend_once, books, n) for n in range(KEYS)] for _caller in range(CALLERS)]
        )

        said = Counter(word for each in answers for word in each)
        assert set(said) <= {201, "StillRunning"}
        assert said[201] >= KEYS
        assert KeptAnswer.objects.count() == KEYS
        assert books.earn(1, "r-2").before == 100 - KEYS
        assert differences() == {}
        record_testsuite_property("races", CALLERS * KEYS)
