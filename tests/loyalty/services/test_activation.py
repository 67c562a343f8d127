from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from loyalty.errors import InvalidRequest, KeyConflict
from loyalty.models import Account, Lot, LotChange, OutboxEvent, Programme, Transfer
from loyalty.services.activation import activate_points, cancel_pending_points
from loyalty.services.expiry import expire_due_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.sliding import grant

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=3)
SALE = "0192f0c0-0000-7000-8000-000000000001"
OTHER = "0192f0c0-0000-7000-8000-000000000002"
MONTH = '{"kind":"term","months":1}'


def programme_id() -> int:
    return Programme.objects.get().pk


def activate(books: Books, *, event: str = "delivered", at: datetime = LATER, key: str = "d-1"):
    return activate_points(
        programme_id=programme_id(),
        holder=holder(books),
        activity=SALE,
        event=event,
        key=key,
        actor="shop",
        occurred_at=at,
        at=at,
    )


def cancel(books: Books, *, activity: str = SALE, at: datetime = LATER, key: str = "c-1"):
    return cancel_pending_points(
        programme_id=programme_id(),
        holder=holder(books),
        activity=activity,
        reason="Never paid",
        key=key,
        actor="shop",
        at=at,
    )


def holder(books: Books) -> UUID:
    return Account.objects.values_list("holder", flat=True).get(pk=books.accounts[0])


class TestActivatePoints:
    def test_makes_all_lots_of_the_activity_usable_and_starts_their_clock(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered", expiry=MONTH)
        grant(books, 5, f"{SALE}:2", awaits="delivered", available_from=NOON + timedelta(days=30))
        grant(books, 3, f"{SALE}:3", awaits="paid")
        grant(books, 2, f"{OTHER}:1", awaits="delivered")

        done = activate(books)

        lots = {lot.granted: lot for lot in Lot.objects.all()}
        assert (done.points, done.lots) == (15, [lots[10].pk, lots[5].pk])
        assert (lots[10].available_from, lots[5].available_from) == (LATER, LATER)
        assert lots[10].expires_at == datetime(2026, 12, 25, 23, tzinfo=UTC)
        assert lots[5].expires_at is None
        assert (lots[3].available_from, lots[2].available_from) == (None, None)
        assert [change.deed for change in LotChange.objects.all()] == ["ACTIVATE", "ACTIVATE"]
        event = OutboxEvent.objects.get(name="loyalty.points_activated.v1")
        assert event.payload == {"points": 15, "activity": SALE, "event": "delivered"}

    def test_pending_points_cannot_lapse_or_be_spent(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered", expiry=MONTH)

        assert expire_due_points(at=NOON + timedelta(days=900)).points == 0

    def test_the_same_report_finds_nothing_more_to_do(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered")
        activate(books)

        assert activate(books, at=LATER + timedelta(days=1)).points == 0
        assert Lot.objects.get().available_from == LATER
        assert LotChange.objects.count() == 1

    def test_points_that_end_by_inactivity_begin_their_time(self):
        books = Books()
        sliding = '{"kind":"inactivity","months":1}'
        grant(books, 10, f"{SALE}:1", awaits="delivered", expiry=sliding, is_sliding=True)

        activate(books)

        account = Account.objects.get(pk=books.accounts[0])
        assert account.lapses_at == datetime(2026, 12, 25, 23, tzinfo=UTC)

    def test_asks_few_statements_whatever_the_number_of_lots(self, django_assert_num_queries):
        books = Books()
        for number in range(20):
            grant(books, 1, f"{SALE}:{number}", awaits="delivered")

        with django_assert_num_queries(8):  # the savepoint, and two of this test
            activate(books)


class TestCancelPendingPoints:
    def test_takes_back_what_is_pending_and_only_that(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered")
        grant(books, 5, f"{SALE}:2", available_from=NOON + timedelta(days=30))
        grant(books, 3, f"{SALE}:3")
        grant(books, 2, f"{OTHER}:1", awaits="delivered")

        done = cancel(books)

        assert done.points == 15
        transfer = Transfer.objects.get(kind="CANCEL")
        assert done.transfers == [transfer.pk]
        assert (transfer.points, transfer.credit_account_id) == (15, books.own["RETURNED"])
        assert Account.objects.get(pk=books.accounts[0]).balance == 5
        assert {lot.granted: lot.remaining for lot in Lot.objects.all()} == {
            10: 0,
            5: 0,
            3: 3,
            2: 2,
        }
        assert OutboxEvent.objects.filter(name="loyalty.points_cancelled.v1").count() == 1

    def test_the_same_key_takes_once_and_for_one_activity(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered")
        grant(books, 2, f"{OTHER}:1", awaits="delivered")
        first = cancel(books)

        assert cancel(books) == first
        with pytest.raises(KeyConflict):
            cancel(books, activity=OTHER)
        assert Account.objects.get(pk=books.accounts[0]).balance == 2

    def test_a_refusal_changes_nothing(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered")
        with pytest.raises(InvalidRequest):
            cancel(books, key="")
        assert Account.objects.get(pk=books.accounts[0]).balance == 10

    def test_activated_points_stay(self):
        books = Books()
        grant(books, 10, f"{SALE}:1", awaits="delivered")
        activate(books)

        assert cancel(books).points == 0
        assert Account.objects.get(pk=books.accounts[0]).balance == 10
