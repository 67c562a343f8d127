"""One receipt at a till, by twenty processes at once; booked and undone at once; and cut off."""

import os
import signal
from functools import partial

import pytest
from django.db import connection, transaction

from loyalty.services.audit import audit
from members.models import Activity
from rewards.models import Redemption, TillReceipt, VoucherUse
from tests.concurrency.racing import race
from tests.members.shop import open_shop
from tests.rewards.tilling import FIVE_OFF, POINTS_PAY, Counter

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 20


@pytest.fixture
def counter(transactional_db: None) -> Counter:
    counter = Counter(open_shop())
    counter.earn(600)
    counter.reward("pay", **POINTS_PAY)
    return counter


def booked(counter: Counter, receipt: str, voucher: str) -> str:
    answer = counter.commit(receipt, vouchers=[voucher], tender={"points": 100})
    return f"{answer.id} {answer.balance} {answer.to_pay}"


def undone(counter: Counter, receipt: str) -> str:
    return f"undone {counter.cancel(receipt).balance}"


class TestTwentyAtOnce:
    def test_book_one_receipt_once_and_all_hear_the_same(self, counter):
        voucher = str(counter.voucher(counter.reward("five", **FIVE_OFF)).pk)

        answers = race([[partial(booked, counter, "r-1", voucher)] for _ in range(RUNNERS)])

        receipt = TillReceipt.objects.get()
        # 650 less 50 for the voucher, less 100, and 24 for what was paid with money
        assert {one for [one] in answers} == {f"{receipt.pk} 524 24.00"}
        assert VoucherUse.objects.count() == 1
        assert Activity.objects.filter(external_id="r-1").count() == 1
        assert counter.balance == 524

    def test_use_one_voucher_with_twenty_receipts_once(self, counter):
        voucher = str(counter.voucher(counter.reward("five", **FIVE_OFF)).pk)

        answers = race([[partial(booked, counter, f"r-{n}", voucher)] for n in range(RUNNERS)])

        refused = [one for [one] in answers if one == "VoucherAlreadyUsed"]
        assert len(refused) == RUNNERS - 1
        assert TillReceipt.objects.count() == VoucherUse.objects.count() == 1
        assert counter.balance == 524

    def test_book_and_undo_at_once_end_in_one_or_the_other(self, counter):
        five = counter.reward("five", **FIVE_OFF)
        voucher = str(counter.voucher(five).pk)
        counter.commit("r-1", vouchers=[voucher], tender={"points": 100})
        runners = [[partial(undone, counter, "r-1")] for _ in range(5)]
        runners += [[partial(booked, counter, "r-1", voucher)] for _ in range(5)]

        answers = [one for [one] in race(runners)]

        assert set(answers[:5]) == {"undone 600"}
        assert len(set(answers[5:])) == 1
        assert TillReceipt.objects.get().state == "CANCELLED"
        assert counter.balance == 600
        assert not [each.name for each in audit(quick=True) if each.differences]


class TestCutOff:
    def test_leaves_nothing_of_a_sale_that_was_not_finished(self, counter):
        voucher = str(counter.voucher(counter.reward("five", **FIVE_OFF)).pk)
        connection.close()
        child = os.fork()
        if child == 0:
            with transaction.atomic():
                booked(counter, "r-1", voucher)
                os.kill(os.getpid(), signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)

        assert os.WTERMSIG(status) == signal.SIGKILL
        assert TillReceipt.objects.count() == VoucherUse.objects.count() == 0
        assert set(Redemption.objects.values_list("state", flat=True)) == {"CAPTURED"}
        assert counter.balance == 600

        assert booked(counter, "r-1", voucher).endswith("524 24.00")
