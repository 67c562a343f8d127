from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import UUID

from loyalty.earning.history import Deed, judge
from loyalty.earning.kept import ReturnedLine
from loyalty.earning.ruleset import award
from loyalty.earning.standing import Assigned, Standing, advance, facts_at
from loyalty.types import Award, Grant, Line, MemberFacts
from tests.loyalty.earning.ladders import JOINED, day, ladder, policy, purchase, tier
from tests.loyalty.earning.test_kept import BASE

THIRD = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "count", "of": "purchase", "operator": "every", "value": 3}],
    "effects": [{"kind": "fixed", "points": 100}],
}
CAPPED = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "fixed", "points": 10}],
    "limits": [{"of": "points", "most": 15, "scope": "member", "period": "month"}],
}
GOLD_TWICE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "member.tier", "operator": "in", "value": ["silver", "gold"]}],
    "effects": [{"kind": "multiplier", "factor": "2"}],
}
LINES = (
    Line(product="paint", quantity=Decimal(3), amount=Decimal("60.00")),
    Line(product="brush", amount=Decimal("50.00")),
)


def sale(number, at, amount="10.00", *, rule_set=1, **said):
    known = said.pop("known", MemberFacts())
    return Deed(
        id=UUID(int=number),
        source="till",
        external_id=str(number),
        activity=purchase(at, amount, **said),
        rule_set=rule_set,
        known=known,
    )


def returned(number, at, of, *lines):
    return Deed(
        id=UUID(int=number),
        source="till",
        external_id=str(number),
        activity=purchase(at, "0.00", type="return"),
        rule_set=1,
        original=f"till:{of}",
        returned=tuple(ReturnedLine(line=n, quantity=Decimal(q)) for n, q in lines),
    )


def judged(deeds, rule_set, **said):
    asked = {"rule_sets": {1: rule_set}, "current": rule_set, "joined_on": JOINED} | said
    return judge(deeds, **asked)


def points(history):
    return {int(each.deed.external_id): each.final.points for each in history.judged}


class TestJudge:
    def test_is_the_same_whatever_the_order_of_arrival(self):
        rule_set = ladder(rules=[BASE, THIRD, CAPPED, GOLD_TWICE])
        deeds = [
            sale(1, day(0), "60.00"),
            sale(2, day(1), "50.00"),
            returned(3, day(2), 1),
            sale(4, day(3), "30.00"),
            sale(5, day(3), "30.00"),
        ]
        first = judged(deeds, rule_set)
        assert points(first) == {1: 0, 2: 55, 3: 0, 4: 70, 5: 160}

        for arrived in permutations(deeds):
            assert judged([*arrived, arrived[0]], rule_set) == first

    def test_is_what_one_step_after_the_other_gives(self):
        rule_set = ladder(rules=[BASE, THIRD, CAPPED, GOLD_TWICE])
        deeds = [sale(n, day(20 * n), f"{n}5.00") for n in range(9)]
        standing = Standing()
        for deed in deeds:
            at = deed.activity.occurred_at
            facts = facts_at(standing, rule_set, at=at, joined_on=JOINED, trigger="purchase")
            given = award(rule_set, deed.activity, facts)
            standing = advance(standing, rule_set, deed.activity, given, facts)

        assert judged(deeds, rule_set).standing == standing

    def test_gives_the_nth_to_the_one_that_happened_nth(self):
        rule_set = ladder(rules=[BASE, THIRD])
        known = [sale(2, day(2)), sale(3, day(3)), sale(4, day(4))]
        assert points(judged(known, rule_set)) == {2: 10, 3: 10, 4: 110}

        late = sale(1, day(1))

        assert points(judged([*known, late], rule_set)) == {1: 10, 2: 10, 3: 110, 4: 10}

    def test_of_the_same_moment_judges_by_source_and_number(self):
        rule_set = ladder(rules=[CAPPED])
        deeds = [sale(2, day(1)), sale(1, day(1))]

        assert points(judged(deeds, rule_set)) == {1: 10, 2: 5}

    def test_judges_each_by_its_own_rule_set(self):
        old = ladder(rules=[BASE], number=1)
        new = ladder(rules=[BASE, CAPPED], number=2)
        deeds = [sale(1, day(1)), sale(2, day(2), rule_set=2)]

        history = judged(deeds, old, rule_sets={1: old, 2: new}, current=new)

        assert points(history) == {1: 10, 2: 20}

    def test_keeps_what_was_known_of_shared_limits_and_segments(self):
        rule = {
            "schema": 2,
            "trigger": "purchase",
            "conditions": [{"field": "member.segment", "operator": "in", "value": ["vip"]}],
            "effects": [{"kind": "fixed", "points": 10}],
            "limits": [{"of": "points", "most": 25, "scope": "rule", "period": "ever"}],
        }
        known = MemberFacts(segments=frozenset({"vip"}), used={"!r0|rule|ever:": 20})

        history = judged([sale(1, day(0), known=known)], ladder(rules=[rule]))

        assert points(history) == {1: 5}
        assert history.judged[0].facts.used == {"!r0|rule|ever:": 20}

    def test_counts_history_for_tiers_that_came_later(self):
        before = ladder(rules=[BASE], tier_sets=[])
        now = ladder(rules=[BASE], number=2)
        deeds = [sale(1, day(0), "150.00")]

        history = judged(deeds, before, current=now)

        assert tier(history.standing, now, day(1)) == "silver"
        assert history.judged[0].facts.tiers == {}

    def test_drops_the_tallies_of_tiers_that_are_no_more(self):
        before, now = ladder(rules=[BASE]), ladder(rules=[BASE], tier_sets=[], number=2)

        assert judged([sale(1, day(0))], before, current=now).standing.tallies == {}

    def test_knows_tiers_given_by_hand_in_their_time(self):
        rule_set = ladder(rules=[BASE, GOLD_TWICE])
        given = Assigned(tier_set="status", tier="gold", starts_at=day(2), ends_at=day(4))
        deeds = [sale(n, day(n)) for n in (1, 2, 3, 4)]

        history = judged(deeds, rule_set, assigned=(given,))

        assert points(history) == {1: 10, 2: 20, 3: 20, 4: 10}

    def test_counts_credits_by_hand(self):
        rule_set = ladder(policy(measure={"kind": "credits"}), rules=[BASE])
        gift = Award(points=0, grants=(Grant(points=120, unit="credits"),))
        deed = Deed(
            id=UUID(int=9),
            source="desk",
            external_id="9",
            activity=purchase(day(0), "0.00", type="adjustment"),
            rule_set=1,
            given=gift,
        )

        assert tier(judged([deed], rule_set).standing, rule_set, day(0)) == "silver"


