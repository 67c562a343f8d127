import pytest

from loyalty.errors import InsufficientPoints, InvalidRequest, KeyConflict
from loyalty.models import Account, Lot, OutboxEvent, Remark, Transfer
from loyalty.services.adjustments import adjust_points
from tests.loyalty.ledger.books import NOON, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    books = Books()
    books.earn(100, "r-1")
    return books


def adjust(books: Books, points: int, *, key: str = "k-1", reason: str = "a broken lamp"):
    return adjust_points(
        account_id=books.accounts[0],
        points=points,
        reason=reason,
        actor="user:desk",
        at=NOON,
        key=key,
    )


def state(books: Books) -> tuple[int, int, int]:
    account = Account.objects.get(pk=books.accounts[0])
    return account.balance, Transfer.objects.count(), OutboxEvent.objects.count()


class TestAdjustPoints:
    def test_gives_points_as_a_lot_and_says_why(self, books):
        posted = adjust(books, 25)

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        assert (posted.before, posted.after) == (100, 125)
        assert Lot.objects.get(transfer=transfer).remaining == 25
        assert (transfer.kind, transfer.actor) == ("ADJUST", "user:desk")
        assert transfer.debit_account_id == books.own["ADJUSTMENT"]
        remark = Remark.objects.get()
        assert remark.text == "a broken lamp"
        assert transfer.reasons == [
            {
                "rule": "adjustment",
                "version": 1,
                "outcome": "APPLIED",
                "code": "adjustment",
                "points": 25,
                "params": {"remark": str(remark.pk)},
            }
        ]

    def test_takes_points_and_puts_them_on_the_adjustment_account(self, books):
        posted = adjust(books, -30)

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        assert (posted.before, posted.after) == (100, 70)
        assert transfer.credit_account_id == books.own["ADJUSTMENT"]
        assert transfer.reasons[0]["points"] == -30

    def test_is_made_once_per_key(self, books):
        first = adjust(books, 25)
        again = adjust(books, 25)

        assert again.transfer_id == first.transfer_id
        assert again.is_replay
        assert state(books) == (125, 2, 2)

    @pytest.mark.parametrize(
        ("points", "reason", "key", "refusal"),
        [
            (-101, "too much", "k-2", InsufficientPoints),
            (-25, "the other way", "k-1", KeyConflict),
            (26, "another figure", "k-1", KeyConflict),
            (0, "nothing", "k-2", InvalidRequest),
            (10_000_001, "a slip", "k-2", InvalidRequest),
            (5, " ", "k-2", InvalidRequest),
            (5, "x" * 501, "k-2", InvalidRequest),
            (5, "no key", "", InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, reason, key, refusal):
        books.spend(1, "s-1")
        adjust(books, 1, key="k-0")
        adjust(books, 25)
        adjust(books, -25, key="k-9")
        before = state(books)

        with pytest.raises(refusal):
            adjust(books, points, key=key, reason=reason)

        assert state(books) == before
