from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate
from loyalty.errors import InvalidRequest
from loyalty.types import Award, Grant, MemberFacts, Outcome, Reason, Rounding
from tests.loyalty.earning.shop import (
    NOBODY,
    NOON,
    activity,
    at_least,
    fixed,
    line,
    multiplier,
    off,
    on,
    per_amount,
    rule,
)

NAME = {"nl": "Regel", "en": "Rule"}
PAINT = line("12.49", "paint", brand="Histor")
BRUSH = line("3.99", "tools", brand="Histor")
STAIN = line("40.42", "stain", brand="Sikkens")


def only(award: Award) -> Reason:
    (reason,) = award.reasons
    return reason


class TestPerAmount:
    def test_rounds_once_on_the_sum_and_gives_the_rest_to_the_largest_remainders(self) -> None:
        award = evaluate([rule(per_amount())], activity(PAINT, BRUSH, STAIN), NOBODY)

        assert award == Award(
            points=56,  # 56.90; rounded line by line it would be 55
            line_points=(12, 4, 40),
            grants=(Grant(points=56, line_points=(12, 4, 40)),),
            reasons=(
                Reason(
                    rule="rule",
                    version=1,
                    outcome=Outcome.APPLIED,
                    code="per_amount",
                    points=56,
                    lines=(0, 1, 2),
                    params={"points": "1", "per": "1.00"},
                    name=NAME,
                ),
            ),
        )

    @pytest.mark.parametrize(
        ("rounding", "points"), [(Rounding.FLOOR, 2), (Rounding.HALF_UP, 3), (Rounding.CEILING, 3)]
    )
    def test_follows_the_programmes_rounding(self, rounding: Rounding, points: int) -> None:
        award = evaluate([rule(per_amount())], activity(line("2.50")), NOBODY, rounding=rounding)
        assert award.line_points == (points,)

    def test_gives_equal_remainders_to_the_earlier_line(self) -> None:
        award = evaluate([rule(per_amount())], activity(line("0.50"), line("0.50")), NOBODY)
        assert award.line_points == (1, 0)

    def test_counts_only_the_lines_that_meet_every_line_condition(self) -> None:
        paint_of_histor = rule(
            per_amount(3), on("paint", "stain"), on("Histor", field="line.brand")
        )

        award = evaluate([paint_of_histor], activity(PAINT, BRUSH, STAIN), NOBODY)

        assert award.line_points == (37, 0, 0)
        assert only(award).lines == (0,)

    def test_lines_of_zero_or_less_earn_nothing_and_take_nothing(self) -> None:
        basket = activity(line("10.00"), line("0.00"), line("-4.00"))
        award = evaluate([rule(per_amount())], basket, NOBODY)
        assert (award.line_points, only(award).lines) == ((10, 0, 0), (0,))

    def test_counts_fractions_of_a_cent_exactly(self) -> None:
        basket = activity(line("0.333"), line("0.333"), line("0.334"))
        assert evaluate([rule(per_amount())], basket, NOBODY).points == 1

    def test_a_purchase_without_lines_earns_loose_points_on_its_amount(self) -> None:
        basket = activity(amount=Decimal("19.99"))

        award = evaluate([rule(per_amount())], basket, NOBODY)

        assert (award.points, award.line_points, award.loose_points) == (19, (), 19)
        assert only(award).lines == ()

    def test_lines_win_over_the_amount_that_came_with_them(self) -> None:
        basket = activity(line("10.00"), amount=Decimal("99.00"))
        assert evaluate([rule(per_amount())], basket, NOBODY).points == 10

    def test_without_any_amount_it_says_so(self) -> None:
        reason = only(evaluate([rule(per_amount())], activity(line("-4.00")), NOBODY))
        assert (reason.outcome, reason.code, reason.points) == (Outcome.NOT_MET, "no_amount", 0)

    def test_a_sale_too_small_for_one_point_applies_with_none(self) -> None:
        reason = only(evaluate([rule(per_amount())], activity(line("0.40")), NOBODY))
        assert (reason.outcome, reason.points) == (Outcome.APPLIED, 0)

    @pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+900", "1E-900"])
    def test_refuses_an_amount_that_is_no_usable_number(self, amount: str) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            evaluate([rule(per_amount())], activity(line("1.00"), line(amount)), NOBODY)
        assert refusal.value.field == "lines.1.amount"


