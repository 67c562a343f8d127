import pytest

from loyalty.errors import InsufficientPoints, KeyConflict, NotFound, UnitNotSpendable
from loyalty.ledger.posting import Posted
from loyalty.models import Transfer, Unit
from loyalty.services.spending import spend_points
from tests.loyalty.ledger.books import NOON, Books, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    books = Books()
    books.earn(100, "r-1")
    return books


def spend(account_id: int, points: int, key: str = "p-1") -> Posted:
    return spend_points(
        account_id=account_id,
        points=points,
        source="payment",
        external_id=key,
        reasons=[],
        actor="test",
        at=NOON,
    )


class TestSpendPoints:
    def test_takes_them_to_the_redeemed_account_of_the_unit(self, books):
        Books("other")

        posted = spend(books.accounts[0], 40)

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        assert (posted.before, posted.after) == (100, 60)
        assert (transfer.kind, transfer.credit_account_id) == ("REDEEM", books.own["REDEEMED"])

    def test_asks_one_question_and_posts(self, books, django_assert_num_queries):
        with django_assert_num_queries(2):
            spend(books.accounts[0], 40)

    def test_refuses_and_changes_nothing(self, books):
        spend(books.accounts[0], 40)
        before = everything()

        with pytest.raises(InsufficientPoints):
            spend(books.accounts[0], 61, "p-2")
        with pytest.raises(KeyConflict):
            spend(books.accounts[0], 41)
        with pytest.raises(NotFound):
            spend(books.own["ISSUANCE"], 1, "p-2")

        assert everything() == before

    def test_refuses_credits(self, books):
        Unit.objects.update(kind=Unit.Kind.CREDITS)

        with pytest.raises(UnitNotSpendable):
            spend(books.accounts[0], 1)
