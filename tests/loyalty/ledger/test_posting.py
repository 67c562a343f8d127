from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from loyalty.errors import InsufficientPoints, KeyConflict
from loyalty.ledger.posting import Posting, post
from loyalty.models import Account, Lot, LotMove, OutboxEvent, Programme, Transfer, Unit
from loyalty.services.accounts import open_member_account, open_programme

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOLDER = UUID(int=7)


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


class TestTheBooks:
    @pytest.mark.parametrize("table", ["transfer", "lot", "lotmove", "account"])
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