class TestReturns:
    def test_revise_the_sale_line_by_line(self):
        rule_set = ladder(rules=[BASE])
        deeds = [
            sale(1, day(0), "110.00", lines=LINES),
            returned(2, day(1), 1, (0, 1)),
            returned(3, day(2), 1, (1, 1)),
        ]

        (bought, first, _second) = judged(deeds, rule_set).judged

        assert [r.award.line_points for r in bought.revisions] == [(40, 50), (40, 0)]
        assert [r.cause for r in bought.revisions] == [UUID(int=2), UUID(int=3)]
        assert (bought.award.points, bought.final.points) == (110, 40)
        assert first.sale == bought.deed.id

    def test_wait_for_their_sale(self):
        """K2: a return that names no sale takes nothing from thin air."""
        rule_set = ladder(rules=[BASE])
        early = returned(2, day(0), 1, (0, 1))

        alone = judged([early], rule_set)
        assert (points(alone), alone.judged[0].sale) == ({2: 0}, None)

        both = judged([early, sale(1, day(1), "110.00", lines=LINES)], rule_set)
        assert points(both) == {2: 0, 1: 90}
        assert both.judged[0].sale == UUID(int=1)

    def test_of_a_return_or_of_itself_stay_waiting(self):
        rule_set = ladder(rules=[BASE])
        deeds = [sale(1, day(0)), returned(2, day(1), 1), returned(3, day(2), 2)]

        assert [each.sale for each in judged(deeds, rule_set).judged] == [None, UUID(int=1), None]

    def test_leave_what_happened_in_between_as_it_was(self):
        rule_set = ladder(policy(on_return="at_once"), rules=[BASE, GOLD_TWICE])
        deeds = [
            sale(1, day(0), "100.00"),
            sale(2, day(1), "10.00"),
            returned(3, day(2), 1),
            sale(4, day(3), "10.00"),
        ]

        assert points(judged(deeds, rule_set)) == {1: 0, 2: 20, 3: 0, 4: 10}

    def test_free_the_limit_for_later(self):
        rule_set = ladder(rules=[CAPPED])
        deeds = [sale(1, day(0)), returned(2, day(1), 1), sale(3, day(2)), sale(4, day(2))]

        assert points(judged(deeds, rule_set)) == {1: 0, 2: 0, 3: 10, 4: 5}

    def test_of_more_than_was_bought_count_up_to_what_is_there(self):
        rule_set = ladder(rules=[BASE])
        deeds = [
            returned(2, day(0), 1, (0, 5)),
            sale(1, day(0) + timedelta(hours=1), "110.00", lines=LINES),
        ]

        history = judged(deeds, rule_set)

        assert points(history) == {2: 0, 1: 50}
        assert history.judged[1].revisions[0].kept.is_exceeded
