from datetime import UTC, datetime, timedelta

import pytest

from loyalty.errors import InvalidRequest, KeyConflict, NotFound, RestoreExceedsSpent
from loyalty.models import Lot, OutboxEvent, Programme, Transfer
from loyalty.services.expiry import expire_due_points
from tests.loyalty.ledger.books import NOON, Books, everything, moved
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def books() -> Books:
    return Books()


class TestRestorePoints:
    def test_gives_them_back_to_the_lots_that_paid_the_last_first(self, books):
        books.earn(30, "soon", expires_at=NOON + DAY)
        books.earn(30, "late", expires_at=NOON + 9 * DAY)
        paid = books.spend(50, "s-1")

        first = books.give_back(25, "b-1", spent_by=paid.transfer_id)
        assert moved(first.transfer_id) == [(30, 20), (30, 5)]
        assert books.remaining() == [5, 30]
        second = books.give_back(25, "b-2", spent_by=paid.transfer_id)

        assert (first.restored, first.goodwill, first.after) == (25, 0, 35)
        assert second.after == 60
        assert books.remaining() == [30, 30]
        dates = Lot.objects.order_by("id").values_list("expires_at", flat=True)
        assert list(dates) == [NOON + DAY, NOON + 9 * DAY]
        transfer = Transfer.objects.get(pk=first.transfer_id)
        assert (transfer.kind, transfer.reverses) == ("RESTORE", paid.transfer_id)
        assert transfer.debit_account_id == books.own["REDEEMED"]
        assert OutboxEvent.objects.filter(name="loyalty.points_restored.v1").count() == 2
        assert differences() == {}

    def test_makes_what_has_lapsed_good_for_the_goodwill_days(self, books):
        books.earn(30, "soon", expires_at=NOON + DAY)
        books.earn(30, "late", expires_at=NOON + 99 * DAY)
        paid = books.spend(50, "s-1")

        later = NOON + 2 * DAY
        restored = books.give_back(50, "b-1", spent_by=paid.transfer_id, at=later)

        goodwill = Lot.objects.get(transfer=restored.transfer_id)
        assert (restored.restored, restored.goodwill) == (50, 30)
        assert (goodwill.granted, goodwill.available_from) == (30, later)
        # fourteen days on, as the day ends in Amsterdam
        assert goodwill.expires_at == datetime(2026, 12, 8, 23, 0, tzinfo=UTC)
        assert books.remaining() == [0, 30, 30]
        assert books.usable(at=later) == 60
        assert differences() == {}

    def test_without_goodwill_days_lets_it_lapse_at_once(self, books):
        Programme.objects.update(goodwill_days=0)
        books.earn(30, "soon", expires_at=NOON + DAY)
        paid = books.spend(30, "s-1")

        later = NOON + 2 * DAY
        restored = books.give_back(30, "b-1", spent_by=paid.transfer_id, at=later)

        assert (restored.restored, restored.goodwill) == (30, 0)
        assert books.usable(at=later) == 0
        assert expire_due_points(at=later).points == 30
        assert books.standing() == (0, 0)
        assert differences() == {}

    def test_goes_on_where_the_last_one_stopped_also_across_lapsed_lots(self, books):
        books.earn(10, "soon", expires_at=NOON + DAY)
        books.earn(10, "late")
        paid = books.spend(20, "s-1")
        later = NOON + 2 * DAY

        parts = [
            books.give_back(4, f"b-{n}", spent_by=paid.transfer_id, at=later) for n in range(5)
        ]

        assert [part.goodwill for part in parts] == [0, 0, 2, 4, 4]
        assert books.remaining() == [0, 10, 2, 4, 4]
        assert differences() == {}

    def test_gives_the_first_answer_again(self, books):
        books.earn(30, "soon", expires_at=NOON + DAY)
        paid = books.spend(30, "s-1")
        first = books.give_back(20, "b-1", spent_by=paid.transfer_id, at=NOON + 2 * DAY)
        before = everything()

        again = books.give_back(20, "b-1", spent_by=paid.transfer_id, at=NOON + 9 * DAY)

        assert again.is_replay
        assert (again.restored, again.goodwill, again.after) == (20, 20, first.after)
        assert everything() == before

    @pytest.mark.parametrize(
        ("points", "key", "refusal"),
        [(11, "b-2", RestoreExceedsSpent), (21, "b-1", KeyConflict), (0, "b-2", InvalidRequest)],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, refusal):
        books.earn(30, "r-1")
        paid = books.spend(30, "s-1")
        books.give_back(20, "b-1", spent_by=paid.transfer_id)
        before = everything()

        with pytest.raises(refusal):
            books.give_back(points, key, spent_by=paid.transfer_id)

        assert everything() == before

    def test_refuses_what_the_account_did_not_spend(self):
        books = Books(members=2)
        earned = books.earn(30, "r-1", member=1)
        paid = books.spend(30, "s-1", member=1)
        before = everything()

        for transfer in (earned, paid):
            with pytest.raises(NotFound):
                books.give_back(10, "b-1", spent_by=transfer.transfer_id)

        assert everything() == before
