"""What users of other loyalty systems complain of, where it touches points, rules or tiers."""

from datetime import timedelta
from itertools import permutations

import pytest

from loyalty.models import Account, Lot, Transfer
from loyalty.selectors import balance_card
from loyalty.services.adjustments import adjust_points
from loyalty.services.holds import authorise_points, capture_hold
from loyalty.services.spending import spend_points
from loyalty.types import LineKind
from members.models import ActivityLine
from members.selectors import account_of
from members.services.activities import record_activities
from members.types import LineSubmission
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import balance, bought, day, paid, part, record, returned, state
from tests.members.shop import NOON
from tests.scenarios.shop import PER_EURO, open_shop

pytestmark = pytest.mark.django_db


def gift(shop, points):
    adjust_points(
        account_id=account_of(shop.anna),
        points=points,
        reason="Proef",
        actor="staff:1",
        at=NOON,
        key=f"gift-{points}",
    )


class TestRefundExploit:
    """Buy, earn, refund, keep the points; repeat (odoo PR 257854, ERPNext 32951)."""

    def test_a_mixed_refund_nets_to_nothing(self, shop):
        record(shop, bought("b-1", 1, "25.00", "30.00", "5.00"))

        record(shop, returned("r-1", "b-1", 2, part(3)))
        record(shop, returned("r-2", "b-1", 3, part(1, amount="10.00")))
        record(shop, returned("r-3", "b-1", 4))

        assert balance(shop) == 0
        assert differences() == {}

    def test_a_refund_of_a_basket_paid_with_points_gives_them_back_and_no_more(self, shop):
        gift(shop, 500)
        record(shop, bought("b-1", 2, "60.00", points_paid=paid(500, "5.00")))

        record(shop, returned("r-1", "b-1", 3))
        again = record(shop, returned("r-1", "b-1", 3))

        assert again.is_replay
        assert balance(shop) == 500
        assert differences() == {}


class TestRetryDoublesPoints:
    """An offline till sends its journal again (OCA/pos 185, odoo 222372, ERPNext 14885)."""

    def test_a_journal_in_any_order_and_number_has_one_result(self, db):
        results = []
        for n, order in enumerate(list(permutations(range(4)))[::5]):
            shop = open_shop(f"shop-{n}", card=cards()[n], email=f"email:a{n}@example.nl")
            journal = [
                bought("b-1", 1, "30.00", member=cards()[n]),
                bought("b-2", 2, "45.00", member=cards()[n]),
                returned("r-1", "b-1", 3, member=cards()[n]),
                bought("b-3", 4, "12.00", member=cards()[n]),
            ]
            sent = [journal[place] for place in order] * 3
            record_activities(book=shop.book, submissions=sent, actor="api:till", at=NOON)
            results.append(state(shop)["balances"])

        assert len(results) == 5
        assert all(result == [("points", "MEMBER", 57, 0)] for result in results)
        assert differences() == {}


class TestWhichBase:
    """Points on gift cards, on delivery, on what points paid for (odoo 114004, RepairDesk 1050)."""

    def test_only_goods_paid_with_money_earn_unless_it_is_set_otherwise(self, plain_shop):
        gift(plain_shop, 1000)
        lines = (
            LineSubmission(product="paint", amount="40.00"),
            LineSubmission(product="card", amount="50.00", kind=LineKind.GIFT_CARD),
            LineSubmission(product="van", amount="6.95", kind=LineKind.DELIVERY),
        )

        sale = record(plain_shop, bought("b-1", 1, lines=lines, points_paid=paid(1000, "10.00")))

        assert sale.award.line_points == (30, 0, 0)


class TestFloatsAndRounding:
    """-1e-14 points block an order; floor here, round there (odoo 111670, PrestaShop 4034)."""

    def test_the_lines_sum_to_the_order(self, plain_shop):
        prices = ["0.99", "0.99", "0.99", "1.01", "2.49", "3.33"]

        sale = record(plain_shop, bought("b-1", 1, *prices))

        assert sale.award.points == 9  # 9.80 floored once
        assert sum(sale.award.line_points) == 9
        assert sum(ActivityLine.objects.values_list("points", flat=True)) == 9


