import pytest

from loyalty.errors import (
    InsufficientPoints,
    InvalidRequest,
    KeyConflict,
    NotAContributor,
    NotFound,
    UnitNotShareable,
)
from loyalty.ledger.posting import Posted
from loyalty.models import OutboxEvent, Transfer, Unit
from loyalty.services.donations import donate_points
from tests.loyalty.ledger.books import NOON, Books, everything
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    books = Books()
    books.earn(100, "r-1")
    return books


def donate(books: Books, points: int, *, key: str = "d-1", cause: str = "Trees") -> Posted:
    return donate_points(
        account_id=books.accounts[0], points=points, cause=cause, actor="test", at=NOON, key=key
    )


class TestDonatePoints:
    def test_gives_them_to_a_named_cause(self, books):
        posted = donate(books, 40)

        transfer = Transfer.objects.get(pk=posted.transfer_id)
        assert posted.after == 60
        assert transfer.kind == "DONATE"
        assert transfer.credit_account_id == books.own["DONATED"]
        assert transfer.reasons[0]["name"] == {"nl": "Trees", "en": "Trees"}
        assert OutboxEvent.objects.filter(name="loyalty.points_donated.v1").count() == 1
        assert differences() == {}

    def test_is_made_once_per_key(self, books):
        first = donate(books, 40)
        again = donate(books, 40)

        assert (again.transfer_id, again.is_replay) == (first.transfer_id, True)
        assert books.standing() == (60, 0)

    @pytest.mark.parametrize(
        ("points", "key", "cause", "refusal"),
        [
            (61, "d-2", "Trees", InsufficientPoints),
            (41, "d-1", "Trees", KeyConflict),
            (0, "d-2", "Trees", InvalidRequest),
            (5, "", "Trees", InvalidRequest),
            (5, "d-2", " ", InvalidRequest),
            (5, "d-2", "x" * 101, InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, cause, refusal):
        donate(books, 40)
        before = everything()

        with pytest.raises(refusal):
            donate(books, points, key=key, cause=cause)

        assert everything() == before

    def test_refuses_a_unit_that_is_not_shared_a_pool_and_no_account(self, books):
        pool = books.open_pool(0)
        books.contribute(pool, 50, "c-1")
        before = everything()

        Unit.objects.update(is_shareable=False)
        with pytest.raises(UnitNotShareable):
            donate(books, 10)
        Unit.objects.update(is_shareable=True)
        books.accounts[0] = books.pool_account(pool)
        with pytest.raises(NotAContributor):
            donate(books, 10)
        books.accounts[0] = 0
        with pytest.raises(NotFound):
            donate(books, 10)

        assert everything() == before
