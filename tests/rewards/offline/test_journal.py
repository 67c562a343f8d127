"""K: a journal is uploaded any number of times, in any order, with one result."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.models import OutboxEvent
from loyalty.services.rulebook import current_rulebook
from members.models import Activity, GuestSale
from members.services.activities import record_activity
from members.services.guest_sales import keep_guest_sale
from members.types import ActivitySubmission
from rewards.models import (
    DoubleUse,
    JournalEntry,
    TillReceipt,
    Voucher,
    VoucherUse,
)
from tests.rewards.offline.conftest import CARD, OTHER_CARD
from tests.rewards.shop import NOON

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


def outcomes(answer) -> list[tuple[int, str, str]]:
    return [(one.number, one.outcome, one.refusal) for one in answer.entries]


def kept() -> dict[str, list[tuple[object, ...]]]:
    """Every row that an upload could touch."""
    tables = [Activity, DoubleUse, JournalEntry, OutboxEvent, TillReceipt, Voucher, VoucherUse]
    return {model.__name__: sorted(model.objects.values_list(), key=str) for model in tables}


def use_online(voucher: Voucher, at) -> VoucherUse:
    """As a till with a line leaves it."""
    Voucher.objects.filter(pk=voucher.pk).update(state="USED", uses=1, used_at=at, used_by="api:x")
    return VoucherUse.objects.create(
        voucher=voucher, actor="api:x", request_key=f"x-{voucher.pk}", used_at=at, location="Ede"
    )


class TestSales:
    def test_are_recorded_once_with_their_receipt(self, emulator_factory, anna):
        till = emulator_factory()
        till.sell("r-1", "30.95", NOON + HOUR, member=f"card:{CARD}")
        till.sell("r-2", "5.00", NOON + HOUR)

        answer = till.upload(NOON + 2 * HOUR)
        before = kept()
        again = till.upload(NOON + 3 * HOUR)

        assert outcomes(answer) == [(1, "BOOKED", ""), (2, "BOOKED", "")]
        assert again.entries == answer.entries
        assert {**kept(), "JournalEntry": before["JournalEntry"]} == before
        sale = Activity.objects.get(external_id="r-1")
        assert (sale.source, sale.amount, sale.occurred_at) == (
            "till:till-1",
            Decimal("30.95"),
            NOON + HOUR,
        )
        receipt = TillReceipt.objects.get(number="r-1")
        assert (receipt.membership, receipt.activity, receipt.amount) == (
            anna,
            sale.pk,
            sale.amount,
        )
        assert (receipt.is_offline, receipt.committed_at) == (True, NOON + HOUR)
        assert (receipt.recorded_at, receipt.earned) == (NOON + 2 * HOUR, sale.points)
        guest = TillReceipt.objects.get(number="r-2")
        assert (guest.activity, guest.guest_sale) == (None, GuestSale.objects.get().pk)
        told = OutboxEvent.objects.filter(name="rewards.sale_committed.v1")
        assert sorted(one.payload["amount"] for one in told) == ["30.95", "5.00"]

    def test_count_once_when_another_door_told_them_first(
        self, emulator_factory, shop, anna, programme
    ):
        till = emulator_factory()
        till.till.client_id = shop.client_id
        till.till.save()
        record_activity(
            book=current_rulebook(programme_id=programme.pk),
            submission=ActivitySubmission(
                type="purchase",
                member=f"card:{CARD}",
                external_id="r-1",
                occurred_at=NOON + HOUR + MINUTE,
                amount="30.95",
            ),
            actor="api:webshop",
            at=NOON + 2 * HOUR,
        )
        till.sell("r-1", "30.95", NOON + HOUR, member=CARD)

        answer = till.upload(NOON + 3 * HOUR)

        assert outcomes(answer) == [(1, "BOOKED", "")]
        assert Activity.objects.count() == 1
        assert TillReceipt.objects.get().activity == Activity.objects.get().pk

    def test_of_nobody_count_once_when_another_door_told_them_first(
        self, emulator_factory, programme
    ):
        till = emulator_factory()
        keep_guest_sale(
            book=current_rulebook(programme_id=programme.pk),
            submission=ActivitySubmission(
                type="purchase",
                member="",
                external_id="r-1",
                source="till:till-1",
                occurred_at=NOON + MINUTE,
                amount="30.95",
            ),
            actor="api:till",
            at=NOON + HOUR,
        )
        till.sell("r-1", "30.95", NOON)

        assert outcomes(till.upload(NOON + HOUR)) == [(1, "BOOKED", "")]
        assert TillReceipt.objects.get().guest_sale == GuestSale.objects.get().pk

    def test_count_once_when_the_answer_to_the_commit_got_lost(self, emulator_factory):
        till = emulator_factory()
        till.sell("r-1", "30.95", NOON)
        till.upload(NOON + HOUR)
        TillReceipt.objects.update(is_offline=False)

        till.sell("r-1", "30.95", NOON)
        till.sell("r-1", "31.95", NOON)

        assert outcomes(till.upload(NOON + HOUR))[1:] == [
            (2, "BOOKED", ""),
            (3, "REFUSED", "key_conflict"),
        ]
        assert TillReceipt.objects.count() == 1

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ({"member": f"card:{OTHER_CARD}", "amount": "1.00"}, "member_unknown"),
            ({"member": "nobody", "amount": "1.00"}, "invalid"),
            ({"amount": "1.005"}, "invalid"),
            ({"amount": "-1.00"}, "invalid"),
            ({"amount": "much"}, "invalid"),
            ({"amount": "1.00", "receipt": ""}, "invalid"),
        ],
    )
    def test_that_cannot_be_are_refused_and_kept(self, emulator_factory, anna, said, refusal):
        till = emulator_factory()
        till.note("SALE", NOON, **{"receipt": "r-1", **said})
        till.sell("r-2", "1.00", NOON)

        answer = till.upload(NOON + HOUR)

        assert outcomes(answer) == [(1, "REFUSED", refusal), (2, "BOOKED", "")]
        assert [one.number for one in TillReceipt.objects.all()] == ["r-2"]
        assert "nobody" not in str(JournalEntry.objects.values_list())

    def test_are_never_booked_later_than_now_nor_before_their_pack(self, emulator_factory, anna):
        fast, slow = emulator_factory("fast", skew=DAY), emulator_factory("slow", skew=-DAY)
        fast.sell("r-1", "1.00", NOON + HOUR, member=CARD)
        slow.sell("r-1", "1.00", NOON + HOUR, member=CARD)

        answers = [till.upload(NOON + 2 * HOUR) for till in (fast, slow)]

        booked = dict(TillReceipt.objects.values_list("till__key", "committed_at"))
        assert booked == {"fast": NOON + 2 * HOUR, "slow": NOON}
        assert [(one.is_clock_off, one.clock_off_by) for one in answers] == [
            (True, 86400),
            (True, -86400),
        ]
        assert [one.entries[0].marks for one in answers] == [["after_pack"], ["before_pack"]]

    def test_a_clock_that_is_off_by_five_minutes_is_right(self, emulator_factory):
        till = emulator_factory(skew=5 * MINUTE)
        till.sell("r-1", "1.00", NOON)

        assert till.upload(NOON + HOUR).is_clock_off is False
        till.skew += timedelta(seconds=1)
        assert till.upload(NOON + HOUR).is_clock_off is True