class TestExpiry:
    """Only the first date is shown, lots without a label never lapse (liberusoftware 1056)."""

    def test_every_date_is_shown(self, plain_shop):
        plain_shop.change(expiry={"kind": "term", "days": 30})
        for n in (1, 5, 9):
            record(plain_shop, bought(f"b-{n}", n, f"{n}0.00"))

        card = balance_card(account_of(plain_shop.anna), at=NOON)

        assert [points for _day, points in card.expiring] == [10, 50, 90]
        assert not Lot.objects.filter(expires_at=None).exists()


class TestChoosingHowMuchToSpend:
    """The till takes all points or none (odoo 264931)."""

    @pytest.mark.parametrize("points", [1, 250, 999])
    def test_any_number_can_pay(self, plain_shop, points):
        gift(plain_shop, 999)

        record(plain_shop, bought("b-1", 2, "0.00", "20.00", points_paid=paid(points, "9.00")))

        assert balance(plain_shop) == 999 - points + 11


class TestRuleOrder:
    """Of equal rules the one edited last wins (Open Loyalty's manual)."""

    def test_which_was_published_first_makes_no_difference(self, db):
        earned = []
        for n, order in enumerate([("a", "b"), ("b", "a")]):
            shop = open_shop(f"shop-{n}", card=cards()[n], email=f"email:a{n}@example.nl")
            for key in order:
                shop.publish(key, grouped(points=10 if key == "a" else 20))
            earned.append(record(shop, bought("b-1", 1, "5.00", member=cards()[n])).award.points)

        assert earned == [15, 15]  # of the group the first by key


class TestConsumptionOnFailure:
    """A timed-out order eats the reward (Punchh)."""

    def test_a_hold_that_is_never_captured_frees_the_points_by_itself(self, plain_shop):
        record(plain_shop, bought("b-1", 1, "100.00"))
        account = account_of(plain_shop.anna)
        hold(account, 100, "order-1")
        meanwhile = balance_card(account, at=NOON + timedelta(minutes=14)).points

        afterwards = balance_card(account, at=NOON + timedelta(minutes=15)).points

        assert (meanwhile, afterwards) == (0, 100)
        assert not Transfer.objects.exclude(kind="EARN").exists()

    def test_what_is_captured_is_taken_once(self, plain_shop):
        record(plain_shop, bought("b-1", 1, "100.00"))
        account = account_of(plain_shop.anna)
        held = hold(account, 100, "order-1")

        for _ in range(2):
            capture_hold(hold_id=held, points=60, reasons=[], actor="api:shop", at=NOON)

        assert Account.objects.get(pk=account).balance == 40
        assert balance_card(account, at=NOON).points == 40


class TestEarningTwice:
    """The status of an order is set to completed twice (wpswings 104)."""

    def test_one_order_earns_once_whatever_tells_of_it(self, plain_shop):
        for actor in ("api:webshop", "import", "staff:1"):
            record_activities(
                book=plain_shop.book,
                submissions=[bought("order-1", 1, "10.00")],
                actor=actor,
                at=day(20),
            )

        assert balance(plain_shop) == 10


class TestPointsOfAReturnThatWereSpent:
    """Returns leave points, or take them below zero (odoo 212922, ERPNext 30242)."""

    def test_what_was_spent_is_owed_and_earned_back_first(self, plain_shop):
        record(plain_shop, bought("b-1", 1, "100.00"))
        spend_points(
            account_id=account_of(plain_shop.anna),
            points=80,
            source="webshop",
            external_id="w-1",
            reasons=[],
            actor="api:webshop",
            at=NOON,
        )
        record(plain_shop, returned("r-1", "b-1", 2))
        owed = Account.objects.get(kind="MEMBER").owed

        record(plain_shop, bought("b-2", 3, "90.00"))

        account = Account.objects.get(kind="MEMBER")
        assert owed == 80
        assert (account.balance, account.owed) == (10, 0)
        assert differences() == {}


def hold(account, points, key):
    return authorise_points(
        account_id=account,
        points=points,
        term=timedelta(minutes=15),
        source="webshop",
        external_id=key,
        actor="api:webshop",
        at=NOON,
    ).hold_id


def grouped(*, points):
    effects = [{"kind": "fixed", "points": points}]
    return PER_EURO | {"effects": effects, "group": {"key": "autumn", "choose": "first"}}


def cards():
    return [
        "card:2990000000019",
        "card:2990000000026",
        "card:2990000000033",
        "card:2990000000040",
        "card:2990000000057",
    ]
