from decimal import Decimal

import pytest

from loyalty.earning.engine import evaluate
from loyalty.types import Grant, MemberFacts, Outcome, Terms
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    fixed,
    line,
    multiplier,
    on,
    per_amount,
    per_quantity,
    reward,
    rule,
)

COFFEE = line("2.50", "coffee", quantity=Decimal(3))
CAKE = line("4.00", "cake")
BASKET = activity(COFFEE, CAKE)


class TestPerQuantity:
    def test_counts_pieces_of_the_matching_lines(self) -> None:
        award = evaluate([rule(per_quantity(2), on("coffee"))], BASKET, NOBODY)
        assert (award.points, award.line_points) == (6, (6, 0))
        assert award.reasons[0].params == {"points": "2", "per": "1", "line.category": "coffee"}

    @pytest.mark.parametrize(("per", "points"), [("2", 7), ("2.5", 6), ("0.001", 15_500)])
    def test_counts_pro_rata_and_rounds_once(self, per: str, points: int) -> None:
        basket = activity(COFFEE, line("1.00", quantity=Decimal("0.1")))
        award = evaluate([rule(per_quantity(5, per))], basket, NOBODY)
        assert award.points == points

    def test_is_base_for_a_multiplier(self) -> None:
        rules = [rule(per_quantity(), key="a"), rule(multiplier("3"), key="b")]
        assert evaluate(rules, BASKET, NOBODY).points == 4 + 8

    def test_a_quantity_below_zero_counts_for_nothing(self) -> None:
        basket = activity(line("5.00", quantity=Decimal(-2)), CAKE)
        assert evaluate([rule(per_quantity())], basket, NOBODY).line_points == (0, 1)


class TestUnits:
    def test_each_unit_is_a_grant_of_its_own_and_points_are_those_of_points(self) -> None:
        rules = [
            rule(per_amount(), key="a"),
            rule(per_quantity(unit="stamps"), on("coffee"), key="b"),
            rule(fixed(5) | {"unit": "credits"}, key="c"),
        ]
        award = evaluate(rules, BASKET, NOBODY)
        assert (award.points, award.line_points, award.loose_points) == (6, (2, 4), 0)
        assert award.grants == (
            Grant(points=6, line_points=(2, 4)),
            Grant(points=5, unit="credits", line_points=(0, 0), loose_points=5),
            Grant(points=3, unit="stamps", line_points=(3, 0)),
        )
        assert [reason.unit for reason in award.reasons] == ["points", "stamps", "credits"]

    def test_a_multiplier_looks_at_its_own_unit(self) -> None:
        rules = [
            rule(per_amount(), key="a"),
            rule(per_quantity(unit="stamps"), key="b"),
            rule(multiplier() | {"unit": "stamps"}, key="c"),
        ]
        award = evaluate(rules, BASKET, NOBODY)
        assert [(grant.unit, grant.points) for grant in award.grants] == [
            ("points", 6),
            ("stamps", 8),
        ]

    def test_an_amount_without_lines_gives_loose_points(self) -> None:
        award = evaluate([rule(per_amount())], activity(amount=Decimal(9)), NOBODY)
        assert award.grants == (Grant(points=9, loose_points=9),)


class TestSeveralEffects:
    def test_each_gives_a_reason_in_the_documents_order(self) -> None:
        several = {"effects": [fixed(50), per_amount(), reward("mug"), multiplier("3")]}
        award = evaluate([rule(fixed(), on("coffee"), also=several)], BASKET, NOBODY)
        assert [(reason.code, reason.points) for reason in award.reasons] == [
            ("fixed", 50),
            ("per_amount", 2),
            ("reward", 0),
            ("multiplier", 4),
        ]
        assert (award.line_points, award.loose_points) == ((6, 0), 50)

    def test_that_do_not_hold_give_one_reason(self) -> None:
        two = rule(fixed(), on("tea"), also={"effects": [fixed(), per_amount()]})
        assert len(evaluate([two], BASKET, NOBODY).reasons) == 1


class TestReward:
    def test_is_named_and_gives_no_points(self) -> None:
        award = evaluate([rule(reward("mug"), on("coffee"))], BASKET, NOBODY)
        (reason,) = award.reasons
        assert (award.points, award.grants) == (0, ())
        assert (reason.outcome, reason.code, reason.points) == (Outcome.APPLIED, "reward", 0)
        assert (reason.params["reward"], reason.lines) == ("mug", (0,))


class TestTerms:
    month = {"kind": "term", "months": 1}
    later = {"terms": {"pending_days": 14, "awaits": "delivered", "expiry": month}}

    def test_what_has_the_same_terms_is_one_grant(self) -> None:
        rules = [
            rule(per_amount(), key="a"),
            rule(fixed(50), key="b", also=self.later),
            rule(fixed(5), key="c"),
            rule(fixed(7), key="d", also=self.later),
        ]
        award = evaluate(rules, BASKET, NOBODY)
        terms = Terms(pending_days=14, awaits="delivered", expiry='{"kind":"term","months":1}')
        assert award.grants == (
            Grant(points=11, line_points=(2, 4), loose_points=5),
            Grant(points=57, terms=terms, line_points=(0, 0), loose_points=57),
        )
        assert (award.points, award.line_points, award.loose_points) == (68, (2, 4), 62)

    def test_the_expiry_may_be_that_of_the_members_tier(self) -> None:
        by_tier = {"tier_expiry": {"gold": {"kind": "never"}, "silver": self.month}}
        rules = [rule(fixed(50), also=by_tier | {"terms": {"pending_days": 3}})]
        found = [
            evaluate(rules, BASKET, MemberFacts(tiers=tiers)).grants[0].terms
            for tiers in ({}, {"main": "gold"}, {"main": "bronze", "old": "silver"})
        ]
        assert found == [
            Terms(pending_days=3),
            Terms(pending_days=3, expiry='{"kind":"never"}'),
            Terms(pending_days=3, expiry='{"kind":"term","months":1}'),
        ]
