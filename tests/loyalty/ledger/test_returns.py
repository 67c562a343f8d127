from datetime import timedelta

import pytest

from loyalty.errors import (
    AccountClosed,
    InvalidRequest,
    KeyConflict,
    ReturnExceedsEarned,
)
from loyalty.ledger.lot_dates import Deed, cancel_lots
from loyalty.ledger.posting import close_account
from loyalty.models import Lot, OutboxEvent, Transfer
from loyalty.services.expiry import expire_due_points
from loyalty.services.lot_dates import reinstate_points
from tests.loyalty.ledger.books import NOON, Books, everything, moved
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
POLICIES = ["OWED", "WITHIN_BALANCE", "WRITE_OFF"]


@pytest.fixture
def books() -> Books:
    return Books()


def figures(returned) -> tuple[int, int, int]:
    return returned.taken, returned.owed, returned.written_off


class TestReturnPoints:
    def test_takes_them_from_the_very_lot_and_names_what_it_reverses(self, books):
        books.earn(50, "r-1", expires_at=NOON + DAY)
        sale = books.earn(100, "r-2")

        returned = books.take_back(40, "t-1", sale.transfer_id)

        transfer = Transfer.objects.get(pk=returned.transfer_id)
        assert figures(returned) == (40, 0, 0)
        assert returned.after == 110
        assert books.remaining() == [50, 60]
        assert (transfer.kind, transfer.reverses) == ("RETURN", sale.transfer_id)
        assert transfer.credit_account_id == books.own["RETURNED"]
        assert OutboxEvent.objects.filter(name="loyalty.points_returned.v1").count() == 1
        assert differences() == {}

    def test_takes_the_pending_first(self, books):
        sale = books.earn(30, "r-1")
        bonus = books.earn(50, "r-2", available_from=NOON + DAY, reverses=sale.transfer_id)

        returned = books.take_back(60, "t-1", sale.transfer_id, bonus.transfer_id)

        assert figures(returned) == (60, 0, 0)
        assert books.remaining() == [20, 0]
        assert moved(returned.transfer_id) == [(50, -50), (30, -10)]
        assert differences() == {}

    def test_takes_what_waits_for_an_event(self, books):
        sale = books.earn(50, "r-1", awaits="delivered")

        assert figures(books.take_back(50, "t-1", sale.transfer_id)) == (50, 0, 0)
        assert books.remaining() == [0]

    @pytest.mark.parametrize(
        ("policy", "expected", "other", "owes"),
        [
            ("OWED", (70, 30, 0), 0, 30),
            ("WITHIN_BALANCE", (70, 0, 30), 0, 0),
            ("WRITE_OFF", (20, 0, 80), 50, 0),
        ],
    )
    def test_lets_the_policy_decide_for_what_was_spent(self, books, policy, expected, other, owes):
        sale = books.earn(100, "r-1", expires_at=NOON + DAY)
        books.spend(80, "s-1")
        books.earn(50, "r-2")

        returned = books.take_back(100, "t-1", sale.transfer_id, policy=policy)

        assert figures(returned) == expected
        assert books.remaining() == [0, other]
        assert books.standing() == (other, owes)
        assert differences() == {}

    def test_that_finds_nothing_owes_it_all_under_its_own_key(self, books):
        sale = books.earn(100, "r-1")
        books.spend(100, "s-1")

        returned = books.take_back(100, "t-1", sale.transfer_id)

        debt = Transfer.objects.get(pk=returned.transfer_id)
        assert figures(returned) == (0, 100, 0)
        assert (debt.kind, debt.external_id, debt.points) == ("OWE", "t-1", 100)
        assert books.standing() == (0, 100)
        assert OutboxEvent.objects.filter(name="loyalty.points_owed.v1").count() == 1

    @pytest.mark.parametrize("policy", ["WITHIN_BALANCE", "WRITE_OFF"])
    def test_that_finds_nothing_and_owes_nothing_writes_nothing(self, books, policy):
        sale = books.earn(100, "r-1")
        books.spend(100, "s-1")
        before = everything()

        returned = books.take_back(100, "t-1", sale.transfer_id, policy=policy)

        assert returned.transfer_id is None
        assert figures(returned) == (0, 0, 100)
        assert everything() == before

    @pytest.mark.parametrize("policy", POLICIES)
    @pytest.mark.parametrize("is_booked", [False, True], ids=["unbooked", "booked"])
    def test_does_not_ask_again_for_what_lapsed_whether_booked_or_not(
        self, books, policy, is_booked
    ):
        sale = books.earn(100, "r-1", expires_at=NOON + DAY)
        books.spend(60, "s-1")
        books.earn(500, "r-2", at=NOON + DAY)
        if is_booked:
            expire_due_points(at=NOON + 2 * DAY)

        first = books.take_back(30, "t-1", sale.transfer_id, policy=policy, at=NOON + 2 * DAY)
        books.take_back(70, "t-2", sale.transfer_id, policy=policy, at=NOON + 2 * DAY)

        asked = 0 if policy == "WRITE_OFF" else 60
        assert first.taken == (0 if is_booked else 30)
        assert first.owed == 0
        assert books.standing() == (500 - asked, 0)
        returned = Transfer.objects.filter(credit_account=books.own["RETURNED"])
        assert sum(transfer.points for transfer in returned) == 40 + asked
        assert differences() == {}

    def test_says_what_had_lapsed_as_returned(self, books):
        sale = books.earn(100, "r-1", expires_at=NOON + DAY)
        expire_due_points(at=NOON + DAY)

        returned = books.take_back(100, "t-1", sale.transfer_id, at=NOON + DAY)

        put_right = Transfer.objects.get(pk=returned.transfer_id)
        assert figures(returned) == (0, 0, 100)
        assert put_right.debit_account_id == books.own["EXPIRED"]
        assert put_right.credit_account_id == books.own["RETURNED"]
        assert books.standing() == (0, 0)

    def test_asks_for_what_lapsed_and_was_made_good_again(self, books):
        sale = books.earn(100, "r-1", expires_at=NOON + DAY)
        expire_due_points(at=NOON + DAY)
        reinstate_points(
            transfer_id=Transfer.objects.get(kind="EXPIRE").pk,
            points=30,
            last_day=None,
            reason="ill for a month",
            actor="test",
            at=NOON + DAY,
            key="i-1",
        )

        returned = books.take_back(100, "t-1", sale.transfer_id, at=NOON + DAY)

        assert figures(returned) == (30, 0, 70)
        assert books.standing() == (0, 0)
        assert differences() == {}

    def test_does_not_ask_for_what_was_cancelled(self, books):
        sale = books.earn(100, "r-1", awaits="delivered")
        books.earn(100, "r-2")
        cancel_lots(
            books.accounts[0],
            [Lot.objects.get(transfer=sale.transfer_id).pk],
            request="all of it",
            reasons=[],
            reverses=sale.transfer_id,
            by=Deed(source="delivery", external_id="c-1", reason="refused", actor="test"),
            at=NOON,
        )

        assert figures(books.take_back(40, "t-1", sale.transfer_id)) == (0, 0, 40)
        assert books.standing() == (100, 0)

    def test_leaves_a_live_hold_what_it_was_promised(self, books):
        sale = books.earn(100, "r-1")
        books.hold(70, "h-1")

        returned = books.take_back(100, "t-1", sale.transfer_id)

        assert figures(returned) == (30, 70, 0)
        assert books.standing() == (70, 70)
        assert books.usable() == 0

    def test_in_parts_comes_to_exactly_the_whole(self, books):
        sale = books.earn(100, "r-1")
        books.spend(95, "s-1")

        parts = [books.take_back(20, f"t-{n}", sale.transfer_id) for n in range(5)]

        assert [part.taken for part in parts] == [5, 0, 0, 0, 0]
        assert [part.owed for part in parts] == [15, 20, 20, 20, 20]
        assert books.standing() == (0, 95)
        assert differences() == {}

    def test_gives_the_first_answer_again(self, books):
        sale = books.earn(100, "r-1")
        books.spend(80, "s-1")
        first = books.take_back(100, "t-1", sale.transfer_id)
        books.earn(500, "r-2")
        before = everything()

        again = books.take_back(100, "t-1", sale.transfer_id)

        assert again.is_replay
        assert figures(again) == figures(first) == (20, 80, 0)
        assert (again.transfer_id, again.after) == (first.transfer_id, 0)
        assert everything() == before

    @pytest.mark.parametrize(
        ("points", "key", "refusal"),
        [(41, "t-2", ReturnExceedsEarned), (59, "t-1", KeyConflict), (0, "t-2", InvalidRequest)],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, refusal):
        sale = books.earn(100, "r-1")
        books.earn(100, "r-2")
        books.take_back(60, "t-1", sale.transfer_id)
        before = everything()

        with pytest.raises(refusal):
            books.take_back(points, key, sale.transfer_id)

        assert everything() == before

    def test_refuses_a_closed_account(self, books):
        sale = books.earn(100, "r-1")
        books.spend(100, "s-1")
        close_account(books.accounts[0], at=NOON)

        with pytest.raises(AccountClosed):
            books.take_back(100, "t-1", sale.transfer_id)


