from decimal import Decimal

import pytest

from loyalty.earning.engine import evaluate
from loyalty.errors import InvalidRequest
from loyalty.types import Activity, EarningBase, Outcome
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    at_least,
    fixed,
    line,
    multiplier,
    per_amount,
    per_quantity,
    rule,
)

PAINT = line("40.00", "paint", quantity=Decimal(2))
CARD = line("25.00", kind="GIFT_CARD")
DELIVERY = line("5.95", kind="DELIVERY")
BASE = [rule(per_amount(), key="base"), rule(multiplier(), key="double")]


def points(happened: Activity, **base: bool) -> tuple[int, ...]:
    return evaluate(BASE, happened, NOBODY, base=EarningBase(**base)).line_points


class TestEarningBase:
    def test_gift_cards_and_delivery_earn_nothing_unless_the_programme_says_so(self) -> None:
        basket = activity(PAINT, CARD, DELIVERY)
        assert points(basket) == (80, 0, 0)
        assert points(basket, gift_cards=True) == (80, 50, 0)
        assert points(basket, delivery=True) == (80, 0, 10)
        assert points(basket, gift_cards=True, delivery=True) == (80, 50, 10)

    def test_thresholds_count_only_what_earns(self) -> None:
        large = rule(fixed(), at_least("60"))
        (reason,) = evaluate([large], activity(PAINT, CARD, DELIVERY), NOBODY).reasons
        assert (reason.outcome, reason.params["short"]) == (Outcome.NEAR_MISS, "20.00")

    def test_what_points_paid_for_comes_off_the_goods_in_proportion(self) -> None:
        basket = activity(
            line("30.00"), line("10.00"), DELIVERY, tender=Decimal("20.00")
        )  # 15 and 5 of it
        assert points(basket) == (30, 10, 0)
        assert points(basket, delivery=True) == (30, 10, 10)
        assert points(basket, points_tender=True) == (60, 20, 0)

    def test_cents_of_the_tender_go_to_the_largest_remainders(self) -> None:
        cents = [rule(per_amount(100, "1.00"))]
        basket = activity(line("1.00"), line("1.00"), line("1.00"), tender=Decimal("0.50"))
        assert evaluate(cents, basket, NOBODY).line_points == (83, 83, 84)

    def test_tender_beyond_the_goods_comes_off_the_rest_and_nothing_goes_below_zero(self) -> None:
        basket = activity(PAINT, DELIVERY, tender=Decimal("43.95"))
        assert points(basket, delivery=True) == (0, 4)
        assert points(activity(PAINT, tender=Decimal(99))) == (0,)

    def test_tender_comes_off_an_amount_without_lines(self) -> None:
        basket = activity(amount=Decimal("40.00"), tender=Decimal("10.005"))
        assert evaluate(BASE, basket, NOBODY).points == 29 + 29

    def test_a_tender_of_part_cents_is_exact(self) -> None:
        fine = [rule(per_amount(1000, "1.00"))]
        basket = activity(line("1.00"), tender=Decimal("0.005"))
        assert evaluate(fine, basket, NOBODY).line_points == (995,)

    @pytest.mark.parametrize("happened", [activity(CARD), activity(PAINT, tender=Decimal(40))])
    def test_says_when_what_was_paid_is_left_out(self, happened: Activity) -> None:
        reasons = evaluate(BASE, happened, NOBODY).reasons
        assert {(reason.outcome, reason.code) for reason in reasons} == {
            (Outcome.NOT_MET, "excluded")
        }

    @pytest.mark.parametrize("tender", ["NaN", "Infinity", "1E+900"])
    def test_refuses_a_tender_that_is_no_usable_number(self, tender: str) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            evaluate(BASE, activity(PAINT, tender=Decimal(tender)), NOBODY)
        assert refusal.value.field == "tender"

    def test_refuses_a_quantity_that_is_no_usable_number(self) -> None:
        basket = activity(PAINT, line("1.00", quantity=Decimal("NaN")))
        with pytest.raises(InvalidRequest) as refusal:
            evaluate([rule(per_quantity())], basket, NOBODY)
        assert refusal.value.field == "lines.1.quantity"
