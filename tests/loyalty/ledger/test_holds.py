from datetime import timedelta

import pytest

from loyalty.errors import (
    AccountClosed,
    HoldEnded,
    HoldExceeded,
    InsufficientPoints,
    InvalidRequest,
    KeyConflict,
    NotAContributor,
    NotFound,
    UnitNotSpendable,
)
from loyalty.ledger.posting import Posted, close_account
from loyalty.models import Hold, OutboxEvent, Transfer, Unit
from loyalty.services.expiry import expire_due_points
from loyalty.services.holds import authorise_points, capture_hold, void_hold
from tests.loyalty.ledger.books import NOON, Books, everything, moved
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
RUN_OUT = NOON + 15 * MINUTE


@pytest.fixture
def books() -> Books:
    books = Books()
    books.earn(100, "r-1")
    return books


def capture(hold_id: int, points: int, at=NOON) -> Posted:
    return capture_hold(hold_id=hold_id, points=points, reasons=[], actor="test", at=at)


def void(hold_id: int, at=NOON) -> None:
    void_hold(hold_id=hold_id, actor="test", at=at)


class TestAuthorisePoints:
    def test_sets_points_aside_without_moving_them(self, books):
        held = books.hold(60, "h-1")

        assert (held.points, held.expires_at, held.is_replay) == (60, RUN_OUT, False)
        assert books.usable() == 40
        assert books.standing() == (100, 0)
        assert Transfer.objects.count() == 1
        said = OutboxEvent.objects.get(name="loyalty.hold_authorised.v1")
        assert said.payload["hold"] == held.hold_id
        assert said.payload["points"] == 60

    def test_lets_no_more_be_spent_than_is_left(self, books):
        books.hold(60, "h-1")
        before = everything()

        with pytest.raises(InsufficientPoints):
            books.spend(41, "s-1")

        assert everything() == before
        assert books.spend(40, "s-2").after == 60

    def test_runs_out_by_itself_at_that_very_moment(self, books):
        books.hold(60, "h-1")

        assert books.usable(at=RUN_OUT - timedelta(microseconds=1)) == 40
        assert books.usable(at=RUN_OUT) == 100
        assert books.spend(100, "s-1", at=RUN_OUT).after == 0

    def test_gives_the_same_hold_again_also_once_it_has_ended(self, books):
        first = books.hold(60, "h-1")
        again = books.hold(60, "h-1", at=NOON + MINUTE)
        void(first.hold_id)
        later = books.hold(60, "h-1", at=NOON + 40 * MINUTE)

        for answer in (again, later):
            assert (answer.hold_id, answer.expires_at) == (first.hold_id, first.expires_at)
            assert answer.is_replay
        assert books.usable() == 100

    @pytest.mark.parametrize(
        ("points", "key", "term", "refusal"),
        [
            (41, "h-2", 15, InsufficientPoints),
            (61, "h-1", 15, KeyConflict),
            (60, "h-1", 16, KeyConflict),
            (0, "h-2", 15, InvalidRequest),
            (10, "h-2", 0, InvalidRequest),
            (10, "h-2", 7 * 24 * 60 + 1, InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, term, refusal):
        books.hold(60, "h-1")
        before = everything()

        with pytest.raises(refusal):
            books.hold(points, key, term=term * MINUTE)

        assert everything() == before

    def test_leaves_pending_lapsed_and_owed_points_out(self):
        books = Books()
        sale = books.earn(30, "r-1")
        books.spend(30, "s-1")
        books.take_back(30, "t-1", sale.transfer_id)
        books.earn(50, "r-2", available_from=NOON + MINUTE)
        books.earn(9, "r-3", expires_at=NOON + MINUTE, available_from=NOON + 2 * MINUTE)

        with pytest.raises(InsufficientPoints):
            books.hold(21, "h-1", at=NOON + MINUTE)
        assert books.hold(20, "h-2", at=NOON + MINUTE).points == 20

    def test_refuses_an_account_that_is_closed_or_not_there(self):
        books = Books()
        close_account(books.accounts[0], at=NOON)

        with pytest.raises(AccountClosed):
            books.hold(1, "h-1")
        books.accounts[0] = 0
        with pytest.raises(NotFound):
            books.hold(1, "h-1")

    def test_refuses_credits_and_pools(self, books):
        Unit.objects.update(kind=Unit.Kind.CREDITS)
        with pytest.raises(UnitNotSpendable):
            books.hold(1, "h-1")

        Unit.objects.update(kind=Unit.Kind.POINTS)
        pool = books.open_pool(0)
        with pytest.raises(NotAContributor):
            authorise_points(
                account_id=books.pool_account(pool),
                points=1,
                term=MINUTE,
                source="checkout",
                external_id="h-1",
                actor="test",
                at=NOON,
            )
        assert Hold.objects.count() == 0


class TestCaptureHold:
    def test_spends_what_was_held_under_the_key_of_the_hold(self, books):
        held = books.hold(60, "h-1")

        posted = capture(held.hold_id, 60, at=NOON + MINUTE)

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        hold = Hold.objects.get()
        assert (posted.before, posted.after) == (100, 40)
        assert (transfer.kind, transfer.points) == ("REDEEM", 60)
        assert (transfer.source, transfer.external_id) == ("checkout", "h-1")
        assert (hold.end, hold.captured, hold.transfer) == ("CAPTURED", 60, transfer.pk)
        assert books.usable() == 40
        assert differences() == {}

    def test_frees_what_it_does_not_take(self, books):
        held = books.hold(60, "h-1")

        assert capture(held.hold_id, 25).after == 75
        assert books.usable() == 75

    def test_gives_the_first_answer_again(self, books):
        held = books.hold(60, "h-1")
        first = capture(held.hold_id, 25)
        books.spend(10, "s-1")

        again = capture(held.hold_id, 25, at=NOON + 60 * MINUTE)

        assert (again.transfer_id, again.before, again.after) == (first.transfer_id, 100, 75)
        assert again.is_replay
        assert books.standing() == (65, 0)

    def test_takes_what_has_lapsed_since_it_was_held(self):
        books = Books()
        books.earn(50, "never")
        books.earn(50, "soon", expires_at=NOON + MINUTE)
        held = books.hold(70, "h-1")
        lapsed = NOON + 2 * MINUTE
        assert expire_due_points(at=lapsed).accounts == 0

        posted = capture(held.hold_id, 70, at=lapsed)

        assert moved(posted.transfer_id) == [(50, -50), (50, -20)]
        assert books.remaining() == [30, 0]
        assert books.usable(at=lapsed) == 30
        assert differences() == {}

    def test_that_took_less_lets_the_rest_lapse_after_all(self):
        books = Books()
        books.earn(50, "soon", expires_at=NOON + MINUTE)
        held = books.hold(50, "h-1")
        lapsed = NOON + 2 * MINUTE
        capture(held.hold_id, 20, at=lapsed)

        assert books.usable(at=lapsed) == 0
        assert expire_due_points(at=lapsed).points == 30
        assert books.standing() == (0, 0)

    def test_takes_what_became_usable_since_when_others_spent_the_rest(self):
        books = Books()
        books.earn(50, "soon", expires_at=NOON + 10 * MINUTE)
        held = books.hold(50, "h-1")
        books.earn(50, "never", at=NOON + MINUTE)
        books.spend(50, "s-1", at=NOON + 2 * MINUTE)

        posted = capture(held.hold_id, 50, at=NOON + 3 * MINUTE)

        assert moved(posted.transfer_id) == [(50, -50)]
        assert books.remaining() == [0, 0]
        assert differences() == {}

    @pytest.mark.parametrize(
        ("points", "at", "refusal"),
        [
            (61, NOON, HoldExceeded),
            (0, NOON, InvalidRequest),
            (60, RUN_OUT, HoldEnded),
        ],
        ids=["more than was held", "nothing", "its term is over at that very moment"],
    )
    def test_refuses_and_changes_nothing(self, books, points, at, refusal):
        held = books.hold(60, "h-1")
        before = everything()

        with pytest.raises(refusal):
            capture(held.hold_id, points, at=at)

        assert everything() == before

    def test_refuses_a_second_capture_of_other_points(self, books):
        held = books.hold(60, "h-1")
        capture(held.hold_id, 25)
        before = everything()

        with pytest.raises(KeyConflict):
            capture(held.hold_id, 26)

        assert everything() == before

    def test_refuses_a_key_that_paid_for_something_else(self, books):
        held = books.hold(60, "h-1")
        Books("other").earn(10, "h-1", source="checkout")
        before = everything()

        with pytest.raises(KeyConflict):
            capture(held.hold_id, 25)

        assert everything() == before

    def test_refuses_what_was_voided_or_never_held(self, books):
        held = books.hold(60, "h-1")
        void(held.hold_id)
        before = everything()

        with pytest.raises(HoldEnded):
            capture(held.hold_id, 60)
        with pytest.raises(NotFound):
            capture(0, 60)

        assert everything() == before


class TestVoidHold:
    def test_frees_the_points_and_says_so_once(self, books):
        held = books.hold(60, "h-1")

        void(held.hold_id)
        void(held.hold_id)

        hold = Hold.objects.get()
        assert (hold.end, hold.ended_at, hold.captured) == ("VOIDED", NOON, 0)
        assert books.usable() == 100
        assert OutboxEvent.objects.filter(name="loyalty.hold_voided.v1").count() == 1

    def test_refuses_what_was_captured_or_never_held(self, books):
        held = books.hold(60, "h-1")
        capture(held.hold_id, 1)
        before = everything()

        with pytest.raises(HoldEnded):
            void(held.hold_id)
        with pytest.raises(NotFound):
            void(0)

        assert everything() == before

    def test_lets_freed_points_pay_a_debt_at_once(self):
        books = Books()
        sale = books.earn(100, "r-1")
        held = books.hold(100, "h-1")
        returned = books.take_back(100, "t-1", sale.transfer_id)
        assert (returned.taken, returned.owed) == (0, 100)

        void(held.hold_id)

        assert books.standing() == (0, 0)
        assert Transfer.objects.get(kind="REPAY").points == 100
        assert differences() == {}
