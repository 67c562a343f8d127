from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from loyalty.errors import AccountClosed, InsufficientPoints, KeyConflict
from loyalty.ledger.lot_dates import slide
from loyalty.ledger.posting import Posting, close_account, post
from loyalty.models import Account, Lot, LotMove, OutboxEvent, Programme, Transfer, Unit
from loyalty.services.accounts import open_member_account, open_programme
from tests.loyalty.ledger.books import Books, moved
from tests.loyalty.ledger.damage import differences

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOLDER = UUID(int=7)


def lapse_at(books: Books, moment: datetime) -> None:
    """Let the member's sliding lots end then, unless another activity keeps them alive."""
    slide(books.accounts[0], lapses_at=moment, effective_at=NOON, at=NOON)


@pytest.fixture
def unit() -> Unit:
    return open_programme(programme=Programme(slug="shop", name="Shop"), at=NOON)


@pytest.fixture
def account(unit: Unit) -> Account:
    pk = open_member_account(programme_id=unit.programme_id, holder=HOLDER, at=NOON)
    return Account.objects.get(pk=pk)


def earning(account: Account, points: int, key: str, **changes: object) -> Posting:
    issuance = Account.objects.get(unit=account.unit, kind="ISSUANCE")
    return Posting(
        **{
            "kind": Transfer.Kind.EARN,
            "debit_account": issuance.pk,
            "credit_account": account.pk,
            "points": points,
            "source": "activity:till",
            "external_id": key,
            "actor": "api:till",
            "effective_at": NOON,
            **changes,
        }
    )


def spending(account: Account, points: int, key: str) -> Posting:
    redeemed = Account.objects.get(unit=account.unit, kind="REDEEMED")
    return earning(
        account,
        points,
        key,
        kind=Transfer.Kind.REDEEM,
        debit_account=account.pk,
        credit_account=redeemed.pk,
        source="redemption",
    )


class TestPost:
    def test_earns_a_lot_and_a_balance_and_says_so_once(self, account):
        posted = post(earning(account, 120, "r-1"), at=NOON)

        account.refresh_from_db()
        lot = Lot.objects.get()
        event = OutboxEvent.objects.get()
        assert (posted.before, posted.after, posted.version) == (0, 120, 1)
        assert (account.balance, account.version) == (120, 1)
        assert (lot.granted, lot.remaining, lot.available_from) == (120, 120, NOON)
        assert event.name == "loyalty.points_earned.v1"
        assert event.subject == HOLDER
        assert event.payload == {
            "transfer": posted.transfer_id,
            "points": 120,
            "balance": 120,
            "source": "activity:till",
            "external_id": "r-1",
        }

    def test_gives_the_first_answer_again_for_the_same_key_and_request(self, account):
        first = post(earning(account, 120, "r-1"), at=NOON)
        post(earning(account, 30, "r-2"), at=NOON)

        again = post(earning(account, 120, "r-1"), at=NOON + timedelta(days=400))

        assert again == type(first)(
            transfer_id=first.transfer_id, before=0, after=120, version=1, is_replay=True
        )
        account.refresh_from_db()
        assert account.balance == 150
        assert Transfer.objects.count() == 2

    def test_refuses_another_request_under_a_used_key_and_changes_nothing(self, account):
        post(earning(account, 120, "r-1"), at=NOON)

        with pytest.raises(KeyConflict):
            post(earning(account, 121, "r-1"), at=NOON)

        account.refresh_from_db()
        assert account.balance == 120
        assert OutboxEvent.objects.count() == 1

    def test_spends_the_soonest_expiry_first_then_the_oldest(self, account):
        later, soon = NOON + timedelta(days=60), NOON + timedelta(days=30)
        post(earning(account, 10, "never"), at=NOON)
        post(earning(account, 10, "later", expires_at=later), at=NOON)
        post(earning(account, 10, "soon", expires_at=soon), at=NOON)

        post(spending(account, 15, "s-1"), at=NOON)

        assert list(Lot.objects.order_by("id").values_list("remaining", flat=True)) == [10, 5, 0]
        assert sorted(LotMove.objects.values_list("points", flat=True)) == [-10, -5]

    @pytest.mark.parametrize(
        "changes",
        [
            {"expires_at": NOON},
            {"available_from": NOON + timedelta(seconds=1)},
        ],
        ids=["lapsed at this very moment", "pending for one more second"],
    )
    def test_refuses_points_that_time_has_taken_or_not_yet_given(self, account, changes):
        post(earning(account, 100, "r-1", **changes), at=NOON - timedelta(days=1))

        with pytest.raises(InsufficientPoints):
            post(spending(account, 1, "s-1"), at=NOON)

        account.refresh_from_db()
        assert account.balance == 100
        assert Transfer.objects.count() == 1
        assert LotMove.objects.count() == 0