class TestMultiplier:
    base = rule(per_amount(), key="base")

    def test_adds_to_the_base_points_of_the_matching_lines(self) -> None:
        paint_twice = rule(multiplier(), on("paint", "stain"), key="paint")

        award = evaluate([self.base, paint_twice], activity(PAINT, BRUSH, STAIN), NOBODY)

        assert award.line_points == (24, 4, 80)
        assert [reason.points for reason in award.reasons] == [56, 52]
        assert award.reasons[1].lines == (0, 2)
        assert award.reasons[1].params == {"factor": "2", "line.category": "paint,stain"}

    def test_rounds_its_own_result_once(self) -> None:
        half_more = rule(multiplier("1.5"), key="half")
        award = evaluate([self.base, half_more], activity(line("5"), line("5"), line("5")), NOBODY)
        assert award.line_points == (8, 7, 7)  # 7.5 more is 7: 3 + 2 + 2

    def test_two_multipliers_add_up_and_do_not_compound(self) -> None:
        rules = [self.base, rule(multiplier("2"), key="a"), rule(multiplier("3"), key="b")]
        assert evaluate(rules, activity(line("10.00")), NOBODY).points == 10 + 10 + 20

    def test_leaves_bonus_points_alone(self) -> None:
        rules = [rule(fixed(50), key="a"), rule(multiplier("3"), key="b"), self.base]
        award = evaluate(rules, activity(line("10.00")), NOBODY)
        assert (award.points, award.line_points, award.loose_points) == (80, (30,), 50)

    def test_multiplies_a_purchase_without_lines(self) -> None:
        award = evaluate(
            [self.base, rule(multiplier(), key="a")], activity(amount=Decimal(7)), NOBODY
        )
        assert (award.points, award.loose_points, award.reasons[1].lines) == (14, 14, ())


class TestFixed:
    def test_is_given_once_and_bound_to_no_line(self) -> None:
        award = evaluate([rule(fixed())], activity(PAINT, BRUSH), NOBODY)
        assert (award.points, award.line_points, award.loose_points) == (50, (0, 0), 50)
        assert only(award).lines == ()

    def test_names_the_lines_it_was_given_for(self) -> None:
        award = evaluate([rule(fixed(), on("paint"))], activity(BRUSH, PAINT, PAINT), NOBODY)
        assert (award.points, only(award).lines) == (50, (1, 2))

    def test_rewards_what_is_no_purchase(self) -> None:
        award = evaluate([rule(fixed(), trigger="review")], activity(what="review"), NOBODY)
        assert (award.points, award.line_points) == (50, ())
        assert only(award).params == {"points": "50", "trigger": "review"}


