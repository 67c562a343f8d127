from datetime import timedelta
from uuid import UUID

import pytest

from loyalty.errors import (
    AccountClosed,
    InsufficientPoints,
    InvalidRequest,
    KeyConflict,
    NotAContributor,
    NotFound,
    PoolClosed,
    UnitNotShareable,
    UnitNotSpendable,
)
from loyalty.ledger.posting import Posted, close_account
from loyalty.models import Account, Contributor, Lot, OutboxEvent, Pool, Unit
from loyalty.services.expiry import expire_due_points
from loyalty.services.pools import (
    add_contributor,
    close_pool,
    leave_pool,
    open_pool,
    spend_from_pool,
)
from loyalty.services.spending import spend_points
from tests.loyalty.ledger.books import NOON, Books, everything
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STRANGER = UUID(int=5)


@pytest.fixture
def books() -> Books:
    books = Books(members=3)
    for member in range(3):
        books.earn(100, f"r-{member}", member=member)
    return books


def shared(books: Books) -> int:
    return Account.objects.get(holder=Pool.objects.get().holder).balance


def balances(books: Books) -> list[int]:
    return [books.standing(member)[0] for member in range(3)]


def spend(books: Books, pool: Pool, points: int, key="p-1", *, member=0, at=NOON) -> Posted:
    return spend_from_pool(
        pool_id=pool.pk,
        holder=books.holder(member),
        points=points,
        source="payment",
        external_id=key,
        reasons=[],
        actor="test",
        at=at,
    )


def leave(books: Books, pool: Pool, member: int, at=NOON) -> None:
    leave_pool(pool_id=pool.pk, holder=books.holder(member), actor="test", at=at)


def close(pool: Pool, at=NOON) -> None:
    close_pool(pool_id=pool.pk, actor="test", at=at)


def said(name: str) -> int:
    return OutboxEvent.objects.filter(name=f"loyalty.{name}.v1").count()


class TestOpenPool:
    def test_opens_an_account_with_its_contributors_once(self, books):
        pool = books.open_pool(0, 1)
        again = books.open_pool(0, 1)

        assert again == pool
        assert shared(books) == 0
        assert list(pool.contributors.values_list("holder", flat=True)) == [
            books.holder(0),
            books.holder(1),
        ]
        assert (said("pool_opened"), said("contributor_joined")) == (1, 2)

    def test_refuses_and_changes_nothing(self, books):
        before = everything()

        def attempt(holder=STRANGER, contributors=()):
            open_pool(
                unit_id=books.unit_id,
                holder=holder,
                contributors=contributors,
                actor="test",
                at=NOON,
            )

        with pytest.raises(InvalidRequest):
            attempt()
        with pytest.raises(InvalidRequest):
            attempt(holder=books.holder(0), contributors=[books.holder(1)])
        with pytest.raises(NotFound):
            attempt(contributors=[books.holder(0), UUID(int=6)])
        for refusal, unit in [
            (UnitNotShareable, {"is_shareable": False}),
            (UnitNotSpendable, {"is_shareable": True, "kind": "CREDITS"}),
        ]:
            Unit.objects.update(**unit)
            with pytest.raises(refusal):
                attempt(contributors=[books.holder(0)])

        assert everything() == before
        assert Contributor.objects.count() == 0


class TestAddContributor:
    def test_lets_a_member_in_once(self, books):
        pool = books.open_pool(0)

        for _time in range(2):
            add_contributor(pool_id=pool.pk, holder=books.holder(1), actor="test", at=NOON)

        assert pool.contributors.count() == 2
        assert books.contribute(pool, 10, "c-1", member=1).after == 90

    def test_refuses_who_has_no_account_and_the_pool_itself(self, books):
        pool = books.open_pool(0)

        for holder in (STRANGER, pool.holder):
            with pytest.raises(NotFound):
                add_contributor(pool_id=pool.pk, holder=holder, actor="test", at=NOON)
        assert pool.contributors.count() == 1


class TestContribute:
    def test_moves_own_points_in_with_their_dates(self, books):
        books.earn(20, "r-9", expires_at=NOON + DAY)
        pool = books.open_pool(0)

        posted = books.contribute(pool, 30, "c-1")

        lots = Lot.objects.filter(account=books.pool_account(pool)).order_by("id")
        assert (posted.before, posted.after) == (120, 90)
        assert list(lots.values_list("granted", "expires_at")) == [(20, NOON + DAY), (10, None)]
        assert shared(books) == 30
        assert differences() == {}

    @pytest.mark.parametrize(
        ("points", "key", "member", "refusal"),
        [
            (91, "c-2", 0, InsufficientPoints),
            (11, "c-1", 0, KeyConflict),
            (10, "c-2", 1, NotAContributor),
            (0, "c-2", 0, InvalidRequest),
            (10, "", 0, InvalidRequest),
        ],
    )
    def test_refuses_and_changes_nothing(self, books, points, key, member, refusal):
        pool = books.open_pool(0)
        books.contribute(pool, 10, "c-1")
        before = everything()

        with pytest.raises(refusal):
            books.contribute(pool, points, key, member=member)

        assert everything() == before


