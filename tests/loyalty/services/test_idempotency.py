from datetime import timedelta

import pytest

from loyalty.errors import InsufficientPoints, InvalidRequest, KeyConflict, KeyMissing
from loyalty.models import KeptAnswer
from loyalty.services.idempotency import Answer, answer_once, fingerprint_of, forget_answers
from tests.loyalty.ledger.books import NOON

pytestmark = pytest.mark.django_db


class Counter:
    """A deed that says how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> Answer:
        self.done += 1
        return Answer(201, {"number": self.done})


def ask(deed, *, caller="webshop", key="k-1", said="a", at=NOON):
    return answer_once(caller=caller, key=key, fingerprint=fingerprint_of(said), at=at, deed=deed)


class TestAnswerOnce:
    def test_gives_the_first_answer_again_and_does_nothing_more(self):
        deed = Counter()

        first, again = ask(deed), ask(deed, at=NOON + timedelta(days=6))

        assert first == again == Answer(201, {"number": 1})
        assert deed.done == 1

    def test_keeps_callers_apart(self):
        deed = Counter()

        assert [ask(deed, caller=caller).body["number"] for caller in ("till", "webshop")] == [1, 2]

    def test_refuses_another_request_under_the_key(self):
        deed = Counter()
        ask(deed)

        with pytest.raises(KeyConflict):
            ask(deed, said="b")

        assert deed.done == 1

    def test_keeps_no_refusal_for_it_had_no_effect(self):
        def refuse() -> Answer:
            raise InsufficientPoints

        with pytest.raises(InsufficientPoints):
            ask(refuse)

        assert not KeptAnswer.objects.exists()
        assert ask(Counter()) == Answer(201, {"number": 1})

    @pytest.mark.parametrize(
        ("key", "refusal"),
        [("", KeyMissing), ("x" * 256, InvalidRequest), ("a\nb", InvalidRequest)],
    )
    def test_refuses_a_key_that_is_none_and_does_nothing(self, key, refusal):
        deed = Counter()

        with pytest.raises(refusal):
            ask(deed, key=key)

        assert deed.done == 0

    def test_takes_the_longest_key(self):
        assert ask(Counter(), key="x" * 255).status == 201


class TestForgetAnswers:
    def test_forgets_after_a_week_and_not_before(self):
        ask(Counter(), key="old")
        ask(Counter(), key="new", at=NOON + timedelta(seconds=1))

        assert forget_answers(at=NOON + timedelta(days=7)) == 0
        assert forget_answers(at=NOON + timedelta(days=7, seconds=1)) == 1
        assert KeptAnswer.objects.get().key == "new"
