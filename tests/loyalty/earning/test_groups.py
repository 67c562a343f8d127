from typing import Any

import pytest

from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate
from loyalty.types import Award, MemberFacts, Outcome
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    fixed,
    in_group,
    limited,
    line,
    multiplier,
    on,
    per_amount,
    per_quantity,
    reward,
    rule,
)

PAINT = line("40.00", "paint")
BRUSH = line("10.00", "tools")
BASKET = activity(PAINT, BRUSH)
BASE = rule(per_amount(), key="base")


def told(award: Award) -> list[tuple[str, str, int]]:
    return [(r.rule, r.outcome, r.points) for r in award.reasons if r.rule != "base"]


def member(
    key: str, effect: dict[str, Any], *asked: Any, choose: str = "best", **more: Any
) -> Rule:
    also = in_group(choose) | more.pop("also", {})
    return rule(effect, *asked, key=key, also=also, **more)


class TestBest:
    def test_gives_the_one_that_gives_most_and_says_what_the_others_would(self) -> None:
        rules = [BASE, member("a", fixed(20)), member("b", fixed(30)), member("c", fixed(25))]
        award = evaluate(rules, BASKET, NOBODY)
        assert told(award) == [
            ("a", Outcome.LOST, 0),
            ("b", Outcome.APPLIED, 30),
            ("c", Outcome.LOST, 0),
        ]
        assert award.points == 80
        assert award.reasons[1].code == "group"
        assert award.reasons[1].params == {
            "group": "autumn",
            "choose": "best",
            "winner": "b",
            "would_earn": "20",
        }

    def test_compares_a_multiplier_with_a_fixed_number(self) -> None:
        rules = [BASE, member("x2", multiplier(), on("paint")), member("bonus", fixed(39))]
        assert told(evaluate(rules, BASKET, NOBODY)) == [
            ("x2", Outcome.APPLIED, 40),
            ("bonus", Outcome.LOST, 0),
        ]

    def test_of_equal_ones_the_first_in_order_wins(self) -> None:
        rules = [member("b", fixed(20), priority=-1), member("a", fixed(20))]
        assert told(evaluate(rules, BASKET, NOBODY))[0] == ("b", Outcome.APPLIED, 20)

    def test_looks_at_what_the_limits_leave(self) -> None:
        spent = MemberFacts(used={"big|member|ever:": 45})
        rules = [member("big", fixed(50), also=limited(50)), member("small", fixed(10))]
        assert told(evaluate(rules, BASKET, spent)) == [
            ("big", Outcome.LOST, 0),
            ("small", Outcome.APPLIED, 10),
        ]

    def test_a_rule_that_does_not_hold_does_not_compete(self) -> None:
        rules = [
            member("big", fixed(50), on("app", field="activity.channel")),
            member("a", fixed(10)),
        ]
        award = evaluate(rules, BASKET, NOBODY)
        assert told(award) == [("a", Outcome.APPLIED, 10), ("big", Outcome.NOT_MET, 0)]

    def test_when_none_gives_anything_none_has_lost(self) -> None:
        rules = [member("a", per_amount(1, "90.00")), member("b", per_amount(1, "80.00"))]
        assert told(evaluate(rules, BASKET, NOBODY)) == [
            ("a", Outcome.APPLIED, 0),
            ("b", Outcome.APPLIED, 0),
        ]

    def test_base_rules_are_compared_with_what_multipliers_add_to_them(self) -> None:
        rules = [
            member("all", per_amount(1, "1.00")),  # 50
            member("paint", per_amount(1, "1.00"), on("paint")),  # 40, tripled
            rule(multiplier("3"), on("paint"), key="triple"),
            member("tools", per_amount(6), on("tools")),  # 60, not multiplied
        ]
        award = evaluate(rules, BASKET, NOBODY)
        assert award.points == 50 + 80  # not 60, though "tools" alone gives more
        assert told(award)[0] == ("all", Outcome.APPLIED, 50)
        lost = {r.rule: r.params["would_earn"] for r in award.reasons if r.outcome is Outcome.LOST}
        assert lost == {"paint": "40", "tools": "60"}

    def test_a_budget_that_others_need_is_weighed(self) -> None:
        draws = {"limits": [{"scope": "budget", "budget": "autumn"}]}
        rules = [
            member("greedy", fixed(100), also=draws),
            member("modest", fixed(60)),
            rule(fixed(100), key="z", also=draws),
        ]
        award = evaluate(rules, BASKET, NOBODY, budgets={"autumn": 100})
        assert award.points == 160

    def test_two_groups_that_touch_each_other_are_chosen_together(self) -> None:
        rules = [
            member("paint", per_amount(2), on("paint")),  # 80
            member("tools", per_amount(7), on("tools")),  # 70
            rule(multiplier("2"), on("paint"), key="m1", also=in_group(key="times")),
            rule(multiplier("4"), on("tools"), key="m2", also=in_group(key="times")),
        ]
        assert evaluate(rules, BASKET, NOBODY).points == 70 + 210

    def test_a_multiplier_is_compared_when_all_base_points_are_there(self) -> None:
        stamps_and_more = {"effects": [per_quantity(unit="stamps"), multiplier("1")]}
        rules = [
            member("a", fixed(1), also=stamps_and_more),
            member("b", multiplier()),
            rule(per_amount(), key="late"),
        ]
        assert evaluate(rules, BASKET, NOBODY).points == 100

    def test_points_count_before_other_units_and_rewards(self) -> None:
        rules = [member("stamps", fixed(90) | {"unit": "stamps"}), member("points", fixed(1))]
        assert told(evaluate([*rules, member("mug", reward())], BASKET, NOBODY)) == [
            ("mug", Outcome.LOST, 0),
            ("points", Outcome.APPLIED, 1),
            ("stamps", Outcome.LOST, 0),
        ]

    def test_a_loser_uses_nothing_of_its_limits(self) -> None:
        rules = [member("a", fixed(10), also=limited(50)), member("b", fixed(20), also=limited(50))]
        assert evaluate(rules, BASKET, NOBODY).uses == {"b|member|ever:": 20}


