"""A till's day: every receipt, totals that tie out to the books, and a file that says so."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from loyalty.services.audit import audit
from rewards.models import TillReceipt
from rewards.services.reconciliation import HEADS, TillDay, as_csv, till_day
from tests.members.shop import NOON, open_shop
from tests.rewards.tilling import FIVE_OFF, POINTS_PAY, Counter

DAY = date(2026, 11, 22)


@pytest.fixture
def counter(db: None) -> Counter:
    """With a plain sale, one with all there is, one undone, and one the day after."""
    counter = Counter(open_shop())
    counter.earn(400)
    voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
    counter.reward("pay", **POINTS_PAY)
    counter.commit("1", member="", amount="12.50")
    counter.commit("2", amount="40.00", vouchers=[str(voucher.pk)], tender={"points": 200})
    counter.commit("3", amount="10.00", tender={"points": 100})
    counter.cancel("3")
    counter.commit("4", at=NOON + timedelta(hours=11, minutes=30))  # half past midnight there
    return counter


def day_of(counter: Counter) -> TillDay:
    return till_day(till=counter.till, day=DAY, at=NOON)


class TestTillDay:
    def test_has_every_receipt_of_that_day_and_sums_what_stands(self, counter):
        day = day_of(counter)

        assert [(one.receipt, one.state, one.to_pay) for one in day.receipts] == [
            ("1", "COMMITTED", Decimal("12.50")),
            ("2", "COMMITTED", Decimal("33.00")),
            ("3", "CANCELLED", Decimal("9.00")),
        ]
        assert (day.totals.amount, day.totals.to_pay) == (Decimal("47.50"), Decimal("45.50"))
        assert (day.totals.earned, day.totals.redeemed) == (33, 200)
        assert (day.totals.vouchers, day.totals.voucher_value) == (1, Decimal("5.00"))
        assert (day.cancelled.earned, day.cancelled.redeemed) == (9, 100)

    def test_ties_out_to_transfers_and_uses(self, counter):
        day = day_of(counter)

        assert [(tie.name, tie.receipts, tie.books) for tie in day.ties] == [
            ("points earned", 42, 42),
            ("points spent", 300, 300),
            ("vouchers used", 1, 1),
            ("vouchers rolled back", 0, 0),
        ]
        assert day.is_tied

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"earned": 34}, "earned: 33 in the ledger"),
            ({"redeemed": 0}, "redeemed: 200 in the ledger"),
            ({"uses": []}, "vouchers: 0 uses in the log"),
        ],
    )
    def test_says_what_does_not_tie_out_and_so_does_the_audit(self, counter, changed, said):
        TillReceipt.objects.filter(number="2").update(**changed)

        day = day_of(counter)

        found = {one.receipt: one.differences for one in day.receipts if one.differences}
        if "uses" in changed:  # the log itself has it still: the sum of the day shows it
            assert (found, day.is_tied) == ({}, False)
            return
        assert found == {"2": (said,)}
        assert not day.is_tied
        broken = {each.name for each in audit(quick=True) if each.differences}
        assert broken == {"till receipts"}


class TestTheFile:
    def test_has_a_line_for_each_and_the_verdict(self, counter):
        lines = list(csv.reader(io.StringIO(as_csv(day_of(counter)))))

        assert {len(line) for line in lines} == {len(HEADS)}
        assert [line[0] for line in lines] == [
            "kind", "receipt", "receipt", "receipt", "total", "cancelled",
            "check", "check", "check", "check", "verdict",
        ]  # fmt: skip
        assert lines[4][5:16] == [
            "52.50", "5.00", "47.50", "0.00", "2.00", "0.00", "45.50", "33", "200", "1", "5.00",
        ]  # fmt: skip
        assert lines[-1][-1] == "ties out to the books"
