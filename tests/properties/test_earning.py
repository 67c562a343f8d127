"""Whatever the rules and the basket: the points add up, and a slow exact oracle agrees."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.earning.document import Rule
from loyalty.earning.effects import Phase
from loyalty.earning.engine import evaluate
from loyalty.types import Activity, Award, Line, MemberFacts, Outcome, Reason, Rounding
from tests.loyalty.earning.shop import (
    NOBODY,
    NOON,
    at_least,
    fixed,
    multiplier,
    off,
    on,
    per_amount,
    rule,
)

many = settings(max_examples=200, deadline=None)

CATEGORIES = ("paint", "stain", "tools", "")
amounts = st.one_of(
    st.integers(-5, 50).map(Decimal),  # whole euros: exact halves and equal remainders abound
    st.integers(-5_000, 50_000).map(lambda number: Decimal(number) / 100),
    st.decimals("-3", "300", places=3),
)
lines = st.builds(
    Line,
    product=st.just("4711"),
    amount=amounts,
    category=st.sampled_from(CATEGORIES),
    brand=st.sampled_from(("Histor", "Sikkens", "")),
)
activities = st.builds(
    Activity,
    type=st.just("purchase"),
    occurred_at=st.just(NOON),
    channel=st.sampled_from(("web", "app", "store")),
    lines=st.lists(lines, max_size=7).map(tuple),
    amount=amounts,
)
members = st.builds(MemberFacts, tiers=st.sampled_from(({}, {"main": "gold"})))
roundings = st.sampled_from(Rounding)

money = st.one_of(
    st.sampled_from(("1", "2.00", "0.50", "10")),
    st.integers(1, 20_000).map(lambda number: f"{number // 100}.{number % 100:02d}"),
)
factors = st.decimals("1", "9", places=2).map(str)
effects = st.one_of(
    st.builds(per_amount, st.integers(1, 25), money),
    st.builds(multiplier, factors),
    st.builds(fixed, st.integers(1, 500)),
)
condition_lists = st.lists(
    st.one_of(
        st.sampled_from(CATEGORIES[:3]).map(on),
        st.sampled_from(CATEGORIES[:3]).map(off),
        st.just(on("Histor", field="line.brand")),
        st.just(on("app", "web", field="activity.channel")),
        st.just(on("gold", field="member.tier")),
        money.map(at_least),
    ),
    max_size=3,
    unique_by=lambda condition: (condition["field"], condition["operator"]),
)


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Up to five rules, each of up to three versions, with priorities that often collide."""
    drawn = []
    for number in range(draw(st.integers(0, 5))):
        for version in range(1, draw(st.integers(1, 3)) + 1):
            conditions = draw(condition_lists)
            priority = draw(st.integers(-1, 1))
            key = f"rule-{number}"
            drawn.append(
                rule(draw(effects), *conditions, key=key, version=version, priority=priority)
            )
    return drawn


def shares_of(award: Award, activity: Activity) -> Sequence[int]:
    """Points per line; of an activity without lines, the loose points as one line's."""
    return award.line_points if activity.lines else (award.loose_points,)


def amounts_of(activity: Activity) -> list[Fraction]:
    paid = [line.amount for line in activity.lines] or [activity.amount]
    return [max(Fraction(amount), Fraction(0)) for amount in paid]


def rounded(exact: Fraction, rounding: Rounding) -> int:
    match rounding:
        case Rounding.FLOOR:
            return floor(exact)
        case Rounding.CEILING:
            return ceil(exact)
        case Rounding.HALF_UP:
            return floor(exact + Fraction(1, 2))


def paid_for(activity: Activity) -> Fraction:
    paid = [line.amount for line in activity.lines] or [activity.amount]
    return sum(map(Fraction, paid), Fraction(0))


def meets(condition: dict[str, Any], line: Line, activity: Activity, facts: MemberFacts) -> bool:
    """The conditions once more, read straight from the document."""
    if condition["field"] == "basket.amount":
        return paid_for(activity) >= Fraction(condition["value"])
    subject = {
        "line.category": line.category,
        "line.brand": line.brand,
        "activity.channel": activity.channel,
        "member.tier": facts.tiers.get("main", ""),
    }[condition["field"]]
    return bool((subject in condition["value"]) is (condition["operator"] == "in"))


