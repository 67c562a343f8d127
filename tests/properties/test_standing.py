"""Standings and tiers against what can be counted by hand, for any history."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from loyalty.earning.history import Deed, judge
from loyalty.earning.kept import WHOLE, ReturnedLine, kept_basket, worth_of_kept
from loyalty.earning.projection import project
from loyalty.earning.ruleset import RuleSet, award
from loyalty.earning.standing import (
    Standing,
    advance,
    facts_at,
    read_standing,
    tier_states,
    write_standing,
)
from loyalty.types import Activity, Line, MemberFacts
from tests.loyalty.earning.ladders import WORDS, day, earned, ladder, purchase
from tests.properties.tier_oracle import Walk

JOINED = date(2025, 10, 31)
FIRST = day(0).date()
KEYS = ["paint", "brush", "tape"]


# --- Programmes and histories ------------------------------------------------------------------


@st.composite
def policies(draw: st.DrawFn, **fixed: Any) -> dict[str, Any]:
    period = draw(
        st.one_of(
            st.builds(dict, kind=st.just("rolling"), months=st.integers(1, 3)),
            st.builds(
                dict,
                kind=st.just("calendar"),
                months=st.sampled_from([1, 3, 12]),
                starts=st.sampled_from(["01-01", "01-31", "02-29", "07-15"]),
            ),
            st.builds(dict, kind=st.just("anniversary"), months=st.integers(1, 4)),
            st.just({"kind": "ever"}),
        )
    )
    thresholds = sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=3)))
    return {
        "measure": {"kind": "points"},
        "period": period,
        "downgrade": draw(st.sampled_from(["none", "one_level", "eligible"])),
        "grace_days": draw(st.sampled_from([0, 0, 1, 20])),
        "tiers": [
            {"key": f"t{n}", "name": WORDS, "threshold": asked}
            for n, asked in enumerate(thresholds)
        ],
        **fixed,
    }


steps = st.lists(st.tuples(st.integers(0, 250), st.integers(1, 30)), max_size=8).map(sorted)

RULES = [
    {"effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}]},
    {
        "effects": [{"kind": "fixed", "points": 15}],
        "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "30.00"}],
    },
    {
        "effects": [{"kind": "multiplier", "factor": "1.5"}],
        "conditions": [{"field": "line.product", "operator": "in", "value": ["paint"]}],
    },
    {
        "effects": [{"kind": "fixed", "points": 40}],
        "conditions": [{"field": "count", "of": "purchase", "operator": "every", "value": 3}],
    },
    {
        "effects": [{"kind": "fixed", "points": 12}],
        "limits": [{"of": "points", "most": 30, "scope": "member", "period": "month"}],
    },
    {
        "effects": [{"kind": "multiplier", "factor": "2"}],
        "conditions": [{"field": "member.tier", "operator": "in", "value": ["t0", "t1", "t2"]}],
    },
    {
        "effects": [{"kind": "fixed", "points": 9}],
        "conditions": [{"field": "basket.amount", "operator": "at_most", "value": "20.00"}],
    },
]


@st.composite
def programmes(draw: st.DrawFn, **fixed: Any) -> RuleSet:
    chosen = draw(st.lists(st.sampled_from(RULES), min_size=1, unique_by=str))
    rules = [{"schema": 2, "trigger": "purchase", **rule} for rule in chosen]
    return ladder(draw(policies(**fixed)), rules=rules)


lines = st.builds(
    Line,
    product=st.sampled_from(KEYS),
    quantity=st.integers(1, 4).map(Decimal),
    amount=st.integers(1, 4000).map(lambda cents: Decimal(cents) / 100),
)
baskets = st.lists(lines, min_size=1, max_size=3).map(tuple)


def bought(at: datetime, basket: tuple[Line, ...]) -> Activity:
    total = sum((line.amount for line in basket), start=Decimal(0))
    return purchase(at, str(total), lines=basket)


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    """Purchases, and returns of some of them, also before their sale and of too much."""
    sales = draw(st.lists(st.tuples(st.integers(0, 120), baskets), min_size=1, max_size=6))
    made = [
        Deed(
            id=UUID(int=n),
            source="till",
            external_id=str(n),
            activity=bought(day(at), basket),
            rule_set=draw(st.sampled_from([1, 2])),
        )
        for n, (at, basket) in enumerate(sales)
    ]
    for n in range(draw(st.integers(0, 4))):
        of = draw(st.sampled_from(made[: len(sales)]))
        made.append(
            Deed(
                id=UUID(int=100 + n),
                source="till",
                external_id=f"r{n}",
                activity=purchase(day(draw(st.integers(0, 140))), "0.00", type="return"),
                rule_set=1,
                original=of.key,
                returned=draw(returns_of(len(of.activity.lines))),
            )
        )
    return made


def returns_of(count: int) -> st.SearchStrategy[tuple[ReturnedLine, ...]]:
    one = st.builds(
        ReturnedLine,
        line=st.integers(0, count - 1),
        quantity=st.integers(1, 2).map(Decimal),
    )
    return st.one_of(st.just(WHOLE), st.lists(one, min_size=1, max_size=2).map(tuple))


# --- Tiers -------------------------------------------------------------------------------------


class TestTiers:
    @given(policies(), steps)
    @settings(max_examples=150, deadline=None)
    def test_are_those_of_a_walk_through_all_days(self, policy, taken):
        rule_set = ladder(policy)
        entries = [(day(at).date(), points) for at, points in taken]
        last = FIRST + timedelta(days=400)
        walked = Walk(policy, JOINED, entries).tiers(FIRST, last)
        standing, at = Standing(), 0

        for on, expected in walked.items():
            while at < len(entries) and entries[at][0] == on:
                step = (day(taken[at][0]), taken[at][1])
                standing = earned(rule_set, step, standing=standing, joined_on=JOINED)
                at += 1
            noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
            (state,) = tier_states(standing, rule_set, at=noon, joined_on=JOINED)
            assert state.tier == expected, on

    @given(policies(), steps)
    @settings(max_examples=100, deadline=None)
    def test_are_the_same_after_being_kept_and_read_again(self, policy, taken):
        rule_set = ladder(policy)
        standing = Standing()
        for at, points in taken:
            standing = earned(rule_set, (day(at), points), standing=standing, joined_on=JOINED)
            assert read_standing(write_standing(standing)) == standing

    @given(policies(), steps, st.integers(0, 60))
    @settings(max_examples=150, deadline=None)
    def test_are_kept_by_earning_what_the_projection_says_and_not_by_one_less(
        self, policy, taken, later
    ):
        assume(taken)
        rule_set = ladder(policy)
        standing = earned(rule_set, *((day(at), points) for at, points in taken), joined_on=JOINED)
        now = day(taken[-1][0] + later)
        ahead = project(standing, rule_set, at=now, joined_on=JOINED)
        for said in [each for each in ahead if each.is_keep]:
            assert said.by is not None
            last_moment = said.by - timedelta(minutes=1)
            # two hours more: the clocks may have changed in between
            after = said.by + timedelta(days=policy["grace_days"], hours=2)
            held = level(rule_set, said.tier)
            done = earned(rule_set, (last_moment, said.short), standing=standing, joined_on=JOINED)
            assert tier_level(done, rule_set, after) >= held
            done = earned(
                rule_set, (last_moment, said.short - 1), standing=standing, joined_on=JOINED
            )
            assert tier_level(done, rule_set, after) < held

    @given(policies(), steps, st.integers(0, 60))
    @settings(max_examples=150, deadline=None)
    def test_are_reached_by_earning_what_the_projection_says_and_not_by_one_less(
        self, policy, taken, later
    ):
        rule_set = ladder(policy)
        standing = earned(rule_set, *((day(at), points) for at, points in taken), joined_on=JOINED)
        now = day((taken[-1][0] if taken else 0) + later)
        ahead = project(standing, rule_set, at=now, joined_on=JOINED)
        for said in [each for each in ahead if not each.is_keep]:
            wanted = level(rule_set, said.tier)
            done = earned(rule_set, (now, said.short), standing=standing, joined_on=JOINED)
            assert tier_level(done, rule_set, now) == wanted
            done = earned(rule_set, (now, said.short - 1), standing=standing, joined_on=JOINED)
            assert tier_level(done, rule_set, now) < wanted


def level(rule_set: RuleSet, tier: str) -> int:
    return rule_set.tier_sets[0].levels[tier]


def tier_level(standing: Standing, rule_set: RuleSet, at: datetime) -> int:
    return tier_states(standing, rule_set, at=at, joined_on=JOINED)[0].level


# --- History -----------------------------------------------------------------------------------


class TestHistory:
    @given(programmes(), programmes(), deeds(), st.randoms(use_true_random=False))
    @settings(max_examples=100, deadline=None)
    def test_is_the_same_in_any_order_of_arrival(self, one, other, made, random):
        other = replace(other, number=2)
        known = {"rule_sets": {1: one, 2: other}, "current": other, "joined_on": JOINED}
        first = judge(made, **known)
        for _shuffle in range(3):
            arrived = [*made, *random.sample(made, len(made) // 2)]
            random.shuffle(arrived)
            assert judge(arrived, **known) == first

    @given(programmes(), deeds())
    @settings(max_examples=100, deadline=None)
    def test_is_one_step_after_the_other(self, rule_set, made):
        sales = [structs.replace(d, rule_set=1) for d in made if not d.original]
        sales.sort(key=lambda deed: deed.order)
        standing = Standing()
        given_points = []
        for deed in sales:
            at = deed.activity.occurred_at
            facts = facts_at(standing, rule_set, at=at, joined_on=JOINED, trigger="purchase")
            earned_by_it = award(rule_set, deed.activity, facts)
            given_points.append(earned_by_it.points)
            standing = read_standing(write_standing(standing))
            standing = advance(standing, rule_set, deed.activity, earned_by_it, facts)

        history = judge(sales, rule_sets={1: rule_set}, current=rule_set, joined_on=JOINED)

        assert history.standing == standing
        assert [each.award.points for each in history.judged] == given_points

    @given(programmes(), deeds())
    @settings(max_examples=100, deadline=None)
    def test_judges_again_to_the_point_from_the_facts_it_found(self, rule_set, made):
        made = [structs.replace(deed, rule_set=1) for deed in made]
        history = judge(made, rule_sets={1: rule_set}, current=rule_set, joined_on=JOINED)
        for each in history.judged:
            if not each.deed.original:
                assert award(rule_set, each.deed.activity, each.facts) == each.award


class TestReturns:
    @given(programmes(on_return="at_once"), baskets, st.data(), st.integers(0, 40))
    @settings(max_examples=150, deadline=None)
    def test_in_parts_are_as_if_only_the_rest_was_sold(self, rule_set, basket, data, before):
        earlier = [sold(50 + n, day(n), basket) for n in range(before % 4)]
        sale = sold(1, day(60), basket)
        parts = data.draw(st.lists(returns_of(len(basket)), max_size=4))
        orders = [parts, data.draw(st.permutations(parts))]
        kept = kept_basket(sale.activity, parts)
        assert kept == kept_basket(sale.activity, orders[1])
        found = [
            judge(
                [*earlier, sale, *(returned(n, day(61 + n), part) for n, part in enumerate(order))],
                rule_sets={1: rule_set},
                current=rule_set,
                joined_on=JOINED,
            )
            for order in orders
        ]
        assert found[0].standing == found[1].standing
        assert final(found[0]) == final(found[1])

        rest = [*earlier, *([structs.replace(sale, activity=kept.basket)] if kept.basket else [])]
        alone = judge(rest, rule_sets={1: rule_set}, current=rule_set, joined_on=JOINED)
        full = next(j.award for j in found[0].judged if j.deed.external_id == "1")
        only = alone.judged[-1].award if kept.basket else None
        if only is None:
            assert final(found[0]) == 0
        else:
            assert final(found[0]) == min(only.points, full.points)
            if only.points <= full.points:
                assert same(found[0].standing, alone.standing)
        states = [
            tier_states(history.standing, rule_set, at=day(70), joined_on=JOINED)
            for history in (found[0], alone)
        ]
        if only is None or only.points <= full.points:
            assert states[0] == states[1]
            assert found[0].standing.counts == alone.standing.counts

    @given(programmes(), baskets, st.data())
    @settings(max_examples=100, deadline=None)
    def test_never_leave_more_than_was_given(self, rule_set, basket, data):
        sale = bought(day(0), basket)
        given_by_it = award(rule_set, sale, MemberFacts())
        kept = kept_basket(sale, data.draw(st.lists(returns_of(len(basket)), max_size=4)))
        worth = worth_of_kept(rule_set, sale, MemberFacts(), given_by_it, kept)

        assert worth.points <= given_by_it.points
        assert all(points >= 0 for points in worth.line_points)
        assert worth.points == sum(worth.line_points) + worth.loose_points
        assert worth.points == sum(r.points for r in worth.reasons if r.unit == "points")
        assert worth.points == sum(g.points for g in worth.grants if g.unit == "points")


def sold(number: int, at: datetime, basket: tuple[Line, ...]) -> Deed:
    return Deed(
        id=UUID(int=number),
        source="till",
        external_id=str(number),
        activity=bought(at, basket),
        rule_set=1,
    )


def returned(number: int, at: datetime, part: tuple[ReturnedLine, ...]) -> Deed:
    return Deed(
        id=UUID(int=900 + number),
        source="till",
        external_id=f"r{number}",
        activity=purchase(at, "0.00", type="return"),
        rule_set=1,
        original="till:1",
        returned=part,
    )


def final(history: Any) -> int:
    (points,) = [j.final.points for j in history.judged if j.deed.external_id == "1"]
    return int(points)


def same(one: Standing, other: Standing) -> bool:
    """But for the moment that they know of."""
    return structs.replace(one, last_at=None) == structs.replace(other, last_at=None)
