"""One receipt and eight members at once; one member and more guesses than are allowed."""

from decimal import Decimal
from functools import partial

import pytest

from loyalty.models import Account
from members.models import Activity, ClaimAttempt, GuestSale, Membership
from members.services.claims import claim_by_receipt
from members.services.enrolment import enrol_member
from members.services.guest_sales import keep_guest_sale
from tests.concurrency.racing import race
from tests.members.deeds import bought, day, returned
from tests.members.shop import NOON, Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 8
ROUNDS = range(3)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def members(shop: Shop) -> list[Membership]:
    return [
        enrol_member(
            programme_id=shop.programme.pk,
            identifiers=[f"email:m{number}@example.nl"],
            touchpoint="api",
            actor="test",
            at=NOON,
        )
        for number in range(RUNNERS)
    ]


def keep(shop: Shop, key: str) -> GuestSale:
    submission = bought(key, 20, "30.00", member="")
    return keep_guest_sale(book=shop.book, submission=submission, actor="api:kassa", at=NOON)[0]


def claimed(membership: Membership, receipt: str) -> str:
    claim_by_receipt(
        membership=membership,
        receipt=receipt,
        amount=Decimal("30.00"),
        occurred_at=day(20),
        address=f"192.0.2.{membership.pk % 250}",
        at=NOON,
    )
    return "claimed"


def brought_back(shop: Shop, receipt: str) -> str:
    submission = returned(f"r-{receipt}", receipt, 21, member="")
    keep_guest_sale(book=shop.book, submission=submission, actor="api:kassa", at=NOON)
    return "kept"


class TestOneReceipt:
    def test_is_one_members_however_many_claim_it_at_once(self, shop):
        everybody = members(shop)
        for number in ROUNDS:
            keep(shop, f"a-{number}")
            answers = race([[partial(claimed, m, f"a-{number}")] for m in everybody])
            assert sorted(answers) == [["ReceiptClaimed"]] * (RUNNERS - 1) + [["claimed"]]
        held = Account.objects.filter(holder__in=[m.holder for m in everybody], kind="MEMBER")
        assert sum(held.values_list("balance", flat=True)) == 30 * len(ROUNDS)
        assert Activity.objects.count() == len(ROUNDS)

    def test_that_comes_back_while_it_is_claimed_leaves_nothing(self, shop):
        for number in range(6):
            keep(shop, f"a-{number}")
            answers = race(
                [
                    [partial(claimed, shop.anna, f"a-{number}")],
                    [partial(brought_back, shop, f"a-{number}")],
                ]
            )
            assert answers == [["claimed"], ["kept"]]
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 0
        assert Activity.objects.count() == 12


class TestGuesses:
    def test_are_five_a_day_however_many_are_made_at_once(self, shop):
        keep(shop, "a-1")
        guesses = [
            [partial(claimed, shop.anna, f"b-{runner}-{n}") for n in range(3)]
            for runner in range(RUNNERS)
        ]
        answers = [answer for told in race(guesses) for answer in told]
        assert sorted(answers) == ["ClaimNotFound"] * 5 + ["TooManyClaims"] * 19
        assert ClaimAttempt.objects.count() == 5
