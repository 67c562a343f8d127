from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.errors import InvalidRequest, KeyConflict
from loyalty.models import OutboxEvent
from members.errors import ClaimNotFound, ClaimTooLate, ReceiptClaimed, TooManyClaims
from members.models import Activity, ClaimAttempt, GuestSale, Note
from members.services.claims import claim_by_receipt, claim_sale, give_sale
from members.services.enrolment import enrol_member
from members.services.guest_sales import claim_token, keep_guest_sale, sale_of_token
from tests.api.conftest import everything
from tests.members.deeds import balance, bought, day, paid, part, record, returned
from tests.members.shop import NOON, Shop, open_shop

pytestmark = pytest.mark.django_db
ADDRESS = "192.0.2.7"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def sold(shop, key="a-1", *amounts, on=20, receipt="", **changes):
    submission = bought(key, on, *(amounts or ("30.00",)), member="", **changes)
    sale, _was_known = keep_guest_sale(
        book=shop.book, submission=submission, receipt=receipt, actor="api:kassa", at=NOON
    )
    return sale


def brought_back(shop, key, original, on, *lines):
    submission = returned(key, original, on, *lines, member="")
    return keep_guest_sale(book=shop.book, submission=submission, actor="api:kassa", at=NOON)[0]


def claim(shop, receipt="A-1", amount="30.00", moment=None, membership=None, **changes):
    said = {
        "membership": membership or shop.anna,
        "receipt": receipt,
        "amount": Decimal(amount),
        "occurred_at": moment or day(20),
        "address": ADDRESS,
        "at": NOON,
    }
    return claim_by_receipt(**said | changes)


def bo(shop):
    return enrol_member(
        programme_id=shop.programme.pk,
        identifiers=["email:bo@example.nl"],
        touchpoint="api",
        actor="test",
        at=NOON,
    )


class TestKeepGuestSale:
    def test_keeps_the_sale_apart_and_gives_nobody_points(self, shop):
        sale = sold(shop)

        assert sale.claimable_until == day(20) + timedelta(days=30)
        assert (sale.claimed_by, balance(shop), Activity.objects.count()) == (None, 0, 0)

    def test_the_same_again_is_the_same_sale(self, shop):
        first = sold(shop)
        again, was_known = keep_guest_sale(
            book=shop.book, submission=bought("a-1", 20, "30.00", member=""), actor="api:kassa",
            at=NOON,
        )  # fmt: skip

        assert (again.pk, was_known, GuestSale.objects.count()) == (first.pk, True, 1)

    def test_refuses_another_sale_under_the_key(self, shop):
        sold(shop)
        with pytest.raises(KeyConflict):
            sold(shop, "a-1", "31.00")
        assert GuestSale.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"type": "review"}, "type"),
            ({"points_paid": paid(10, "1.00")}, "points_paid"),
            ({"external_id": "--"}, "receipt"),
            ({"amount": "29.00"}, "amount"),
        ],
    )
    def test_refuses_what_is_no_guests_purchase_and_keeps_nothing(self, shop, changes, field):
        key = changes.pop("external_id", "a-1")
        with pytest.raises(InvalidRequest) as refusal:
            sold(shop, key, **changes)
        assert (refusal.value.field, GuestSale.objects.count()) == (field, 0)


