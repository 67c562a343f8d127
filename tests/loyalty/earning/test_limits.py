from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate, shared_limits
from loyalty.types import Award, MemberFacts, Outcome
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    cap,
    fixed,
    limited,
    line,
    multiplier,
    on,
    per_amount,
    per_quantity,
    reward,
    rule,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONTH = "rule|member|month:2026-11"


def used(award: Award, before: dict[str, int]) -> dict[str, int]:
    """What is used after the award."""
    return {k: before.get(k, 0) + award.uses.get(k, 0) for k in {*before, *award.uses}}


class TestLimit:
    monthly = rule(per_amount(), also=limited(100, period="month"))
    basket = activity(line("30.00"), line("60.00"))

    def test_books_what_it_gives_under_its_key(self) -> None:
        award = evaluate([self.monthly], self.basket, NOBODY)
        assert (award.points, award.uses) == (90, {MONTH: 90})

    def test_trims_to_what_is_left_over_the_lines_in_proportion_and_says_so(self) -> None:
        award = evaluate([self.monthly], self.basket, MemberFacts(used={MONTH: 80}))
        (reason,) = award.reasons
        assert (award.points, award.line_points, award.uses) == (20, (7, 13), {MONTH: 20})
        assert (reason.outcome, reason.code, reason.points) == (Outcome.APPLIED, "per_amount", 20)
        assert reason.params == {
            "points": "1",
            "per": "1.00",
            "cut": "70",
            "limit": "member",
            "of": "points",
            "period": "month",
            "most": "100",
        }

    @pytest.mark.parametrize("before", [100, 250])
    def test_says_when_nothing_is_left(self, before: int) -> None:
        award = evaluate([self.monthly], self.basket, MemberFacts(used={MONTH: before}))
        (reason,) = award.reasons
        assert (award.points, award.grants, award.uses) == (0, (), {})
        assert (reason.outcome, reason.code, reason.points) == (Outcome.LIMITED, "limit", 0)
        assert (reason.params["limit"], reason.params["cut"]) == ("member", "90")

    @pytest.mark.parametrize(
        ("period", "window"),
        [
            ("day", "2027-01-01"),
            ("week", "2026-W53"),
            ("month", "2027-01"),
            ("year", "2027"),
            ("ever", ""),
        ],
    )
    def test_windows_are_those_of_the_programmes_calendar(self, period: str, window: str) -> None:
        first_minutes = activity(
            line("5.00"), occurred_at=datetime(2026, 12, 31, 23, 5, tzinfo=UTC)
        )
        limit = rule(per_amount(), also=limited(100, period=period))
        award = evaluate([limit], first_minutes, NOBODY, zone=AMSTERDAM)
        assert award.uses == {f"rule|member|{period}:{window}": 5}

    def test_per_activity_needs_no_memory(self) -> None:
        each = rule(per_amount(), also=limited(50, period="activity"))
        award = evaluate([each], self.basket, NOBODY)
        assert (award.points, award.uses) == (50, {})

    @pytest.mark.parametrize(
        ("scope", "key"),
        [
            ("rule", "!rule|rule|day:2026-11-22"),
            ("location", "!rule|location:Assen|day:2026-11-22"),
        ],
    )
    def test_members_share_a_limit_of_the_rule_and_of_a_location(
        self, scope: str, key: str
    ) -> None:
        shared = rule(fixed(50), also=limited(60, scope=scope, period="day"))
        happened = activity(location="Assen")
        award = evaluate([shared], happened, MemberFacts(used={key: 40}))
        assert (award.points, award.uses) == (20, {key: 20})
        assert shared_limits((shared,), happened) == {key: 60}

    def test_several_limits_all_hold_and_the_last_that_cut_is_named(self) -> None:
        limits = {"limits": [{"most": 70, "period": "year"}, {"most": 40, "period": "activity"}]}
        award = evaluate([rule(per_amount(), also=limits)], self.basket, NOBODY)
        assert (award.points, award.uses) == (40, {"rule|member|year:2026": 40})
        assert award.reasons[0].params["cut"] == "50"
        assert award.reasons[0].params["period"] == "activity"

    def test_times_counts_how_often_and_cuts_nothing_in_part(self) -> None:
        twice = rule(fixed(50), also=limited(2, of="times", period="week"))
        key = "rule|member.times|week:2026-W47"
        before, points = dict[str, int](), []
        for _ in range(3):
            award = evaluate([twice], activity(), MemberFacts(used=before))
            points.append(award.points)
            before = used(award, before)
        assert (points, before) == ([50, 50, 0], {key: 2})
        assert (award.reasons[0].outcome, award.reasons[0].code) == (Outcome.LIMITED, "limit")
        assert award.reasons[0].params["of"] == "times"

    def test_what_gives_nothing_uses_no_time_and_a_reward_uses_one(self) -> None:
        once = limited(1, of="times")
        small = evaluate([rule(per_amount(), also=once)], activity(line("0.40")), NOBODY)
        mug = evaluate([rule(reward(), also=once)], activity(), NOBODY)
        assert (small.uses, mug.uses) == ({}, {"rule|member.times|ever:": 1})

    def test_a_limit_counts_one_unit(self) -> None:
        both = {"effects": [fixed(50), fixed(2) | {"unit": "stamps"}]}
        limit = rule(fixed(), also=both | limited(1, unit="stamps"))
        award = evaluate([limit], activity(), NOBODY)
        assert [(grant.unit, grant.points) for grant in award.grants] == [
            ("points", 50),
            ("stamps", 1),
        ]
        assert award.uses == {"rule|member.stamps|ever:": 1}

    def test_all_effects_of_a_rule_draw_on_its_limit_in_turn(self) -> None:
        several = {"effects": [fixed(30), per_amount()]}  # the base has its turn first
        award = evaluate([rule(fixed(), also=several | limited(100))], self.basket, NOBODY)
        assert [reason.points for reason in award.reasons] == [10, 90]

    def test_a_multiplier_builds_on_the_base_that_was_left(self) -> None:
        rules = [rule(per_amount(), also=limited(40)), rule(multiplier(), key="double")]
        assert evaluate(rules, self.basket, NOBODY).points == 80

    def test_a_new_version_goes_on_with_the_same_use(self) -> None:
        second = rule(per_amount(2), version=2, also=limited(100, period="month"))
        assert evaluate([second], self.basket, MemberFacts(used={MONTH: 90})).points == 10


