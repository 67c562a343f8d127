from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty.errors import (
    InvalidRequest,
    KeyConflict,
    LotEmpty,
    LotLapsed,
    LotSlides,
    NotFound,
    ReinstateExceedsLapsed,
)
from loyalty.models import Account, Lot, LotChange, OutboxEvent, Remark, Transfer
from loyalty.services.expiry import expire_due_points
from loyalty.services.lot_dates import extend_lot, reinstate_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.sliding import grant

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(days=10)
LAST = date(2026, 12, 31)
END = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Amsterdam


def extend(lot: Lot, *, last_day: date = LAST, at: datetime = NOON, key: str = "x-1"):
    return extend_lot(
        lot_id=lot.pk, last_day=last_day, reason="Moved house", actor="desk", at=at, key=key
    )


def give_back(transfer: Transfer, points: int, *, key: str = "x-1", last_day: date | None = LAST):
    return reinstate_points(
        transfer_id=transfer.pk,
        points=points,
        last_day=last_day,
        reason="Was ill",
        actor="desk",
        at=SOON,
        key=key,
    )


class TestExtendLot:
    def test_moves_the_end_and_says_who_did_it_and_why(self):
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)
        lot = Lot.objects.get()

        done = extend(lot)

        assert (done.expires_at, done.is_replay) == (END, False)
        assert Lot.objects.get().expires_at == END
        change = LotChange.objects.get()
        assert (change.deed, change.expires_before, change.expires_at) == ("EXTEND", SOON, END)
        assert (change.actor, change.recorded_at) == ("desk", NOON)
        assert Remark.objects.get(pk=change.reason).text == "Moved house"
        event = OutboxEvent.objects.get(name="loyalty.expiry_extended.v1")
        assert event.payload == {
            "lot": lot.pk,
            "points": 50,
            "last_day": "2026-12-31",
            "actor": "desk",
        }
        assert expire_due_points(at=SOON).points == 0

    def test_the_same_key_changes_nothing_more(self):
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)
        lot = Lot.objects.get()
        extend(lot)

        assert extend(lot).is_replay
        with pytest.raises(KeyConflict):
            extend(lot, last_day=date(2027, 1, 31))
        assert LotChange.objects.count() == 1
        assert Lot.objects.get().expires_at == END

    def test_never_shortens(self):
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)
        books.earn(50, "r-2")

        for lot in Lot.objects.all():
            with pytest.raises(InvalidRequest):
                extend(lot, last_day=date(2026, 11, 30))
        assert not LotChange.objects.exists()

    def test_refuses_what_is_spent_lapsed_sliding_or_unknown(self):
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)
        lapsed = Lot.objects.get()
        with pytest.raises(LotLapsed):
            extend(lapsed, at=SOON)
        books.spend(50, "s-1")
        with pytest.raises(LotEmpty):
            extend(lapsed)
        grant(books, 5, "a:1", is_sliding=True)
        with pytest.raises(LotSlides):
            extend(Lot.objects.get(is_sliding=True))
        with pytest.raises(NotFound):
            extend(Lot(pk=0))
        assert not LotChange.objects.exists()

    def test_the_database_refuses_other_dates_without_a_change(self):
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)

        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            with (
                pytest.raises(DatabaseError, match="keeps what it was granted"),
                transaction.atomic(),
            ):
                cursor.execute("UPDATE loyalty_lot SET expires_at = expires_at + interval '1 day'")
            with (
                pytest.raises(DatabaseError, match="keeps what it was granted"),
                transaction.atomic(),
            ):
                cursor.execute("UPDATE loyalty_lot SET is_sliding = true")
            cursor.execute("SET ROLE trouw_app")


class TestReinstatePoints:
    def lapsed(self) -> tuple[Books, Transfer]:
        books = Books()
        books.earn(50, "r-1", expires_at=SOON)
        expire_due_points(at=SOON)
        return books, Transfer.objects.get(kind="EXPIRE")

    def test_gives_lapsed_points_back_as_a_new_lot(self):
        books, expiry = self.lapsed()

        done = give_back(expiry, 30)

        assert (done.points, done.after, done.is_replay) == (30, 30, False)
        transfer = Transfer.objects.get(pk=done.transfer_id)
        assert (transfer.kind, transfer.debit_account_id, transfer.reverses, transfer.actor) == (
            "RESTORE",
            books.own["EXPIRED"],
            expiry.pk,
            "desk",
        )
        remark = Remark.objects.get(pk=transfer.reasons[0]["params"]["remark"])
        assert (remark.text, transfer.reasons[0].get("name")) == ("Was ill", None)
        lot = Lot.objects.get(transfer=transfer)
        assert (lot.granted, lot.available_from, lot.expires_at) == (30, SOON, END)
        change = LotChange.objects.get()
        assert (change.lot_id, change.deed, change.expires_before) == (lot.pk, "REINSTATE", SOON)
        assert Account.objects.get(pk=books.accounts[0]).balance == 30

    def test_the_same_key_gives_them_once(self):
        books, expiry = self.lapsed()
        give_back(expiry, 30)

        assert give_back(expiry, 30).is_replay
        with pytest.raises(KeyConflict):
            give_back(expiry, 20)
        assert Account.objects.get(pk=books.accounts[0]).balance == 30

    def test_never_gives_back_more_than_lapsed(self):
        books, expiry = self.lapsed()
        give_back(expiry, 30)
        give_back(expiry, 20, key="x-2", last_day=None)

        with pytest.raises(ReinstateExceedsLapsed):
            give_back(expiry, 1, key="x-3")
        assert Account.objects.get(pk=books.accounts[0]).balance == 50

    def test_refuses_what_is_no_expiry_and_a_day_that_is_over(self):
        _books, expiry = self.lapsed()
        with pytest.raises(NotFound):
            give_back(Transfer.objects.get(kind="EARN"), 1)
        with pytest.raises(InvalidRequest):
            give_back(expiry, 1, last_day=date(2026, 12, 1))
        with pytest.raises(InvalidRequest):
            give_back(expiry, 0)
        assert Transfer.objects.count() == 2