class TestClaimByReceipt:
    @pytest.mark.parametrize("typed", ["4711", " 47 11", "47-11"])
    def test_gives_the_points_of_the_day_of_the_sale(self, shop, typed):
        sale = sold(shop, "till3-000991", receipt="4711")

        recorded = claim(shop, typed)

        activity = Activity.objects.get()
        sale.refresh_from_db()
        assert (recorded.award.points, balance(shop)) == (30, 30)
        assert (activity.external_id, activity.occurred_at) == ("till3-000991", day(20))
        assert (sale.claimed_by, sale.claimed_at, sale.activity) == (shop.anna, NOON, activity.pk)
        assert OutboxEvent.objects.filter(name="members.sale_claimed.v1").count() == 1

    def test_takes_a_moment_within_fifteen_minutes(self, shop):
        sold(shop)
        with pytest.raises(ClaimNotFound):
            claim(shop, moment=day(20) + timedelta(minutes=15, seconds=1))
        assert claim(shop, moment=day(20) + timedelta(minutes=15)).award.points == 30

    @pytest.mark.parametrize(
        "wrong", [{"receipt": "A-2"}, {"amount": "30.01"}, {"moment": day(19)}]
    )
    def test_refuses_what_does_not_fit_and_counts_the_try(self, shop, wrong):
        sold(shop)
        with pytest.raises(ClaimNotFound):
            claim(shop, **wrong)
        assert (balance(shop), Activity.objects.count()) == (0, 0)
        assert ClaimAttempt.objects.get().is_success is False

    def test_refuses_a_second_member_and_says_so_to_nobody_who_lacks_the_receipt(self, shop):
        sold(shop)
        claim(shop)
        other, before = bo(shop), everything()

        with pytest.raises(ReceiptClaimed):
            claim(shop, membership=other)
        with pytest.raises(ClaimNotFound):
            claim(shop, amount="29.99", membership=other)
        assert everything() == before

    def test_gives_the_same_answer_to_the_same_member_again(self, shop):
        sold(shop)
        first, again = claim(shop), claim(shop)
        assert (first.id, again.is_replay, balance(shop)) == (again.id, True, 30)

    def test_refuses_a_sale_that_a_till_booked_for_somebody(self, shop):
        sold(shop)
        record(shop, bought("a-1", 20, "30.00"))
        with pytest.raises(ReceiptClaimed):
            claim(shop, membership=bo(shop))
        assert (Activity.objects.count(), balance(shop)) == (1, 30)

    def test_refuses_once_the_window_is_over(self, shop):
        sold(shop)
        with pytest.raises(ClaimTooLate):
            claim(shop, at=day(20) + timedelta(days=30))
        assert claim(shop, at=day(20) + timedelta(days=30, seconds=-1)).award.points == 30

    def test_of_two_tills_with_the_same_number_gives_the_one_that_is_free(self, shop):
        sold(shop, "t1-7", receipt="7")
        sold(shop, "t2-7", receipt="7")
        claim(shop, "7")
        claim(shop, "7", membership=bo(shop))
        assert sorted(Activity.objects.values_list("external_id", flat=True)) == ["t1-7", "t2-7"]

    def test_stops_guessing_after_five_and_lets_a_day_pass(self, shop):
        sold(shop)
        for guess in range(5):
            with pytest.raises(ClaimNotFound):
                claim(shop, f"B-{guess}")
        with pytest.raises(TooManyClaims) as refusal:
            claim(shop)
        assert refusal.value.again_at == NOON + timedelta(days=1)
        assert balance(shop) == 0
        assert claim(shop, at=NOON + timedelta(days=1)).award.points == 30

    def test_stops_guessing_from_one_address_whoever_signs_in_there(self, shop):
        sold(shop)
        for number in range(4):
            guesser = enrol_member(
                programme_id=shop.programme.pk,
                identifiers=[f"email:m{number}@example.nl"],
                touchpoint="api",
                actor="test",
                at=NOON,
            )
            for guess in range(5):
                with pytest.raises(ClaimNotFound):
                    claim(shop, f"C-{guess}", membership=guesser)
        with pytest.raises(TooManyClaims):
            claim(shop)
        assert claim(shop, address="192.0.2.8").award.points == 30
        assert not ClaimAttempt.objects.filter(address__contains="192").exists()


class TestWhatComesBack:
    def test_before_the_claim_waits_and_counts_with_it(self, shop):
        sold(shop, "a-1", "30.00", "12.00")
        waiting = brought_back(shop, "r-1", "a-1", 21, part(1))

        recorded = claim(shop, amount="42.00")

        waiting.refresh_from_db()
        assert (recorded.award.points, balance(shop)) == (42, 12)
        assert waiting.claimed_by == shop.anna

    def test_after_the_claim_goes_to_who_claimed_it(self, shop):
        sold(shop, "a-1", "30.00", "12.00")
        claim(shop, amount="42.00")
        sale = brought_back(shop, "r-1", "a-1", 21, part(2))
        assert (balance(shop), sale.claimed_by) == (30, shop.anna)

    def test_may_come_before_its_sale(self, shop):
        brought_back(shop, "r-1", "a-1", 21)
        sold(shop)
        claim(shop)
        assert (balance(shop), Activity.objects.count()) == (0, 2)


class TestTheCodeOnTheReceipt:
    def test_claims_without_typing(self, shop):
        sale = sale_of_token(claim_token(sold(shop)), shop.programme.pk)
        assert sale is not None
        assert claim_sale(membership=shop.anna, sale=sale, at=NOON).award.points == 30

    def test_cannot_be_forged_and_is_the_programmes_own(self, shop):
        token = claim_token(sold(shop))
        other = open_shop("ander", card="card:2990000000026", email="email:an@example.nl")
        assert sale_of_token(token[:-1] + ("A" if token[-1] != "A" else "B"), 1) is None
        assert sale_of_token("zomaar", shop.programme.pk) is None
        assert sale_of_token(token, other.programme.pk) is None

    def test_is_none_of_a_return(self, shop):
        sold(shop)
        token = claim_token(brought_back(shop, "r-1", "a-1", 21))
        assert sale_of_token(token, shop.programme.pk) is None


class TestGiveSale:
    def give(self, shop, sale, reason="Saw the receipt"):
        return give_sale(
            membership=shop.anna,
            sale=sale,
            reason=reason,
            actor="staff:7",
            at=NOON + timedelta(days=90),
        )

    def test_gives_it_after_the_window_too_and_leaves_a_note(self, shop):
        assert self.give(shop, sold(shop)).award.points == 30
        note = Note.objects.get()
        assert (note.text, note.author) == ("kassa a-1: Saw the receipt", "staff:7")

    def test_refuses_without_a_reason_and_books_nothing(self, shop):
        with pytest.raises(InvalidRequest):
            self.give(shop, sold(shop), "  ")
        assert (balance(shop), Activity.objects.count(), Note.objects.count()) == (0, 0, 0)

    def test_refuses_what_is_somebodys(self, shop):
        sale = sold(shop)
        claim(shop, membership=bo(shop))
        with pytest.raises(ReceiptClaimed):
            self.give(shop, sale)
        assert balance(shop) == 0