class TestFirst:
    def test_gives_the_first_in_order_that_gives_anything(self) -> None:
        rules = [
            member("a", fixed(1), on("app", field="activity.channel"), choose="first"),
            member("b", fixed(20), choose="first", also=limited(20)),
            member("c", fixed(5), choose="first"),
            member("d", fixed(90), choose="first"),
        ]
        spent = MemberFacts(used={"b|member|ever:": 20})
        assert told(evaluate(rules, BASKET, spent)) == [
            ("a", Outcome.NOT_MET, 0),
            ("b", Outcome.LOST, 0),
            ("c", Outcome.APPLIED, 5),
            ("d", Outcome.LOST, 0),
        ]

    def test_priority_is_the_order(self) -> None:
        rules = [
            member("a", fixed(1), choose="first"),
            member("b", fixed(2), choose="first", priority=-1),
        ]
        assert told(evaluate(rules, BASKET, NOBODY))[0] == ("b", Outcome.APPLIED, 2)

    def test_of_base_rules_too(self) -> None:
        rules = [
            member("gold", per_amount(2), on("gold", field="member.tier"), choose="first"),
            member("plain", per_amount(1), choose="first", priority=1),
            rule(multiplier(), key="double"),
        ]
        gold = MemberFacts(tiers={"main": "gold"})
        assert evaluate(rules, BASKET, gold).points == 200
        assert evaluate(rules, BASKET, NOBODY).points == 100


class TestSum:
    def test_gives_all_of_them(self) -> None:
        rules = [member("a", fixed(1), choose="sum"), member("b", fixed(2), choose="sum")]
        assert evaluate(rules, BASKET, NOBODY).points == 3


class TestGroup:
    def test_where_rules_disagree_the_first_in_order_says(self) -> None:
        rules = [member("a", fixed(1), choose="first"), member("b", fixed(2), choose="best")]
        assert told(evaluate(rules, BASKET, NOBODY))[0] == ("a", Outcome.APPLIED, 1)

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_rule_that_may_give_no_more_leaves_the_field(self, times: int) -> None:
        rules = [
            member("big", fixed(50), also=limited(1, of="times")),
            member("small", fixed(10)),
        ]
        spent = MemberFacts(used={"big|member.times|ever:": times})
        assert told(evaluate(rules, BASKET, spent)) == [
            ("big", Outcome.LIMITED, 0),
            ("small", Outcome.APPLIED, 10),
        ]
