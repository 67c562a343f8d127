from decimal import Decimal

from members.services.activities import record_activity
from members.types import ActivitySubmission, LineSubmission
from tests.members.shop import CARD, NOON


def purchase(**changes):
    said = {
        "type": "purchase",
        "member": CARD,
        "source": "kassa",
        "external_id": "b-1",
        "occurred_at": NOON,
        "channel": "store",
        "location": "Utrecht",
        "lines": (
            LineSubmission(product="verf-1", category="paint", amount="30.95", quantity="2"),
            LineSubmission(product="kwast-4", category="tools", amount=Decimal("9.10")),
        ),
    }
    return ActivitySubmission(**said | changes)


class TestRecordActivity:
    def test_books_what_was_earned_and_keeps_what_was_bought(self, shop, django_assert_num_queries):
        book = shop.book
        with django_assert_num_queries(2):
            recorded = record_activity(book=book, submission=purchase(), actor="api:kassa", at=NOON)

        assert recorded.award.points == 71
        assert recorded.award.line_points == (62, 9)
        assert recorded.balance == 71