class TestConditions:
    member = MemberFacts(tiers={"main": "gold"}, segments=frozenset({"painters", "parents"}))
    basket = activity(PAINT, BRUSH, channel="app", location="Utrecht")

    @pytest.mark.parametrize(
        "condition",
        [
            on("paint"),
            off("stain"),
            on("4711", field="line.product"),
            on("Histor", field="line.brand"),
            on("web", "app", field="activity.channel"),
            off("store", field="activity.channel"),
            on("Utrecht", field="activity.location"),
            on("gold", field="member.tier"),
            off("silver", field="member.tier"),
            on("parents", "pensioners", field="member.segment"),
            off("pensioners", field="member.segment"),
            at_least("16.48"),
        ],
    )
    def test_holds(self, condition: dict[str, object]) -> None:
        award = evaluate([rule(fixed(), condition)], self.basket, self.member)
        assert award.points == 50

    @pytest.mark.parametrize(
        ("condition", "params"),
        [
            (on("stain", "lacquer"), {"line.category": "stain,lacquer"}),
            (off("paint", "tools"), {"not:line.category": "paint,tools"}),
            (on("1", field="line.product"), {"line.product": "1"}),
            (on("web", field="activity.channel"), {"activity.channel": "web"}),
            (off("app", field="activity.channel"), {"not:activity.channel": "app"}),
            (on("Assen", field="activity.location"), {"activity.location": "Assen"}),
            (on("silver", field="member.tier"), {"member.tier": "silver"}),
            (on("pensioners", field="member.segment"), {"member.segment": "pensioners"}),
            (off("parents", field="member.segment"), {"not:member.segment": "parents"}),
        ],
    )
    def test_says_which_condition_failed(
        self, condition: dict[str, object], params: dict[str, str]
    ) -> None:
        award = evaluate([rule(fixed(), condition)], self.basket, self.member)

        reason = only(award)
        assert award.points == reason.points == 0
        assert (reason.outcome, reason.code) == (Outcome.NOT_MET, condition["field"])
        assert reason.params == params

    def test_a_reason_names_five_keys_of_a_long_list(self) -> None:
        long = rule(fixed(), on(*(str(number) for number in range(1, 13))))
        reason = only(evaluate([long], self.basket, self.member))
        assert reason.params == {"line.category": "1,2,3,4,5,+7"}

    def test_a_member_must_be_in_both_of_two_groups_asked_for(self) -> None:
        both = rule(
            fixed(), on("painters", field="member.segment"), on("vip", field="member.segment")
        )
        reason = only(evaluate([both], self.basket, self.member))
        assert reason.params == {"member.segment": "vip"}


class TestNearMiss:
    big = rule(fixed(50), at_least("60.00"), key="big")

    def test_says_how_much_was_short_and_what_it_would_have_earned(self) -> None:
        award = evaluate([self.big], activity(PAINT, BRUSH, STAIN), NOBODY)

        assert award.points == 0
        assert only(award) == Reason(
            rule="big",
            version=1,
            outcome=Outcome.NEAR_MISS,
            code="basket.amount",
            params={"basket.amount": "60.00", "short": "3.10", "would_earn": "50"},
            name=NAME,
        )

    def test_paying_exactly_what_was_short_earns_it(self) -> None:
        basket = activity(PAINT, BRUSH, STAIN, line("3.10"))
        assert evaluate([self.big], basket, NOBODY).points == 50

    def test_rounds_what_is_short_up_to_a_cent_that_suffices(self) -> None:
        reason = only(evaluate([self.big], activity(line("59.991")), NOBODY))
        assert reason.params["short"] == "0.01"

    def test_counts_negative_lines_in_what_was_paid(self) -> None:
        reason = only(evaluate([self.big], activity(line("60.00"), line("-0.05")), NOBODY))
        assert reason.params["short"] == "0.05"

    def test_is_none_when_another_condition_fails_too(self) -> None:
        in_app = rule(fixed(), at_least("60.00"), on("app", field="activity.channel"))
        reason = only(evaluate([in_app], activity(PAINT, channel="web"), NOBODY))
        assert (reason.outcome, reason.code) == (Outcome.NOT_MET, "activity.channel")

    def test_is_none_when_no_line_matches(self) -> None:
        reason = only(evaluate([rule(fixed(), at_least("60"), on("x"))], activity(PAINT), NOBODY))
        assert (reason.outcome, reason.code) == (Outcome.NOT_MET, "line.category")

    def test_promises_a_multiplier_only_on_the_lines_that_are_there(self) -> None:
        rules = [rule(per_amount(), key="base"), rule(multiplier("3"), at_least("50"), key="x3")]
        award = evaluate(rules, activity(line("20.00")), NOBODY)
        assert award.points == 20
        assert award.reasons[1].params["would_earn"] == "40"

    def test_promises_nothing_when_it_would_earn_nothing(self) -> None:
        reason = only(evaluate([rule(per_amount(), at_least("5"))], activity(line("0.10")), NOBODY))
        assert (reason.outcome, reason.params) == (Outcome.NOT_MET, {"basket.amount": "5"})