def assert_spread(shares: Sequence[int], exact: Sequence[Fraction], rounding: Rounding) -> None:
    """Rounded once on the sum, each share within a point, larger remainders served first."""
    assert sum(shares) == rounded(sum(exact, Fraction(0)), rounding)
    raised = []
    for position, (share, wanted) in enumerate(zip(shares, exact, strict=True)):
        assert share in {floor(wanted), ceil(wanted)}
        raised.append((share > floor(wanted), wanted - floor(wanted), -position))
    served = [(remainder, place) for up, remainder, place in raised if up]
    passed_over = [(remainder, place) for up, remainder, place in raised if not up]
    assert not served or not passed_over or min(served) > max(passed_over)


class TestAward:
    @many
    @given(rules(), activities, members, roundings)
    def test_lines_and_reasons_sum_to_the_award(
        self, rules: list[Rule], activity: Activity, facts: MemberFacts, rounding: Rounding
    ) -> None:
        award = evaluate(rules, activity, facts, rounding=rounding)
        assert award.points == sum(award.line_points) + award.loose_points
        assert award.points == sum(reason.points for reason in award.reasons)
        assert len(award.line_points) == len(activity.lines)

    @many
    @given(rules(), activities, members, roundings)
    def test_nothing_is_ever_negative_and_unpaid_lines_earn_nothing(
        self, rules: list[Rule], activity: Activity, facts: MemberFacts, rounding: Rounding
    ) -> None:
        award = evaluate(rules, activity, facts, rounding=rounding)
        assert award.loose_points >= 0
        assert all(reason.points >= 0 for reason in award.reasons)
        for line, points in zip(activity.lines, award.line_points, strict=True):
            assert points >= 0
            assert line.amount > 0 or points == 0

    @many
    @given(rules(), activities, members, roundings, st.data())
    def test_the_order_of_the_rules_does_not_matter(
        self,
        rules: list[Rule],
        activity: Activity,
        facts: MemberFacts,
        rounding: Rounding,
        data: st.DataObject,
    ) -> None:
        shuffled = data.draw(st.permutations(rules))
        first, second = (
            evaluate(each, activity, facts, rounding=rounding) for each in (rules, shuffled)
        )
        assert first == second

    @many
    @given(rules(), activities, members)
    def test_every_rule_gives_one_reason_and_only_applied_ones_give_points(
        self, rules: list[Rule], activity: Activity, facts: MemberFacts
    ) -> None:
        reasons = evaluate(rules, activity, facts).reasons
        newest = {rule.key: max(r.version for r in rules if r.key == rule.key) for rule in rules}
        assert {reason.rule: reason.version for reason in reasons} == newest
        assert len(reasons) == len(newest)
        assert all(reason.outcome is Outcome.APPLIED or not reason.points for reason in reasons)


class TestPerAmount:
    @many
    @given(st.integers(1, 25), money, activities, roundings)
    def test_agrees_with_exact_fractions(
        self, points: int, per: str, activity: Activity, rounding: Rounding
    ) -> None:
        award = evaluate([rule(per_amount(points, per))], activity, NOBODY, rounding=rounding)
        exact = [amount * points / Fraction(per) for amount in amounts_of(activity)]
        assert_spread(shares_of(award, activity), exact, rounding)

    @many
    @given(
        points=st.integers(1, 25),
        per=money,
        conditions=condition_lists,
        activity=activities,
        facts=members,
        rounding=roundings,
    )
    def test_counts_exactly_the_lines_that_meet_all_conditions(
        self,
        *,
        points: int,
        per: str,
        conditions: list[dict[str, Any]],
        activity: Activity,
        facts: MemberFacts,
        rounding: Rounding,
    ) -> None:
        award = evaluate(
            [rule(per_amount(points, per), *conditions)], activity, facts, rounding=rounding
        )
        sold = activity.lines or (Line(product="", amount=activity.amount),)
        exact = [
            amount * points / Fraction(per)
            if all(meets(condition, line, activity, facts) for condition in conditions)
            else Fraction(0)
            for line, amount in zip(sold, amounts_of(activity), strict=True)
        ]
        assert_spread(shares_of(award, activity), exact, rounding)


