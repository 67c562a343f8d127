from decimal import Decimal
from typing import Any

import pytest

from loyalty.earning.engine import evaluate
from loyalty.types import Activity, MemberFacts, Outcome, Reason
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    at_least,
    cap,
    fixed,
    in_group,
    limited,
    line,
    multiplier,
    on,
    per_amount,
    reward,
    rule,
    where,
)

PAINT = line("12.49", "paint", quantity=Decimal(2))
BRUSH = line("3.99", "tools")


def reason_of(rules: Any, happened: Activity, facts: MemberFacts = NOBODY) -> Reason:
    return next(
        reason for reason in evaluate(rules, happened, facts).reasons if reason.rule == "rule"
    )


class TestNearMiss:
    def test_says_how_many_pieces_are_short(self) -> None:
        five = rule(fixed(), on("paint"), where("basket.quantity", "at_least", "5"))
        reason = reason_of([five], activity(PAINT, PAINT, BRUSH))
        assert (reason.outcome, reason.code) == (Outcome.NEAR_MISS, "basket.quantity")
        assert reason.params == {"basket.quantity": "5", "short": "1", "would_earn": "50"}

    def test_says_parts_of_a_piece(self) -> None:
        litres = rule(fixed(), where("basket.quantity", "at_least", "2.5"))
        happened = activity(line("9.00", quantity=Decimal("1.05")))
        assert reason_of([litres], happened).params["short"] == "1.45"

    def test_says_what_the_largest_line_is_short(self) -> None:
        large = rule(fixed(), where("line.amount", "at_least", "20.00"))
        reason = reason_of([large], activity(BRUSH, PAINT))
        assert (reason.outcome, reason.code) == (Outcome.NEAR_MISS, "line.amount")
        assert reason.params == {"line.amount": "20.00", "short": "7.51", "would_earn": "50"}

    @pytest.mark.parametrize(
        ("operator", "number", "before", "short"),
        [
            ("every", 5, 3, "1"),
            ("every", 5, 5, "4"),
            ("equals", 3, 1, "1"),
            ("at_least", 10, 0, "9"),
        ],
    )
    def test_says_how_many_purchases_are_short(
        self, operator: str, number: int, before: int, short: str
    ) -> None:
        asked = where("count", operator, number, of="purchase")
        facts = MemberFacts(counts={"purchase": before})
        reason = reason_of([rule(fixed(), asked)], activity(PAINT), facts)
        assert (reason.outcome, reason.code) == (Outcome.NEAR_MISS, "count")
        assert reason.params == {
            f"{operator}:count": str(number),
            "of": "purchase",
            "short": short,
            "would_earn": "50",
        }

    def test_is_none_once_the_nth_is_past(self) -> None:
        first = rule(fixed(), where("count", "equals", 1, of="purchase"))
        reason = reason_of([first], activity(PAINT), MemberFacts(counts={"purchase": 1}))
        assert (reason.outcome, reason.code) == (Outcome.NOT_MET, "count")

    def test_is_none_when_two_numbers_are_short(self) -> None:
        both = rule(fixed(), at_least("60"), where("basket.quantity", "at_least", "5"))
        reason = reason_of([both], activity(PAINT))
        assert (reason.outcome, reason.params) == (Outcome.NOT_MET, {"basket.amount": "60"})

    def test_promises_a_reward(self) -> None:
        reason = reason_of([rule(reward("mug"), at_least("60"))], activity(PAINT))
        assert reason.outcome is Outcome.NEAR_MISS
        assert reason.params["reward"] == "mug"
        assert reason.params["would_earn"] == "0"

    def test_promises_another_unit_by_its_name(self) -> None:
        stamps = rule(fixed(2) | {"unit": "stamps"}, at_least("60"))
        params = reason_of([stamps], activity(PAINT)).params
        assert (params["would_earn"], params["unit"]) == ("2", "stamps")

    def test_promises_all_effects_of_the_rule_together(self) -> None:
        two = rule(fixed(), at_least("60"), also={"effects": [fixed(), per_amount(2)]})
        assert reason_of([two], activity(PAINT)).params["would_earn"] == "74"

    def test_promises_no_more_than_the_limit_leaves(self) -> None:
        month = rule(fixed(), at_least("60"), also=limited(80, period="month"))
        key = "rule|member|month:2026-11"
        left = [reason_of([month], activity(PAINT), MemberFacts(used={key: n})) for n in (60, 80)]
        assert (left[0].outcome, left[0].params["would_earn"]) == (Outcome.NEAR_MISS, "20")
        assert left[1].outcome is Outcome.NOT_MET

    def test_promises_no_more_than_a_cap_leaves(self) -> None:
        rules = [
            rule(fixed(), at_least("60")),
            rule(per_amount(), key="base"),
            rule(cap(30), key="cap"),
        ]
        assert reason_of(rules, activity(PAINT)).params["would_earn"] == "18"

    def test_in_a_group_it_promises_what_is_more_than_the_winner_gives(self) -> None:
        rules = [
            rule(fixed(50), at_least("60"), also=in_group()),
            rule(fixed(20), key="small", also=in_group()),
        ]
        assert reason_of(rules, activity(PAINT)).params["would_earn"] == "30"

    def test_in_a_group_that_passes_it_by_it_promises_nothing(self) -> None:
        rules = [
            rule(fixed(50), at_least("60"), also=in_group("first")),
            rule(fixed(20), key="a", also=in_group("first")),
        ]
        assert reason_of(rules, activity(PAINT)).outcome is Outcome.NOT_MET

    def test_promises_a_multiplier_on_the_base_that_was_given(self) -> None:
        rules = [rule(multiplier("3"), at_least("60")), rule(per_amount(), key="base")]
        assert reason_of(rules, activity(PAINT)).params["would_earn"] == "24"
