"""A sale at a till from lookup to cancel; figures are exact."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.errors import DomainError, InsufficientPoints, InvalidRequest, KeyConflict
from loyalty.models import Hold, Lot, Transfer
from loyalty.services.audit import audit
from members.errors import MemberUnknown
from members.models import Activity, GuestSale
from rewards.codes import code_of
from rewards.discounting import MinimumNotMet
from rewards.errors import NotCancellable, VoucherAlreadyUsed
from rewards.models import Redemption, TillReceipt, VoucherReservation, VoucherUse
from rewards.services.offline.tickets import ticket_of
from rewards.services.short_codes import issue_short_code
from rewards.services.till_cancel import ReceiptUnknown
from tests.members.shop import CARD, NOON, open_shop
from tests.rewards.tilling import FIVE_OFF, POINTS_PAY, Counter

LINES = [
    {"product": "latex", "category": "paint", "amount": "40.00"},
    {"product": "tape", "category": "tools", "amount": "20.00"},
]


@pytest.fixture
def counter(db: None) -> Counter:
    return Counter(open_shop())


def rows() -> list[int]:
    models = (TillReceipt, VoucherUse, Redemption, Transfer, Activity, GuestSale)
    return [model.objects.count() for model in models]


class TestLookup:
    def test_finds_by_whatever_is_scanned_and_says_what_it_was(self, counter):
        anna = counter.shop.anna.member_id

        said = [
            counter.lookup(scanned)
            for scanned in ("2990000000019", CARD, "anna@example.nl", str(anna))
        ]

        assert [found.scanned for found in said] == ["card", "card", "email", "member"]
        assert {found.customer.id for found in said} == {anna}
        assert said[0].customer.given_name == "Anna"

    def test_says_what_fits_now(self, counter):
        counter.earn(300)
        five = counter.reward("five", **FIVE_OFF)
        counter.reward("dear", points=10_000)
        counter.reward("pay", **POINTS_PAY)
        voucher = counter.voucher(five)

        found = counter.lookup(CARD)

        assert found.customer.points == 300
        assert [reward.key for reward in found.fits.rewards] == ["five"]
        assert [one.id for one in found.fits.vouchers] == [voucher.pk]
        assert [(one.points, one.worth) for one in found.fits.tenders] == [(300, Decimal("3.00"))]

    def test_asks_no_more_for_ten_vouchers_than_for_one(self, counter, django_assert_num_queries):
        counter.earn(3_000)
        five = counter.reward("five", **FIVE_OFF)
        counter.voucher(five)
        with CaptureQueriesContext(connection) as of_one:
            counter.lookup(CARD)
        for number in range(9):
            counter.voucher(five, f"k{number}")

        with django_assert_num_queries(len(of_one)):
            found = counter.lookup(CARD)

        assert len(found.fits.vouchers) == 10

    def test_leaves_out_what_is_in_another_basket(self, counter):
        counter.earn(300)
        five = counter.reward("five", **FIVE_OFF)
        kept, free = counter.voucher(five), counter.voucher(five, "other")
        VoucherReservation.objects.create(
            voucher=kept,
            actor="api:webshop",
            basket="b",
            is_hard=True,
            expires_at=NOON + timedelta(days=900),
            reserved_at=NOON,
        )

        found = counter.lookup(CARD)

        assert [one.id for one in found.fits.vouchers] == [free.pk]

    def test_finds_a_voucher_by_its_code_and_by_its_ticket(self, counter):
        counter.earn(300)
        voucher = counter.voucher(counter.reward("five", is_offline=True, **FIVE_OFF))

        by_code = counter.lookup(code_of(voucher.pk).lower())
        by_ticket = counter.lookup(ticket_of(voucher))

        assert (by_code.scanned, by_ticket.scanned) == ("voucher", "ticket")
        assert by_code.voucher.id == by_ticket.voucher.id == voucher.pk
        assert by_code.customer is None

    def test_refuses_what_is_nobodys(self, counter):
        with pytest.raises(MemberUnknown):
            counter.lookup("card:2990000000026")


class TestQuoteSale:
    def test_says_what_each_takes_off_and_keeps_nothing(self, counter):
        counter.earn(300)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("pay", **POINTS_PAY)
        before = rows()

        quote = counter.quote(
            amount=None, lines=LINES, vouchers=[str(voucher.pk)], tender={"points": 200}
        )

        assert [(use.kind, use.off, use.pays) for use in quote.uses] == [
            ("voucher", Decimal("5.00"), Decimal("0.00")),
            ("tender", Decimal("0.00"), Decimal("2.00")),
        ]
        assert (quote.goods, quote.amount) == (Decimal("60.00"), Decimal("55.00"))
        assert (quote.to_pay, quote.redeems) == (Decimal("53.00"), 200)
        assert rows() == before

    def test_tells_why_something_does_nothing(self, counter):
        counter.earn(100)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("pay", **POINTS_PAY)

        quote = counter.quote(
            amount="19.99", vouchers=[str(voucher.pk), "NONSENSE"], tender={"points": 300}
        )

        assert [use.refusal for use in quote.uses] == [
            "minimum_not_met", "voucher_unknown", "insufficient_points",
        ]  # fmt: skip
        assert quote.to_pay == Decimal("19.99")

    def test_tells_what_is_just_missed(self, counter):
        quote = counter.quote(amount="46.90")

        assert quote.earns == 46
        assert [miss.rule for miss in quote.near_misses] == ["fifty"]

    def test_sets_points_aside_for_two_minutes_and_a_new_quote_replaces_it(self, counter):
        counter.earn(300)
        counter.reward("pay", **POINTS_PAY)

        first = counter.quote(tender={"points": 200}, reserves=True)
        second = counter.quote(tender={"points": 300}, reserves=True, hold=first.hold)

        assert second.hold_until == NOON + timedelta(minutes=2)
        assert Hold.objects.get(pk=first.hold).end == "VOIDED"
        assert counter.quote(tender={"points": 100}).uses[0].refusal == "insufficient_points"

    def test_holds_two_vouchers_that_do_not_go_together_apart(self, counter):
        counter.earn(300)
        alone = counter.reward("five", stacking="ALONE", **FIVE_OFF)
        other = counter.reward("other", **FIVE_OFF)
        codes = [str(counter.voucher(one, one.key).pk) for one in (other, alone)]

        quote = counter.quote(amount="60.00", vouchers=codes)

        assert [use.refusal for use in quote.uses] == ["", "does_not_stack"]
        assert quote.to_pay == Decimal("55.00")


class TestCommitSale:
    def test_records_the_purchase_and_answers_the_same_for_ever(self, counter):
        answer = counter.commit()
        again = counter.commit(at=NOON + timedelta(days=400))

        assert (answer.earned, answer.balance, str(answer.to_pay)) == (30, 30, "30.00")
        assert again == answer
        assert Activity.objects.count() == TillReceipt.objects.count() == 1
        assert counter.balance == 30

    def test_refuses_another_body_under_the_same_receipt(self, counter):
        counter.commit()
        before = rows()

        with pytest.raises(KeyConflict):
            counter.commit(amount="31.00")

        assert rows() == before

    def test_does_all_at_once(self, counter):
        counter.earn(400)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("brush", kind="GIFT", points=100)
        counter.reward("pay", **POINTS_PAY)

        answer = counter.commit(
            amount=None,
            lines=LINES,
            vouchers=[code_of(voucher.pk)],
            rewards=["brush"],
            tender={"points": 200},
        )

        # 60 less 5 is 55, of which points pay 2: paint 36.67 twice, tools 18.33, and fifty on top.
        assert (answer.amount, answer.tendered, answer.to_pay) == (
            Decimal("55.00"), Decimal("2.00"), Decimal("53.00"),
        )  # fmt: skip
        assert answer.redeemed == 300
        voucher.refresh_from_db()
        assert voucher.state == "USED"
        assert set(Redemption.objects.values_list("state", flat=True)) == {"FULFILLED"}
        assert counter.balance == 450 - 50 - 300 + 138
        assert answer.balance == counter.balance
        assert Activity.objects.get(pk=answer.activity).tender == Decimal("2.00")

    def test_earns_after_a_discount_and_not_on_what_points_paid(self, counter):
        """K9: a reward in the basket counts before or after earning as configured, never both."""
        counter.earn(2050)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("pay", **POINTS_PAY)

        answer = counter.commit(amount="35.00", vouchers=[str(voucher.pk)], tender={"points": 1000})

        assert answer.earned == 20

    def test_pays_with_a_gift_card_until_it_is_empty(self, counter):
        counter.earn(100)
        card = counter.voucher(counter.reward("card", kind="CASH_CARD", terms={"value": "50.00"}))

        first = counter.commit("r-1", amount="30.00", vouchers=[str(card.pk)])
        second = counter.commit("r-2", amount="30.00", vouchers=[str(card.pk)])

        assert (first.cards, first.to_pay) == (Decimal("30.00"), Decimal("0.00"))
        assert (second.cards, second.to_pay) == (Decimal("20.00"), Decimal("10.00"))
        card.refresh_from_db()
        assert (card.state, card.value_left, card.uses) == ("USED", Decimal("0.00"), 2)

    def test_keeps_a_sale_of_nobody_for_whoever_has_the_receipt(self, counter):
        answer = counter.commit(member="")

        assert (answer.activity, answer.earned, answer.balance) == (None, 0, None)
        assert GuestSale.objects.get().external_id == "r-1"
        with pytest.raises(InvalidRequest):
            counter.commit("r-2", member="", tender={"points": 100})

    def test_takes_one_time_digits_once(self, counter):
        digits = issue_short_code(membership_id=counter.shop.anna.pk, purpose="IDENTIFY", at=NOON)

        assert counter.lookup(digits).scanned == "short_code"
        first = counter.commit(member=digits)

        assert first.earned == 30
        assert counter.commit(member=digits) == first
        with pytest.raises(DomainError):
            counter.commit("r-2", member=digits)

    def test_frees_what_the_quote_set_aside_and_takes_it(self, counter):
        counter.earn(300)
        counter.reward("pay", **POINTS_PAY)
        quote = counter.quote(tender={"points": 300}, reserves=True)

        answer = counter.commit(tender={"points": 300}, hold=quote.hold)

        assert answer.balance == 350 - 300 + 27
        assert Hold.objects.get().end == "VOIDED"

    @pytest.mark.parametrize("late", ["minimum", "points", "used"])
    def test_refuses_the_whole_of_it_when_a_part_cannot_be(self, counter, late):
        counter.earn(150)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("brush", kind="GIFT", points=60)
        counter.reward("pay", **POINTS_PAY)
        wanted = {"rewards": ["brush"], "vouchers": [str(voucher.pk)]}
        refusal = {
            "minimum": MinimumNotMet,
            "points": InsufficientPoints,
            "used": VoucherAlreadyUsed,
        }
        if late == "used":
            counter.commit("earlier", vouchers=[str(voucher.pk)])
        wanted |= {"minimum": {"amount": "19.00"}, "points": {"tender": {"points": 100}}}.get(
            late, {}
        )
        before, balance = rows(), counter.balance

        with pytest.raises(refusal[late]):
            counter.commit(**wanted)

        assert (rows(), counter.balance) == (before, balance)


class TestCancelSale:
    def test_undoes_all_of_it_once(self, counter):
        counter.earn(400)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.reward("brush", kind="GIFT", points=100)
        counter.reward("pay", **POINTS_PAY)
        lots = list(Lot.objects.order_by("pk").values_list("remaining", "expires_at"))
        counter.commit(vouchers=[str(voucher.pk)], rewards=["brush"], tender={"points": 200})

        undone = counter.cancel()
        again = counter.cancel(at=NOON + timedelta(days=1))

        assert (undone.taken_back, undone.given_back, undone.balance) == (23, 300, 400)
        assert again == undone
        assert counter.balance == 400
        voucher.refresh_from_db()
        assert (voucher.state, voucher.uses, voucher.used_at) == ("ISSUED", 0, None)
        assert sorted(Redemption.objects.values_list("state", flat=True)) == [
            "CANCELLED", "CAPTURED",
        ]  # fmt: skip
        kept = Lot.objects.filter(remaining__gt=0).order_by("pk")
        assert list(kept.values_list("remaining", "expires_at")) == lots
        assert TillReceipt.objects.get().state == "CANCELLED"
        assert not [each.name for each in audit(quick=True) if each.differences]

    def test_lets_a_voucher_that_was_given_back_be_used_again(self, counter):
        counter.earn(100)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.commit("r-1", vouchers=[str(voucher.pk)])
        counter.cancel("r-1")

        answer = counter.commit("r-2", vouchers=[str(voucher.pk)])

        assert answer.to_pay == Decimal("25.00")
        assert list(VoucherUse.objects.order_by("pk").values_list("rolled_back_at", flat=True)) == [
            NOON, None,
        ]  # fmt: skip

    def test_gives_a_gift_card_its_money_back(self, counter):
        counter.earn(100)
        card = counter.voucher(counter.reward("card", kind="CASH_CARD", terms={"value": "50.00"}))
        counter.commit("r-1", amount="50.00", vouchers=[str(card.pk)])

        counter.cancel("r-1")

        card.refresh_from_db()
        assert (card.state, card.value_left) == ("ISSUED", Decimal("50.00"))

    def test_refuses_what_cannot_be_undone_before_anything_changes(self, counter):
        counter.earn(100)
        voucher = counter.voucher(counter.reward("five", **FIVE_OFF))
        counter.commit("r-1", vouchers=[str(voucher.pk)])
        before, balance = rows(), counter.balance

        with pytest.raises(NotCancellable):
            counter.cancel("r-1", at=NOON + timedelta(hours=25))

        assert (rows(), counter.balance) == (before, balance)
        assert TillReceipt.objects.get().state == "COMMITTED"

    def test_undoes_a_sale_of_nobody(self, counter):
        counter.commit(member="")

        undone = counter.cancel()

        assert (undone.taken_back, undone.balance) == (0, None)
        assert GuestSale.objects.count() == 2

    def test_refuses_a_receipt_that_this_till_does_not_have(self, counter):
        counter.commit()

        with pytest.raises(ReceiptUnknown):
            Counter(counter.shop, "till-2").cancel()