class TestPeriodAndVersions:
    hour = timedelta(hours=1)

    def test_applies_from_the_start_until_just_before_the_end(self) -> None:
        within = rule(fixed(), starts_at=NOON, ends_at=NOON + self.hour)
        moments = [NOON - self.hour, NOON, NOON + self.hour / 2, NOON + self.hour]
        awards = [evaluate([within], activity(occurred_at=at), NOBODY) for at in moments]
        assert [award.points for award in awards] == [0, 50, 50, 0]
        assert only(awards[0]).params == {"starts_at": "2026-11-22T12:00:00+00:00"}
        assert only(awards[3]).params == {"ends_at": "2026-11-22T13:00:00+00:00"}
        assert {only(awards[0]).code, only(awards[3]).code} == {"period"}

    def test_only_the_newest_version_in_force_counts_and_the_others_are_silent(self) -> None:
        versions = [
            rule(fixed(10), version=1),
            rule(fixed(20), version=2),
            rule(fixed(30), version=3, starts_at=NOON + self.hour),
        ]
        reason = only(evaluate(versions, activity(), NOBODY))
        assert (reason.version, reason.points) == (2, 20)

    def test_rules_of_another_trigger_give_no_reason(self) -> None:
        assert evaluate([rule(fixed(), trigger="review")], activity(PAINT), NOBODY).reasons == ()

    def test_reasons_stand_in_order_of_phase_priority_and_key(self) -> None:
        rules = [
            rule(fixed(), key="a"),
            rule(multiplier(), key="b"),
            rule(per_amount(), key="d", priority=1),
            rule(per_amount(), key="c", priority=1),
            rule(per_amount(), key="e", priority=-1),
        ]
        award = evaluate(rules, activity(PAINT), NOBODY)
        assert "".join(reason.rule for reason in award.reasons) == "ecdba"

    def test_no_rules_give_no_points_and_no_reasons(self) -> None:
        assert evaluate([], activity(PAINT, BRUSH), NOBODY) == Award(points=0, line_points=(0, 0))


@dataclass
class Sorted:
    """As a rule set has its rules."""

    by_trigger: dict[str, tuple[Rule, ...]]


class TestRulesAtHand:
    def test_may_come_sorted_by_trigger(self) -> None:
        rules = (rule(per_amount(), key="base"), rule(fixed(), key="bonus"))
        sorted_rules = Sorted({"purchase": rules, "review": (rule(fixed(5), trigger="review"),)})
        happened = activity(PAINT)
        assert evaluate(sorted_rules, happened, NOBODY) == evaluate(rules, happened, NOBODY)
        assert evaluate(sorted_rules, activity(what="review"), NOBODY).points == 5
        assert evaluate(sorted_rules, activity(what="visit"), NOBODY).points == 0

    def test_versions_take_each_others_place_as_time_goes_by(self) -> None:
        hour = timedelta(hours=1)
        versions = (
            rule(fixed(10), key="a"),
            rule(multiplier(), key="a", version=2, starts_at=NOON),
            rule(per_amount(), key="base", version=1),
        )
        moments = [NOON - hour, NOON, NOON - hour]
        awards = [
            evaluate(versions, activity(line("7.00"), occurred_at=at), NOBODY) for at in moments
        ]
        assert [award.points for award in awards] == [17, 14, 17]

    def test_a_list_that_has_grown_is_read_again(self) -> None:
        rules = [rule(fixed(10), key="a")]
        before = evaluate(rules, activity(), NOBODY).points
        rules.append(rule(fixed(1), key="b"))
        assert (before, evaluate(rules, activity(), NOBODY).points) == (10, 11)
