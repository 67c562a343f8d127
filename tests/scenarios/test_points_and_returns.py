"""K1 to K11 of the bugs that real loyalty systems had: points and returns."""

from decimal import Decimal

import pytest

from loyalty.models import Account, Transfer
from loyalty.selectors import balance_card
from loyalty.services.activation import activate_points
from loyalty.services.adjustments import adjust_points
from loyalty.services.spending import spend_points
from loyalty.types import EarningBase, Rounding
from members.models import Activity
from members.selectors import account_of, member_statement
from members.services.activities import record_activities
from members.types import LineSubmission
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, paid, part, record, returned
from tests.members.shop import NOON

pytestmark = pytest.mark.django_db


def spent(shop, points, key="webshop-1"):
    return spend_points(
        account_id=account_of(shop.anna),
        points=points,
        source="webshop",
        external_id=key,
        reasons=[],
        actor="api:webshop",
        at=NOON,
    )


def test_k01_the_same_file_imported_again_accrues_nothing_more(plain_shop):
    file = [bought(f"b-{n}", n, "10.00") for n in range(1, 6)]
    first = record_activities(book=plain_shop.book, submissions=file, actor="import", at=NOON)

    again = record_activities(book=plain_shop.book, submissions=file, actor="import", at=NOON)

    assert balance(plain_shop) == 50
    assert [answer.id for answer in again] == [answer.id for answer in first]
    assert all(answer.is_replay for answer in again)
    assert Transfer.objects.count() == 5


def test_k02_a_return_of_a_sale_that_is_not_there_takes_nothing(plain_shop):
    record(plain_shop, bought("b-1", 1, "40.00"))

    record(plain_shop, returned("r-1", "never-sold", 2))

    assert balance(plain_shop) == 40
    assert Transfer.objects.count() == 1
    assert differences() == {}


def test_k03_buying_and_returning_in_a_loop_gains_nothing(shop):
    for n in range(1, 11):
        record(shop, bought(f"b-{n}", n, "60.00"))
        record(shop, returned(f"r-{n}", f"b-{n}", n + 0.5))

    assert balance(shop) == 0
    assert differences() == {}


def test_k04_spent_points_of_a_returned_sale_come_back_once(plain_shop):
    record(plain_shop, bought("b-1", 1, "200.00"))
    record(plain_shop, bought("b-2", 2, "20.00", "20.00", points_paid=paid(100, "10.00")))
    after_sale = balance(plain_shop)

    record(plain_shop, returned("r-1", "b-2", 3, part(1)))
    after_half = balance(plain_shop)
    record(plain_shop, returned("r-2", "b-2", 4, part(2)))

    assert (after_sale, after_half, balance(plain_shop)) == (130, 165, 200)
    restored = Transfer.objects.filter(kind="RESTORE").values_list("points", flat=True)
    assert sorted(restored) == [50, 50]
    assert differences() == {}


def test_k05_one_of_three_returned_takes_a_third(plain_shop):
    three = LineSubmission(product="brush", category="tools", amount="30.00", quantity=3)
    record(plain_shop, bought("b-1", 1, lines=(three,)))

    record(plain_shop, returned("r-1", "b-1", 2, part(1, "1")))

    assert balance(plain_shop) == 20


def test_k06_a_confirmation_repeated_deducts_once(plain_shop):
    record(plain_shop, bought("b-1", 1, "100.00"))

    answers = [spent(plain_shop, 60) for _ in range(3)]

    assert balance(plain_shop) == 40
    assert [answer.is_replay for answer in answers] == [False, True, True]


def test_k07_a_bonus_that_comes_once_comes_once(plain_shop):
    plain_shop.publish(
        "welcome",
        {
            "schema": 2,
            "trigger": "survey",
            "effects": [{"kind": "fixed", "points": 50}],
            "limits": [{"of": "times", "most": 1, "scope": "member", "period": "ever"}],
        },
    )

    first = record(plain_shop, bought("s-1", 1, type="survey", lines=()))
    second = record(plain_shop, bought("s-2", 2, type="survey", lines=()))

    assert (first.award.points, second.award.points) == (50, 0)
    assert balance(plain_shop) == 50


def test_k08_an_order_in_two_shipments_has_its_bonus_once(plain_shop):
    plain_shop.publish(
        "delivered",
        {
            "schema": 2,
            "trigger": "purchase",
            "effects": [{"kind": "fixed", "points": 25}],
            "terms": {"awaits": "delivered"},
        },
    )
    order = record(plain_shop, bought("o-1", 1, "10.00", "10.00"))

    for shipment in ("shipment-1", "shipment-2"):
        activate_points(
            programme_id=plain_shop.programme.pk,
            holder=plain_shop.anna.holder,
            activity=str(order.id),
            event="delivered",
            key=shipment,
            occurred_at=NOON,
            actor="api:webshop",
            at=NOON,
        )

    card = balance_card(account_of(plain_shop.anna), at=NOON)
    assert (card.points, card.pending) == (45, 0)


@pytest.mark.parametrize(("counts", "points"), [(False, 30), (True, 40)])
def test_k09_what_points_paid_for_earns_only_if_it_is_set_so(plain_shop, counts, points):
    plain_shop.change(base=EarningBase(points_tender=counts))
    adjust_points(
        account_id=account_of(plain_shop.anna),
        points=100,
        reason="Proef",
        actor="staff:1",
        at=NOON,
        key="gift",
    )

    sale = record(plain_shop, bought("b-1", 1, "40.00", points_paid=paid(100, "10.00")))

    assert sale.award.points == points


@pytest.mark.parametrize(
    ("rate", "points", "worth"),
    [("0.01", 250, "2.50"), ("0.005", 250, "1.25"), ("1", 3, "3.00"), ("0.0125", 80, "1.00")],
)
def test_k10_worth_is_points_times_the_rate(plain_shop, rate, points, worth):
    plain_shop.change(point_worth=Decimal(rate))
    record(plain_shop, bought("b-1", 1, f"{points}.00"))

    assert balance_card(account_of(plain_shop.anna), at=NOON).worth == Decimal(worth)


@pytest.mark.parametrize(("rounding", "points"), [("FLOOR", 14), ("HALF_UP", 15), ("CEILING", 15)])
def test_k11_a_fraction_becomes_the_same_whole_number_everywhere(plain_shop, rounding, points):
    plain_shop.change(rounding=Rounding(rounding))

    answer = record(plain_shop, bought("b-1", 1, "14.50"))

    line = member_statement(plain_shop.anna)[0]
    activity = Activity.objects.get()
    account = Account.objects.get(kind="MEMBER")
    assert {answer.award.points, line.points, activity.points, account.balance} == {points}
