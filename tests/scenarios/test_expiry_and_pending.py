"""K12 to K17 of the bugs that real loyalty systems had: expiry and pending points."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from loyalty.errors import InsufficientPoints
from loyalty.models import Account, Lot, Transfer
from loyalty.selectors import balance_card
from loyalty.services.adjustments import adjust_points
from loyalty.services.expiry import expire_due_points
from loyalty.services.spending import spend_points
from members.selectors import account_of
from tests.concurrency.racing import race
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, day, record, returned
from tests.members.shop import NOON
from tests.scenarios.shop import open_shop

pytestmark = pytest.mark.django_db

LATER = datetime(2028, 12, 31, 12, 0, tzinfo=UTC)


def spend(shop, points, key, at):
    return spend_points(
        account_id=account_of(shop.anna),
        points=points,
        source="webshop",
        external_id=key,
        reasons=[],
        actor="api:webshop",
        at=at,
    )


def test_k12_points_that_were_spent_do_not_lapse_again(plain_shop):
    plain_shop.change(expiry={"kind": "term", "days": 10})
    record(plain_shop, bought("b-1", 1, "100.00"), at=day(1))
    spend(plain_shop, 100, "w-1", day(2))
    record(plain_shop, bought("b-2", 8, "50.00"), at=day(8))

    expired = expire_due_points(at=day(13))

    assert expired.points == 0
    assert balance(plain_shop) == 50
    assert differences() == {}


def test_k13_points_lapse_whichever_door_they_came_by(plain_shop):
    plain_shop.publish(
        "review",
        {"schema": 2, "trigger": "review", "effects": [{"kind": "fixed", "points": 20}]},
    )
    record(plain_shop, bought("b-1", 1, "30.00"))
    record(plain_shop, bought("v-1", 1, type="review", lines=()))
    adjust_points(
        account_id=account_of(plain_shop.anna),
        points=7,
        reason="Excuses",
        actor="staff:1",
        at=NOON,
        key="sorry",
        expires_at=NOON + timedelta(days=30),
    )

    expired = expire_due_points(at=LATER)

    assert (expired.points, balance(plain_shop)) == (57, 0)
    assert set(Lot.objects.values_list("remaining", flat=True)) == {0}


def test_k14_balance_report_and_books_agree_after_expiry(plain_shop):
    record(plain_shop, bought("b-1", 1, "30.00"))
    shown_before_the_job = balance_card(account_of(plain_shop.anna), at=LATER).points

    expire_due_points(at=LATER)

    lapsed = Transfer.objects.get(kind="EXPIRE")
    assert (shown_before_the_job, lapsed.points) == (0, 30)
    assert balance_card(account_of(plain_shop.anna), at=LATER).points == 0
    assert balance(plain_shop) == 0
    assert differences() == {}


@pytest.mark.parametrize(
    ("expiry", "last_moment"),
    [
        ({"kind": "never"}, None),
        ({"kind": "term", "days": 30}, datetime(2026, 12, 1, 23, 0, tzinfo=UTC)),
        ({"kind": "end_of", "period": "month"}, datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        ({"kind": "end_of", "period": "year"}, datetime(2026, 12, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_k15_every_policy_ends_at_the_last_instant_of_a_local_day(plain_shop, expiry, last_moment):
    plain_shop.change(expiry=expiry)

    record(plain_shop, bought("b-1", 1, "30.00"))

    lot = Lot.objects.get()
    assert lot.expires_at == last_moment


def test_k15_a_rule_without_an_end_earns(plain_shop):
    assert record(plain_shop, bought("b-1", 1, "30.00")).award.points == 30


def test_k16_k25_points_that_wait_cannot_be_spent_and_go_first_with_the_goods(plain_shop):
    """K25 Choice Hotels: earned on a booking, spent, and then the booking was cancelled."""
    plain_shop.stop("base", at=day(1))
    plain_shop.publish(
        "waiting",
        {
            "schema": 2,
            "trigger": "purchase",
            "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
            "terms": {"pending_days": 14},
        },
    )
    record(plain_shop, bought("b-1", 10, "30.00"))

    with pytest.raises(InsufficientPoints):
        spend(plain_shop, 1, "w-1", NOON)
    record(plain_shop, returned("r-1", "b-1", 12))

    assert balance(plain_shop) == 0
    assert balance_card(account_of(plain_shop.anna), at=day(40)).points == 0
    assert Account.objects.get(kind="MEMBER").owed == 0
    assert differences() == {}


@pytest.mark.django_db(transaction=True)
def test_k17_two_schedulers_and_another_zone_let_each_lot_lapse_once():
    shop = open_shop()
    for n in range(1, 21):
        record(shop, bought(f"b-{n}", n, "10.00"))
    ends = set(Lot.objects.values_list("expires_at", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_programme SET time_zone = 'Asia/Tokyo'")

    answers = race([[lambda: expire_due_points(at=LATER).points]] * 4)

    assert sum(points for (points,) in answers) == 200
    assert set(Lot.objects.values_list("expires_at", flat=True)) == ends
    lapsed = Transfer.objects.filter(kind="EXPIRE").values_list("points", flat=True)
    assert list(lapsed) == [10] * 20  # each day's lot at its own end
    assert differences() == {}
