import pytest

from loyalty.errors import DebtExceeded, InvalidRequest, KeyConflict
from loyalty.models import OutboxEvent, Remark, Transfer
from loyalty.services.debts import forgive_debt
from tests.loyalty.ledger.books import NOON, Books, everything
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    """A member who owes 100 points."""
    books = Books()
    sale = books.earn(100, "r-1")
    books.spend(100, "s-1")
    books.take_back(100, "t-1", sale.transfer_id)
    return books


def forgive(books: Books, points: int, *, key: str = "f-1", reason: str = "our mistake") -> int:
    return forgive_debt(
        account_id=books.accounts[0],
        points=points,
        reason=reason,
        actor="user:desk",
        at=NOON,
        key=key,
    )


class TestForgiveDebt:
    def test_lowers_the_debt_and_says_why(self, books):
        assert forgive(books, 30) == 70

        transfer = Transfer.objects.get(kind="FORGIVE")
        assert books.standing() == (0, 70)
        assert (transfer.points, transfer.actor) == (30, "user:desk")
        assert transfer.debit_account_id == books.own["RETURNED"]
        assert Remark.objects.get(pk=transfer.reasons[0]["params"]["remark"]).text == "our mistake"
        assert OutboxEvent.objects.filter(name="loyalty.points_forgiven.v1").count() == 1
        assert differences() == {}

    def test_is_made_once_per_key(self, books):
        forgive(books, 30)
        forgive(books, 30)

        assert books.standing() == (0, 70)

    def test_frees_what_is_earned_afterwards(self, books):
        forgive(books, 100)
        books.earn(10, "r-2")

        assert books.usable() == 10
        assert differences() == {}

    @pytest.mark.parametrize(
        ("points", "reason", "key", "refusal"),
        [
            (71, "too much", "f-2", DebtExceeded),
            (31, "another figure", "f-1", KeyConflict),
            (0, "nothing", "f-2", InvalidRequest),
            (5, " ", "f-2", InvalidRequest),
            (5, "x" * 501, "f-2", InvalidRequest),
            (5, "no key", "", InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, reason, key, refusal):
        forgive(books, 30)
        before = everything()

        with pytest.raises(refusal):
            forgive(books, points, key=key, reason=reason)

        assert everything() == before
