from datetime import UTC, datetime, timedelta

import pytest

from loyalty.ledger.lot_dates import slide
from loyalty.models import ExpiryWarning, OutboxEvent
from loyalty.services.expiry_warnings import Warned, warn_of_expiry
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.sliding import grant

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
END = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)  # 31 December is the last day in Amsterdam
LAST_DAY = datetime(2026, 12, 31, 12, 0, tzinfo=UTC)


def said() -> list[tuple[int, str, int]]:
    events = OutboxEvent.objects.filter(name="loyalty.points_expiring.v1").order_by("id")
    return [(e.payload["points"], e.payload["last_day"], e.payload["days_ahead"]) for e in events]


class TestWarnOfExpiry:
    def test_warns_thirty_and_seven_days_ahead_and_once_each(self):
        books = Books()
        books.earn(40, "r-1", expires_at=END)
        books.earn(2, "r-2", expires_at=END)
        books.earn(9, "r-3", expires_at=END + 40 * DAY)
        books.earn(5, "r-4")

        for ahead in (31, 30, 30, 29, 8, 7, 7, 1, 0):
            warn_of_expiry(at=LAST_DAY - ahead * DAY)

        assert said() == [(42, "2026-12-31", 30), (42, "2026-12-31", 7)]
        event = OutboxEvent.objects.filter(name="loyalty.points_expiring.v1").first()
        assert event is not None
        assert event.payload["account"] == books.accounts[0]
        assert event.subject is not None

    def test_warns_late_rather_than_never_and_then_only_by_the_shorter_term(self):
        books = Books()
        books.earn(40, "r-1", expires_at=END)

        warn_of_expiry(at=LAST_DAY - 3 * DAY)
        warn_of_expiry(at=LAST_DAY)

        assert said() == [(40, "2026-12-31", 7)]

    def test_says_nothing_of_what_is_spent_or_has_lapsed(self):
        books = Books()
        books.earn(40, "r-1", expires_at=END)
        assert warn_of_expiry(at=END).warnings == 0
        books.spend(40, "s-1")
        assert warn_of_expiry(at=LAST_DAY).warnings == 0
        assert not ExpiryWarning.objects.exists()

    def test_sliding_points_are_warned_of_anew_when_their_end_has_moved(self):
        books = Books()
        grant(books, 10, "a:1", is_sliding=True)
        slide(books.accounts[0], lapses_at=END, effective_at=NOON, at=NOON)
        warn_of_expiry(at=LAST_DAY - 5 * DAY)
        slide(books.accounts[0], lapses_at=END + 31 * DAY, effective_at=LAST_DAY, at=LAST_DAY)
        warn_of_expiry(at=LAST_DAY + 5 * DAY)

        assert said() == [(10, "2026-12-31", 7), (10, "2027-01-31", 30)]

    def test_works_through_all_accounts_in_three_statements_a_batch(
        self, django_assert_num_queries
    ):
        books = Books(members=5)
        for member in range(5):
            books.earn(member + 1, f"r-{member}", member=member, expires_at=END)

        with django_assert_num_queries(5):  # the savepoint is two of them
            first = warn_of_expiry(at=LAST_DAY, limit=3)
        second = warn_of_expiry(at=LAST_DAY, limit=3, after=first.last_account or 0)
        third = warn_of_expiry(at=LAST_DAY, limit=3, after=second.last_account or 0)

        assert first == Warned(warnings=3, last_account=books.accounts[2])
        assert second == Warned(warnings=2, last_account=books.accounts[4])
        assert third == Warned(warnings=0, last_account=None)
