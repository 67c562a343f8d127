"""Points that end a month after the last purchase, through the doors that shops use."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from loyalty.models import Account, Transfer
from loyalty.selectors import balance_card
from loyalty.services.expiry import expire_due_points
from loyalty.services.replay import replay
from members.selectors import account_of
from members.services.activities import record_activities
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, day, record

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)
# 2 and 20 November are one stretch, which ended on 20 December; the other two are alive
PURCHASES = {2: "1.00", 20: "10.00", 60: "100.00", 75: "1000.00"}


@pytest.fixture
def shop(plain_shop):
    plain_shop.change(expiry={"kind": "inactivity", "months": 1, "activities": ["purchase"]})
    return plain_shop


def receipt(on: int):
    return bought(f"b-{on}", on, PURCHASES[on])


def test_a_purchase_keeps_all_points_alive_and_a_month_without_ends_them(shop):
    record(shop, receipt(2), at=day(2))
    record(shop, receipt(20), at=day(20))
    account = account_of(shop.anna)
    end = Account.objects.get(pk=account).lapses_at

    assert end == datetime(2026, 12, 20, 23, 0, tzinfo=UTC)
    assert balance_card(account, at=day(49)).points == 11
    assert balance_card(account, at=end).points == 0
    expire_due_points(at=end)
    assert balance(shop) == 0
    assert differences() == {}


@pytest.mark.parametrize("order", list(permutations(PURCHASES)))
def test_any_order_of_arrival_leaves_the_same_points(shop, order):
    for on in order:
        record(shop, receipt(on), at=NOW)
        expire_due_points(at=NOW)

    assert balance_card(account_of(shop.anna), at=NOW).points == 1100
    assert balance(shop) == 1100
    assert differences() == {}


def test_a_batch_leaves_what_single_purchases_leave(shop):
    record_activities(
        book=shop.book,
        submissions=[receipt(on) for on in PURCHASES],
        actor="api:kassa",
        at=NOW,
    )

    assert balance_card(account_of(shop.anna), at=NOW).points == 1100
    expired = Transfer.objects.get(kind="EXPIRE")
    assert (expired.points, expired.effective_at) == (11, datetime(2026, 12, 20, 23, tzinfo=UTC))
    assert differences() == {}


def test_the_history_replays_to_the_same_books(shop):
    for minute, on in enumerate((60, 2, 75, 20)):
        record(shop, receipt(on), at=NOW + timedelta(minutes=2 * minute))
        expire_due_points(at=NOW + timedelta(minutes=2 * minute + 1))

    assert [(part.name, part.first) for part in replay().parts if part.differences] == []
