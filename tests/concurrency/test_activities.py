"""Eight tills with the same receipts: each counts once, whoever is first, alone or in batches."""

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
import pytest

from loyalty.errors import DomainError
from loyalty.models import Account, Budget, LimitUse
from loyalty.services.configuration import bump_configuration
from members.models import Activity, ActivityRevision
from members.services.activities import record_activities, record_activity
from members.services.enrolment import Enrolment, enrol_members
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


PARALLEL = 50
EACH = 3  # processes have so many purchases each, all from the same moment


def rule(*conditions: dict[str, Any], points: int, **more: Any) -> dict[str, Any]:
    """A bonus on every purchase that meets the conditions."""
    return {
        "schema": 2,
        "trigger": "purchase",
        "conditions": list(conditions),
        "effects": [{"kind": "fixed", "points": points}],
        **more,
    }


def run(purchases: list[Any]) -> Counter[str]:
    """All of them by so many processes as there are purchases divided by EACH."""
    answers = race([purchases[start : start + EACH] for start in range(0, len(purchases), EACH)])
    return Counter(word for each in answers for word in each)


def given(key: str) -> int:
    """What a rule gave in all, as the activities are worth by now."""
    revised = {each.activity_id: each.award for each in ActivityRevision.objects.order_by("number")}
    worth = {each.pk: revised.get(each.pk, each.award) for each in Activity.objects.all()}
    reasons = [reason for award in worth.values() for reason in award.get("reasons", [])]
    return sum(reason.get("points", 0) for reason in reasons if reason["rule"] == key)


class TestFiftyPurchases:
    def test_of_one_member_get_exactly_the_months_cap(self, record_testsuite_property):
        shop = open_shop()
        limit = {"of": "points", "most": 425, "scope": "member", "period": "month"}
        shop.publish("capped", rule(points=10, limits=[limit]))

        answers = run([partial(record, shop, number) for number in range(PARALLEL)])

        assert answers == {"DONE": PARALLEL}
        assert given("capped") == 425
        assert balance(shop) == 425 + PARALLEL * 10
        assert differences() == {}
        record_testsuite_property("races", PARALLEL)

    def test_of_fifty_members_get_exactly_the_budget(self, record_testsuite_property):
        shop = open_shop()
        Budget.objects.create(
            programme=shop.programme, key="autumn", name_nl="n", name_en="n", points=333
        )
        bump_configuration()
        limit = {"scope": "budget", "budget": "autumn"}
        shop.publish("autumn", rule(points=10, limits=[limit]))
        enrol_members(
            programme_id=shop.programme.pk,
            enrolments=[Enrolment(identifiers=[f"ext:race:{n}"]) for n in range(PARALLEL)],
            touchpoint="import",
            actor="test",
            at=NOON,
        )

        answers = run([partial(record_for, shop, n) for n in range(PARALLEL)])

        assert answers == {"DONE": PARALLEL}
        assert given("autumn") == 333
        assert LimitUse.objects.get().used == 333
        assert differences() == {}
        record_testsuite_property("races", PARALLEL)

    def test_bring_the_bonus_for_the_first_purchase_once(self, record_testsuite_property):
        """K7 and K8: two tabs, or an order in many parcels; one first purchase there is."""
        shop = open_shop()
        first = {"field": "count", "of": "purchase", "operator": "equals", "value": 1}
        shop.publish("first", rule(first, points=500))

        answers = run([partial(record, shop, number) for number in range(24)])

        assert answers == {"DONE": 24}
        assert given("first") == 500
        assert balance(shop) == 500 + 240
        assert differences() == {}
        record_testsuite_property("races", 24)


def record_for(shop: Shop, number: int) -> str:
    submission = msgspec.structs.replace(receipt(number), member=f"ext:race:{number}")
    record_activity(book=shop.book, submission=submission, actor="api:till", at=NOON)
    return "DONE"