class TestSpendFromPool:
    def test_is_for_every_contributor(self, books):
        pool = books.open_pool(0, 1)
        books.contribute(pool, 60, "c-1", member=0)

        assert spend(books, pool, 40, member=1).after == 20
        assert differences() == {}

    @pytest.mark.parametrize(
        ("points", "member", "refusal"),
        [(61, 0, InsufficientPoints), (10, 2, NotAContributor)],
    )
    def test_refuses_and_changes_nothing(self, books, points, member, refusal):
        pool = books.open_pool(0, 1)
        books.contribute(pool, 60, "c-1")
        before = everything()

        with pytest.raises(refusal):
            spend(books, pool, points, member=member)

        assert everything() == before

    def test_is_the_only_way_to_spend_them(self, books):
        pool = books.open_pool(0)
        books.contribute(pool, 60, "c-1")

        with pytest.raises(NotAContributor):
            spend_points(
                account_id=books.pool_account(pool),
                points=10,
                source="payment",
                external_id="p-1",
                reasons=[],
                actor="test",
                at=NOON,
            )
        assert shared(books) == 60


class TestLeavePool:
    def test_gives_what_is_left_of_ones_own_lots(self, books):
        books.earn(20, "r-9", member=1, expires_at=NOON + DAY)
        pool = books.open_pool(0, 1)
        books.contribute(pool, 60, "c-0", member=0)
        books.contribute(pool, 50, "c-1", member=1)
        spend(books, pool, 70)  # the 20 that lapse first, then the oldest: 50 of the 60

        leave(books, pool, 1)

        assert balances(books) == [40, 70 + 30, 100]
        assert shared(books) == 10
        assert differences() == {}

    def test_ends_the_right_to_spend_until_one_is_let_in_again(self, books):
        pool = books.open_pool(0, 1)
        books.contribute(pool, 60, "c-0")
        leave(books, pool, 1)

        with pytest.raises(NotAContributor):
            spend(books, pool, 10, member=1)
        add_contributor(pool_id=pool.pk, holder=books.holder(1), actor="test", at=NOON)
        assert spend(books, pool, 10, member=1).after == 50

    def test_closes_the_pool_with_the_last(self, books):
        pool = books.open_pool(0)
        books.contribute(pool, 60, "c-0")

        leave(books, pool, 0)

        pool.refresh_from_db()
        assert pool.closed_at == NOON
        assert balances(books)[0] == 100
        with pytest.raises(PoolClosed):
            leave(books, pool, 0)

    def test_refuses_who_is_not_in(self, books):
        pool = books.open_pool(0)

        with pytest.raises(NotAContributor):
            leave(books, pool, 1)


class TestClosePool:
    def test_gives_everybody_what_is_left_of_their_own_with_its_dates(self, books):
        books.earn(20, "r-9", member=2, expires_at=NOON + DAY)
        pool = books.open_pool(0, 1, 2)
        for member, points in enumerate((60, 50, 20)):
            books.contribute(pool, points, f"c-{member}", member=member)
        spend(books, pool, 15)

        close(pool)

        pool.refresh_from_db()
        last = Lot.objects.filter(account=books.accounts[2]).latest("id")
        assert balances(books) == [100, 100, 105]
        assert (last.granted, last.expires_at) == (5, NOON + DAY)
        assert pool.closed_at == Account.objects.get(holder=pool.holder).closed_at == NOON
        assert not pool.contributors.filter(left_at=None).exists()
        assert (said("pool_closed"), said("contributor_left")) == (1, 3)
        assert differences() == {}

    def test_again_changes_nothing(self, books):
        pool = books.open_pool(0)
        close(pool)
        before = everything()

        close(pool)

        assert everything() == before

    def test_leaves_nothing_to_be_done_with_it(self, books):
        pool = books.open_pool(0)
        close(pool)

        for deed in (
            lambda: books.contribute(pool, 10, "c-1"),
            lambda: spend(books, pool, 10),
            lambda: leave(books, pool, 0),
            lambda: add_contributor(pool_id=pool.pk, holder=books.holder(1), actor="test", at=NOON),
        ):
            with pytest.raises(PoolClosed):
                deed()
        with pytest.raises(NotFound):
            close_pool(pool_id=0, actor="test", at=NOON)

    def test_leaves_what_has_lapsed_to_be_booked(self, books):
        books.earn(20, "r-9", expires_at=NOON + DAY)
        pool = books.open_pool(0)
        books.contribute(pool, 50, "c-0")

        close(pool, at=NOON + DAY)

        assert balances(books)[0] == 100
        assert shared(books) == 20
        assert expire_due_points(at=NOON + DAY).points == 20
        assert shared(books) == 0
        assert differences() == {}

    def test_gives_what_came_back_as_goodwill_to_who_has_been_in_longest(self, books):
        books.earn(20, "r-9", member=1, expires_at=NOON + DAY)
        pool = books.open_pool(0, 1)
        books.contribute(pool, 20, "c-1", member=1)
        paid = spend(books, pool, 20)
        books.accounts.append(books.pool_account(pool))
        books.give_back(20, "b-1", spent_by=paid.transfer_id, member=3, at=NOON + 2 * DAY)

        close(pool, at=NOON + 2 * DAY)

        assert balances(books) == [120, 100, 100]
        assert differences() == {}

    def test_passes_the_lots_of_a_closed_account_on(self, books):
        pool = books.open_pool(0, 1)
        books.contribute(pool, 100, "c-1", member=1)
        close_account(books.accounts[1], at=NOON)

        close(pool)

        assert balances(books) == [200, 0, 100]

    def test_refuses_when_nobody_can_have_the_points(self, books):
        pool = books.open_pool(1)
        books.contribute(pool, 100, "c-1", member=1)
        close_account(books.accounts[1], at=NOON)
        before = everything()

        with pytest.raises(AccountClosed):
            close(pool)

        assert everything() == before