class TestMultiplier:
    @many
    @given(st.integers(1, 25), money, factors, activities, roundings)
    def test_adds_the_factor_less_one_times_the_base_of_its_lines(
        self, points: int, per: str, factor: str, activity: Activity, rounding: Rounding
    ) -> None:
        base = rule(per_amount(points, per), key="last")  # by its key; its phase puts it first
        boost = rule(multiplier(factor), on("paint", "stain"), key="boost")
        before = evaluate([base], activity, NOBODY, rounding=rounding)
        bonus = rule(fixed(7), key="bonus")  # is not multiplied
        after = evaluate([bonus, boost, base], activity, NOBODY, rounding=rounding)

        added = [new - old for new, old in zip(after.line_points, before.line_points, strict=True)]
        exact = [
            (Fraction(factor) - 1) * old if line.category in ("paint", "stain") else Fraction(0)
            for line, old in zip(activity.lines, before.line_points, strict=True)
        ]
        assert_spread(added, exact, rounding)

    @many
    @given(factors, factors, activities)
    def test_multipliers_do_not_see_each_other(
        self, one: str, other: str, activity: Activity
    ) -> None:
        base = rule(per_amount(3), key="two")
        first, second = rule(multiplier(one), key="one"), rule(multiplier(other), key="other")
        apart = [
            evaluate([base, each], activity, NOBODY).reasons[-1].points for each in (first, second)
        ]
        together = evaluate([base, first, second], activity, NOBODY).reasons[1:]
        assert [reason.points for reason in together] == apart


class TestNearMiss:
    @many
    @given(effects, st.integers(1, 20_000), activities, roundings)
    def test_paying_what_was_short_is_enough_and_a_cent_less_is_not(
        self, effect: dict[str, Any], gap: int, activity: Activity, rounding: Rounding
    ) -> None:
        paid = paid_for(activity)
        threshold = max(ceil(paid * 100), 0) + gap
        big = rule(effect, at_least(f"{threshold // 100}.{threshold % 100:02d}"), key="big")
        rules = [big, rule(per_amount(), key="base")]
        reason = self.big(rules, activity, rounding)

        unlimited = [rule(effect, key="big"), rules[1]]
        assert reason.points == 0
        would_earn = self.big(unlimited, activity, rounding).points
        if not would_earn:
            assert reason.outcome is Outcome.NOT_MET
            return

        assert reason.outcome is Outcome.NEAR_MISS
        assert reason.params["would_earn"] == str(would_earn)
        short = Decimal(reason.params["short"])
        assert Fraction(short) == Fraction(ceil(threshold - paid * 100), 100)
        enough = self.big(rules, self.paying(activity, short), rounding)
        too_little = self.big(rules, self.paying(activity, short - Decimal("0.01")), rounding)
        assert enough.outcome is Outcome.APPLIED
        assert enough.points >= would_earn
        assert too_little.outcome is Outcome.NEAR_MISS

    @staticmethod
    def big(rules: list[Rule], activity: Activity, rounding: Rounding) -> Reason:
        award = evaluate(rules, activity, NOBODY, rounding=rounding)
        return next(reason for reason in award.reasons if reason.rule == "big")

    @staticmethod
    def paying(activity: Activity, more: Decimal) -> Activity:
        """The same activity with one more line, or of a higher amount where it has no lines."""
        extra = (Line(product="more", amount=more),) if activity.lines else ()
        return Activity(
            type=activity.type,
            occurred_at=activity.occurred_at,
            channel=activity.channel,
            lines=activity.lines + extra,
            amount=activity.amount + more,
        )


class TestPhases:
    @many
    @given(rules(), activities, members)
    def test_bonus_points_belong_to_no_line_and_all_others_do(
        self, rules: list[Rule], activity: Activity, facts: MemberFacts
    ) -> None:
        award = evaluate(rules, activity, facts)
        newest = {rule.key: rule for rule in sorted(rules, key=lambda rule: rule.version)}
        bonus = {key: rule.order[0] is Phase.BONUS for key, rule in newest.items()}
        loose = sum(reason.points for reason in award.reasons if bonus[reason.rule])
        assert award.loose_points == (loose if activity.lines else award.points)