class TestADebt:
    @pytest.fixture(autouse=True)
    def debt(self, books):
        sale = books.earn(100, "r-1")
        books.spend(100, "s-1")
        books.take_back(100, "t-1", sale.transfer_id)

    def test_is_repaid_by_the_next_earning_at_once(self, books):
        posted = books.earn(30, "r-2")

        repaid = Transfer.objects.get(kind="REPAY")
        assert (posted.before, posted.after) == (0, 30)
        assert (repaid.points, repaid.debit_before) == (30, 30)
        assert books.standing() == (0, 70)
        assert OutboxEvent.objects.filter(name="loyalty.points_repaid.v1").count() == 1
        assert differences() == {}

    def test_takes_no_more_than_is_owed(self, books):
        books.earn(130, "r-2")

        assert books.standing() == (30, 0)
        assert books.usable() == 30

    def test_waits_for_pending_points_and_is_off_what_can_be_spent_when_they_come(self, books):
        books.earn(130, "r-2", available_from=NOON + DAY)
        assert books.standing() == (130, 100)
        assert books.usable() == 0

        assert books.usable(at=NOON + DAY) == 30

    def test_has_the_first_choice_of_lots_before_a_spending(self, books):
        books.earn(100, "soon", available_from=NOON + DAY, expires_at=NOON + 5 * DAY)
        books.earn(50, "late", available_from=NOON + DAY, expires_at=NOON + 9 * DAY)

        posted = books.spend(20, "s-2", at=NOON + DAY)

        assert posted.after == 130
        assert moved(posted.transfer_id) == [(50, -20)]
        assert books.remaining()[-2:] == [0, 30]
        assert books.standing() == (30, 0)
        assert differences() == {}

    def test_is_repaid_by_a_gift_a_correction_and_what_is_restored(self):
        books = Books("other", members=2)
        spent = books.earn(100, "o-1")
        paid = books.spend(100, "o-s")
        books.take_back(100, "o-t", spent.transfer_id)
        books.earn(10, "o-2", member=1)
        books.give(10, "o-g", giver=1, taker=0)
        books.give_back(25, "o-b", spent_by=paid.transfer_id)

        assert books.standing() == (0, 65)
        assert books.usable() == 0
        assert differences() == {}

    def test_is_not_taken_from_what_a_hold_was_promised(self, books):
        books.earn(150, "r-2", available_from=NOON + DAY)
        held_at = NOON + DAY
        books.hold(50, "h-1", at=held_at)
        assert books.usable(at=held_at) == 0

        books.earn(1, "r-3", at=held_at)

        assert books.standing() == (51, 0)
        assert books.usable(at=held_at) == 1