class TestTerms:
    def test_keeps_what_waits_for_an_event_out_of_reach(self):
        books = Books()
        books.earn(10, "r-1", awaits="delivered")
        books.earn(10, "r-2", awaits="delivered", available_from=NOON + DAY)

        waiting = Lot.objects.order_by("id").values_list("awaits", "available_from")
        assert list(waiting) == [("delivered", None), ("delivered", NOON + DAY)]
        assert books.usable() == 0
        assert books.usable(at=NOON + DAY) == 10
        with pytest.raises(InsufficientPoints):
            books.spend(11, "s-1", at=NOON + 999 * DAY)

    def test_ends_sliding_lots_with_their_account(self):
        books = Books()
        books.earn(10, "fixed", expires_at=NOON + 5 * DAY)
        books.earn(20, "sliding", is_sliding=True, expiry="{}")
        assert books.usable(at=NOON + 9 * DAY) == 20

        lapse_at(books, NOON + 2 * DAY)

        assert books.usable(at=NOON + 2 * DAY) == 10
        posted = books.spend(15, "s-1", at=NOON + DAY)
        assert moved(posted.transfer_id) == [(20, -15)]
        assert Lot.objects.get(granted=20).expiry == "{}"
        assert differences() == {}

    def test_lets_sliding_lots_lapse_at_that_very_moment(self):
        books = Books()
        books.earn(20, "sliding", is_sliding=True)
        lapse_at(books, NOON + DAY)

        with pytest.raises(InsufficientPoints):
            books.spend(1, "s-1", at=NOON + DAY)

    def test_names_what_it_reverses(self):
        books = Books()
        first = books.earn(20, "r-1")
        books.earn(5, "r-2", reverses=first.transfer_id)

        assert Transfer.objects.get(external_id="r-2").reverses == first.transfer_id


class TestBetweenMembers:
    def test_makes_a_lot_of_each_lot_taken(self):
        books = Books(members=2)
        books.earn(30, "late", expires_at=NOON + 9 * DAY)
        books.earn(30, "soon", expires_at=NOON + DAY)

        books.give(40, "g-1", giver=0, taker=1)

        lots = Lot.objects.filter(account=books.accounts[1]).order_by("id")
        assert list(lots.values_list("granted", "expires_at")) == [
            (30, NOON + DAY),
            (10, NOON + 9 * DAY),
        ]
        assert differences() == {}

    def test_takes_from_the_named_lots_alone(self):
        books = Books(members=2)
        books.earn(30, "soon", expires_at=NOON + DAY)
        books.earn(30, "late", expires_at=NOON + 9 * DAY)
        late = Lot.objects.latest("id").pk

        with pytest.raises(InsufficientPoints):
            books.give(31, "g-1", giver=0, taker=1, lots=[late])
        books.give(20, "g-2", giver=0, taker=1, lots=[late])

        assert books.remaining() == [30, 10]


class TestCloseAccount:
    def test_refuses_while_anything_is_in_it_held_or_owed(self):
        books = Books()
        account = books.accounts[0]
        sale = books.earn(10, "r-1")
        assert not close_account(account, at=NOON)
        books.spend(10, "s-1")
        books.take_back(10, "t-1", sale.transfer_id)
        assert not close_account(account, at=NOON)

        books.earn(10, "r-2")

        assert close_account(account, at=NOON)
        with pytest.raises(AccountClosed):
            books.earn(1, "r-3")
        assert books.earn(10, "r-2").is_replay


class TestTheBooks:
    @pytest.mark.parametrize("table", ["transfer", "lot", "lotmove", "account", "hold"])
    @pytest.mark.parametrize(
        "statement",
        ["DELETE FROM loyalty_{}", "TRUNCATE loyalty_{}", "UPDATE loyalty_{} SET id = id"],
    )
    def test_are_closed_to_the_application_role(self, account, table, statement):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table))

    @pytest.mark.parametrize("table", ["transfer", "lotmove", "lot"])
    def test_are_append_only_even_for_their_owner(self, account, table):
        post(earning(account, 10, "r-1"), at=NOON)
        post(spending(account, 5, "s-1"), at=NOON)

        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(f"DELETE FROM loyalty_{table}")
