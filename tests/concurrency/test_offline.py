"""Journals of tills uploaded at the same moment, by processes of their own."""

import pytest

from members.models import Activity
from rewards.models import DoubleUse, JournalEntry, TillReceipt, VoucherUse
from rewards.services.offline.tickets import number_vouchers, ticket_of
from tests.concurrency.racing import race
from tests.rewards.offline.conftest import (
    CARD,
    anna,
    emulator_factory,
    fiver,
    offline_reward_factory,
    programme,
    reward_factory,
    till_factory,
    voucher_factory,
)
from tests.rewards.shop import NOON

__all__ = [
    "anna",
    "emulator_factory",
    "fiver",
    "offline_reward_factory",
    "programme",
    "reward_factory",
    "till_factory",
    "voucher_factory",
]

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 8
ROUNDS = range(3)


def outcomes(answers: list[list[object]]) -> list[str]:
    return [
        str(answer) if isinstance(answer, str) else answer.entries[0].outcome
        for [answer] in answers
    ]


class TestEightAtOnce:
    def test_upload_the_same_journal_and_it_counts_once(self, emulator_factory, voucher_factory):
        for number in ROUNDS:
            till = emulator_factory(f"till-{number}")
            till.take(ticket_of(voucher_factory()), NOON, receipt="r-1")
            till.sell("r-1", "10.00", NOON, member=CARD)

            answers = race([[lambda till=till: till.upload(NOON)] for _one in range(RUNNERS)])

            assert outcomes(answers) == ["BOOKED"] * RUNNERS
            assert JournalEntry.objects.filter(till=till.till).count() == 2
            assert VoucherUse.objects.count() == number + 1
            assert Activity.objects.count() == number + 1
            assert TillReceipt.objects.filter(till=till.till).count() == 1
        assert DoubleUse.objects.count() == 0

    def test_upload_one_voucher_and_the_first_till_has_it(self, emulator_factory, voucher_factory):
        tills = [emulator_factory(f"till-{number}") for number in range(RUNNERS)]
        for number in ROUNDS:
            voucher = voucher_factory()
            entries = [till.note("USE", NOON, code=ticket_of(voucher)) for till in tills]

            race(
                [
                    [lambda till=till, entry=entry: till.upload(NOON, entry)]
                    for till, entry in zip(tills, entries, strict=True)
                ]
            )

            mine = JournalEntry.objects.filter(voucher=voucher)
            assert mine.get(outcome="BOOKED").till.key == "till-0"
            assert mine.filter(outcome="LOST").count() == RUNNERS - 1
            assert DoubleUse.objects.count() == (RUNNERS - 1) * (number + 1)
            assert VoucherUse.objects.filter(voucher=voucher, rolled_back_at=None).count() == 1

    def test_show_a_voucher_that_was_never_shown_and_it_has_one_serial(
        self, till_factory, voucher_factory
    ):
        till_factory()
        for _round in ROUNDS:
            voucher = voucher_factory()

            answers = race(
                [[lambda one=voucher: number_vouchers([one])] for _one in range(RUNNERS)]
            )

            assert len({str(answer) for [answer] in answers}) == 1