class TestBudget:
    budget: dict[str, Any] = {"limits": [{"scope": "budget", "budget": "autumn"}]}
    rules = (
        rule(fixed(50), key="a", also=budget),
        rule(fixed(40), key="b", also=budget),
        rule(fixed(30), key="c"),
    )

    def evaluate(self, before: int = 0, **given: Any) -> Award:
        facts = MemberFacts(used={"!budget:autumn|ever:": before})
        return evaluate(self.rules, activity(), facts, **given)

    def test_rules_share_it_in_the_order_of_their_turns(self) -> None:
        award = self.evaluate(budgets={"autumn": 70})
        assert [reason.points for reason in award.reasons] == [50, 20, 30]
        assert award.uses == {"!budget:autumn|ever:": 70}
        assert award.reasons[1].params["budget"] == "autumn"

    def test_an_empty_or_unknown_budget_gives_nothing(self) -> None:
        for award in (self.evaluate(70, budgets={"autumn": 70}), self.evaluate()):
            assert (award.points, award.uses) == (30, {})
            assert award.reasons[0].outcome is Outcome.LIMITED

    def test_its_ceiling_is_the_programmes(self) -> None:
        assert shared_limits(self.rules, activity(), budgets={"autumn": 70}) == {
            "!budget:autumn|ever:": 70
        }


class TestCap:
    rules = (
        rule(per_amount(), key="base"),
        rule(multiplier(), key="double"),
        rule(fixed(50), key="bonus"),
    )
    basket = activity(line("10.00"), line("20.00"))

    def under(self, *caps: Rule, **facts: Any) -> Award:
        return evaluate([*self.rules, *caps], self.basket, MemberFacts(**facts))

    def test_takes_what_is_over_off_what_was_given_last(self) -> None:
        award = self.under(rule(cap(45), key="cap"))
        assert (award.points, award.line_points, award.loose_points) == (45, (15, 30), 0)
        assert [(r.rule, r.outcome, r.points) for r in award.reasons] == [
            ("base", Outcome.APPLIED, 30),
            ("double", Outcome.APPLIED, 15),
            ("bonus", Outcome.LIMITED, 0),
            ("cap", Outcome.APPLIED, 0),
        ]
        assert award.reasons[1].params == {
            "factor": "2",
            "limit": "cap",
            "cap": "cap",
            "cut": "15",
        }
        assert award.reasons[2].code == "cap"
        assert award.reasons[3].params == {
            "most": "45",
            "scope": "member",
            "period": "activity",
            "cut": "65",
        }

    def test_one_that_is_not_reached_says_so(self) -> None:
        award = self.under(rule(cap(110), key="cap"))
        assert award.points == 110
        assert (award.reasons[3].outcome, award.reasons[3].code) == (Outcome.NOT_MET, "cap")

    def test_counts_what_the_period_has_seen(self) -> None:
        key = "cap|member|day:2026-11-22"
        award = self.under(rule(cap(200, period="day"), key="cap"), used={key: 120})
        assert (award.points, award.uses) == (80, {key: 80})

    def test_the_narrowest_of_two_caps_holds_and_both_book_what_was_given(self) -> None:
        caps = (rule(cap(60, period="day"), key="day"), rule(cap(100, period="year"), key="year"))
        award = self.under(*caps)
        assert award.points == 60
        assert award.uses == {"day|member|day:2026-11-22": 60, "year|member|year:2026": 60}

    def test_holds_only_where_its_conditions_do(self) -> None:
        in_app = rule(cap(10), on("app", field="activity.channel"), key="cap")
        assert self.under(in_app).points == 110

    def test_may_be_shared_by_all_members(self) -> None:
        everyone = rule(cap(500, scope="rule", period="day"), key="cap")
        key = "!cap|rule|day:2026-11-22"
        award = self.under(everyone, used={key: 480})
        assert (award.points, award.uses) == (20, {key: 20})
        assert shared_limits((everyone,), self.basket) == {key: 500}

    def test_a_limit_books_what_the_cap_left(self) -> None:
        bonus = rule(fixed(50), key="x", also=limited(500))
        award = evaluate([bonus, rule(cap(20), key="cap")], self.basket, NOBODY)
        assert (award.points, award.uses) == (20, {"x|member|ever:": 20})

    def test_caps_its_own_unit_alone(self) -> None:
        stamps = rule(per_quantity(unit="stamps"), key="stamps")
        award = self.under(stamps, rule(cap(1, unit="stamps"), key="cap"))
        assert [(grant.unit, grant.points) for grant in award.grants] == [
            ("points", 110),
            ("stamps", 1),
        ]
        assert award.reasons[-1].params["unit"] == "stamps"
