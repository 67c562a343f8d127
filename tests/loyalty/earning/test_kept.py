from decimal import Decimal

import pytest

from loyalty.earning.kept import WHOLE, Kept, ReturnedLine, kept_basket, worth_of_kept
from loyalty.earning.ruleset import award
from loyalty.types import Line, MemberFacts
from tests.loyalty.earning.ladders import day, ladder, purchase

NOTHING = MemberFacts()
BASE = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
}
LARGE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "50.00"}],
    "effects": [{"kind": "fixed", "points": 25}],
}
SMALL = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "basket.amount", "operator": "at_most", "value": "20.00"}],
    "effects": [{"kind": "fixed", "points": 40}],
}


def line(product: str, quantity: str, amount: str) -> Line:
    return Line(product=product, quantity=Decimal(quantity), amount=Decimal(amount))


def sale(*lines: Line, **said):
    total = sum((each.amount for each in lines), start=Decimal(0))
    return purchase(day(0), str(total), lines=lines, **said)


def back(line: int | None, quantity: str = "0", amount: str | None = None, product: str = ""):
    return ReturnedLine(
        line=line,
        product=product,
        quantity=Decimal(quantity),
        amount=None if amount is None else Decimal(amount),
    )


def left(kept: Kept) -> list[tuple[str, Decimal, Decimal]]:
    assert kept.basket is not None
    return [(each.product, each.quantity, each.amount) for each in kept.basket.lines]


BOUGHT = sale(line("paint", "3", "31.00"), line("brush", "1", "20.00"))


class TestKeptBasket:
    def test_leaves_the_part_that_did_not_come_back(self):
        """K5: one of three brought back takes a third, not all."""
        kept = kept_basket(BOUGHT, [(back(0, "1"),)])

        assert left(kept) == [
            ("paint", Decimal(2), Decimal("20.67")),
            ("brush", Decimal(1), Decimal("20.00")),
        ]
        assert kept.basket is not None
        assert kept.basket.amount == Decimal("40.67")
        assert not kept.is_exceeded

    def test_is_the_same_in_any_order_and_leaves_nothing_in_the_end(self):
        returns = [(back(0, "1"),), (back(1, "1"), back(0, "1")), (back(0, "1"),)]

        assert kept_basket(BOUGHT, returns[:2]) == kept_basket(BOUGHT, returns[1::-1])
        assert kept_basket(BOUGHT, returns) == Kept(None)

    def test_leaves_out_a_line_that_came_back_whole(self):
        kept = kept_basket(BOUGHT, [(back(0, "3"),)])

        assert left(kept) == [("brush", Decimal(1), Decimal("20.00"))]
        assert kept.places == (1,)

    def test_leaves_nothing_after_a_return_of_all_that_was_there(self):
        assert kept_basket(BOUGHT, [(back(0, "1"),), WHOLE]) == Kept(None)

    def test_takes_the_amount_that_was_paid_back(self):
        kept = kept_basket(BOUGHT, [(back(0, "1", "9.00"),)])

        assert left(kept)[0] == ("paint", Decimal(2), Decimal("22.00"))

    def test_lowers_the_amount_of_goods_that_were_kept(self):
        assert left(kept_basket(BOUGHT, [(back(1, "0", "5.00"),)]))[1] == (
            "brush",
            Decimal(1),
            Decimal("15.00"),
        )

    def test_finds_the_lines_of_a_product(self):
        bought = sale(line("paint", "1", "10.00"), line("paint", "2", "18.00"))

        kept = kept_basket(bought, [(back(None, "2", product="paint"),)])

        assert left(kept) == [("paint", Decimal(1), Decimal("9.00"))]
        assert kept.places == (1,)

    @pytest.mark.parametrize(
        "returned",
        [back(0, "4"), back(7, "1"), back(None, "1", product="door"), back(1, "0", "20.01")],
    )
    def test_says_when_more_came_back_than_there_was(self, returned):
        kept = kept_basket(BOUGHT, [(returned,)])

        assert kept.is_exceeded
        assert kept.basket is not None
        assert kept.basket.amount >= 0

    def test_of_a_sale_without_lines_takes_the_amount(self):
        bought = purchase(day(0), "50.00")

        kept = kept_basket(bought, [(back(None, amount="20.00"),)])
        assert kept.basket is not None
        assert kept.basket.amount == Decimal("30.00")
        assert kept_basket(bought, [(back(None, amount="50.00"),)]).basket is None
        assert kept_basket(bought, [(back(None, amount="50.01"),)]).is_exceeded

    def test_lowers_what_points_paid_for_in_proportion(self):
        """K4: what was paid with points is not counted as money by a return."""
        bought = sale(line("a", "1", "30.00"), line("b", "1", "10.00"), tender=Decimal("8.00"))

        kept = kept_basket(bought, [(back(1, "1"),)])

        assert kept.basket is not None
        assert kept.basket.tender == Decimal("6.00")

    def test_keeps_nothing_when_only_a_discount_would_be_left(self):
        bought = sale(line("a", "1", "30.00"), line("discount", "1", "-5.00"))

        assert kept_basket(bought, [(back(0, "1"),)]).basket is None


class TestWorthOfKept:
    def worth(self, rules, bought, *returns):
        rule_set = ladder(rules=rules)
        given = award(rule_set, bought, NOTHING)
        kept = kept_basket(bought, returns)
        return given, worth_of_kept(rule_set, bought, NOTHING, given, kept)

    def test_judges_the_threshold_again(self):
        given, worth = self.worth([BASE, LARGE], BOUGHT, (back(1, "1"),))

        assert (given.points, given.line_points) == (76, (31, 20))
        assert (worth.points, worth.line_points, worth.loose_points) == (31, (31, 0), 0)

    def test_names_the_lines_of_the_sale(self):
        _given, worth = self.worth([BASE], BOUGHT, (back(0, "3"),))

        assert worth.line_points == (0, 20)
        assert worth.grants[0].line_points == (0, 20)
        assert worth.reasons[0].lines == (1,)

    def test_is_nothing_when_nothing_is_kept(self):
        _given, worth = self.worth([BASE], BOUGHT, WHOLE)

        assert (worth.points, worth.line_points, worth.grants) == (0, (0, 0), ())

    def test_never_goes_beyond_what_was_given(self):
        given, worth = self.worth([BASE, SMALL], BOUGHT, (back(0, "3"),))

        # twenty for the brush and forty for the small basket would be more
        assert given.points == 51
        assert (worth.points, worth.line_points, worth.loose_points) == (51, (0, 20), 31)
        assert sum(grant.points for grant in worth.grants) == 51
        assert [(r.rule, r.points, r.params.get("cut")) for r in worth.reasons] == [
            ("r0", 20, None),
            ("r1", 31, "9"),
        ]
