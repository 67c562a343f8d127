import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from loyalty.earning.standing import (
    Assigned,
    Standing,
    advance,
    facts_at,
    is_behind,
    read_standing,
    take_back,
    write_standing,
)
from loyalty.types import Award, Grant, Line, LineKind, MemberFacts
from tests.loyalty.earning.ladders import (
    JOINED,
    day,
    earned,
    earning,
    ladder,
    policy,
    purchase,
    tier,
)

NOTHING = MemberFacts()


class TestFactsAt:
    def facts(self, standing, rule_set, **said):
        asked = {"at": day(0), "joined_on": JOINED, "trigger": "purchase"} | said
        return facts_at(standing, rule_set, **asked)

    def with_rule(self, *conditions, **more):
        rule = {"schema": 2, "trigger": "purchase", "conditions": list(conditions), **more}
        rule.setdefault("effects", [{"kind": "fixed", "points": 5}])
        return ladder(rules=[rule])

    known = Standing(
        counts={"purchase": 4, "review": 2},
        used={"r0|member|month:2026-01": 40, "other|member|ever:": 7},
    )

    def test_says_nothing_that_no_rule_looks_at(self):
        rule_set = self.with_rule({"field": "basket.amount", "operator": "at_least", "value": "5"})

        facts = self.facts(
            self.known, rule_set, segments=frozenset({"vip"}), variants={"autumn": "a"}
        )

        assert facts == NOTHING

    def test_counts_the_activities_that_a_rule_counts(self):
        nth = {"field": "count", "of": "review", "operator": "every", "value": 3}

        assert self.facts(self.known, self.with_rule(nth)).counts == {"review": 2}

    def test_says_what_is_used_of_the_rules_own_limits_and_of_shared_ones(self):
        limit = {"of": "points", "most": 50, "scope": "member", "period": "month"}
        rule_set = self.with_rule(limits=[limit])

        facts = self.facts(self.known, rule_set, shared_used={"!budget:autumn|ever:": 900})

        assert facts.used == {"r0|member|month:2026-01": 40, "!budget:autumn|ever:": 900}

    def test_says_the_tier_the_segments_and_the_joining_that_rules_look_at(self):
        rule_set = self.with_rule(
            {"field": "member.tier", "operator": "in", "value": ["silver"]},
            {"field": "member.segment", "operator": "in", "value": ["vip"]},
            {"field": "member.joined", "operator": "at_least", "value": 30},
        )
        standing = earned(rule_set, (day(-1), 150))

        facts = self.facts(standing, rule_set, segments=frozenset({"vip"}))

        assert facts.tiers == {"status": "silver"}
        assert facts.segments == {"vip"}
        assert facts.joined_on == JOINED

    def test_may_say_anything_to_an_advanced_condition(self):
        expression = {"field": "advanced", "value": "activity.nth.review > 1"}
        rule_set = self.with_rule(expression)
        standing = earned(rule_set, (day(-1), 150), standing=self.known)

        facts = self.facts(standing, rule_set, segments=frozenset({"vip"}), variants={"c": "a"})

        assert facts == MemberFacts(
            joined_on=JOINED,
            tiers={"status": "silver"},
            segments=frozenset({"vip"}),
            counts={"purchase": 5, "review": 2},
            variants={"c": "a"},
        )


class TestAdvance:
    def test_counts_by_type_and_remembers_the_moment(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 10), (day(1), 20))

        standing = advance(standing, rule_set, purchase(day(2), type="review"), earning(0), NOTHING)

        assert standing.counts == {"purchase": 2, "review": 1}
        assert standing.last_at == day(2)

    def test_adds_up_own_limits_and_forgets_windows_that_are_over(self):
        rule_set = ladder()
        uses = {"r|member|month:2026-01": 5, "r|member|ever:": 5, "!r|rule|ever:": 5}
        standing = advance(
            Standing(), rule_set, purchase(day(0)), Award(points=5, uses=uses), NOTHING
        )
        standing = advance(
            standing, rule_set, purchase(day(1)), Award(points=5, uses=uses), NOTHING
        )
        assert standing.used == {"r|member|month:2026-01": 10, "r|member|ever:": 10}

        standing = advance(standing, rule_set, purchase(day(31)), earning(0), NOTHING)

        assert standing.used == {"r|member|ever:": 10}

    @pytest.mark.parametrize(
        ("at", "window"),
        [
            # the last quarter of an hour of the year in Amsterdam is the first of 2027 in UTC + 1
            (datetime(2026, 12, 31, 22, 45, tzinfo=UTC), "year:2026"),
            (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "year:2027"),
            (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "week:2026-W53"),
            (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "day:2026-03-29"),
        ],
    )
    def test_knows_windows_by_the_local_day(self, at, window):
        award = Award(points=1, uses={f"r|member|{window}": 1})

        assert advance(Standing(), ladder(), purchase(at), award, NOTHING).used == award.uses

    def test_tallies_points_by_local_day(self):
        rule_set = ladder()
        late = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)  # already the second in Amsterdam

        standing = earned(rule_set, (day(0), 10), (day(0), 5), (late, 7))

        (days,) = standing.tallies.values()
        assert days == {date(2026, 1, 1): 15, date(2026, 1, 2): 7}

    @pytest.mark.parametrize(
        ("measure", "base", "expected"),
        [
            ({"kind": "spend"}, {}, 45_00),
            ({"kind": "spend"}, {"gift_cards": True, "delivery": True}, 75_00),
            ({"kind": "spend"}, {"points_tender": True}, 50_00),
            ({"kind": "points"}, {}, 60),
            ({"kind": "credits"}, {}, 7),
            ({"kind": "points", "unit": "stamps"}, {}, 2),
            ({"kind": "visits"}, {}, 1),
            ({"kind": "activities"}, {}, 1),
            ({"kind": "activities", "types": ["review"]}, {}, 0),
        ],
    )
    def test_measures_what_the_policy_says(self, measure, base, expected):
        rule_set = ladder(policy(measure=measure), base=base)
        bought = purchase(
            day(0),
            "80.00",
            tender=Decimal("5.00"),
            lines=(
                Line(product="a", amount=Decimal("50.00")),
                Line(product="b", amount=Decimal("25.00"), kind=LineKind.GIFT_CARD),
                Line(product="c", amount=Decimal("5.00"), kind=LineKind.DELIVERY),
            ),
        )
        grants = (Grant(points=60), Grant(points=7, unit="credits"), Grant(points=2, unit="stamps"))
        award = Award(points=60, grants=grants)

        standing = advance(Standing(), rule_set, bought, award, NOTHING)

        (days,) = standing.tallies.values()
        assert days == ({date(2026, 1, 1): expected} if expected else {})

    def test_counts_days_with_a_visit_once(self):
        rule_set = ladder(policy(measure={"kind": "visits"}, tiers={"regular": 3}))
        twice = [(day(0), 0), (day(0) + timedelta(hours=1), 0), (day(1), 0)]
        assert tier(earned(rule_set, *twice), rule_set, day(1)) == ""

        assert tier(earned(rule_set, *twice, (day(2), 0)), rule_set, day(2)) == "regular"

    def test_stays_small_however_long_somebody_is_a_member(self):
        rule_set = ladder(policy(period={"kind": "rolling", "months": 1}))
        standing = earned(rule_set, *((day(n), 1) for n in range(1000)))

        (days,) = standing.tallies.values()
        assert len(days) == 31
        assert len(write_standing(standing)) < 900

    def test_can_be_kept_and_read_again(self):
        rule_set = ladder()
        standing = structs.replace(
            earned(rule_set, (day(0), 150)),
            assigned=(Assigned(tier_set="status", tier="gold", starts_at=day(0)),),
        )

        assert read_standing(write_standing(standing)) == standing
        assert read_standing(json.loads(write_standing(standing))) == standing
        assert read_standing(None) == Standing()


class TestIsBehind:
    def test_knows_that_a_new_tier_set_was_not_tallied_for(self):
        plain = ladder(policy())
        other = ladder(policy(measure={"kind": "spend"}))
        standing = earned(plain, (day(0), 10))

        assert not is_behind(standing, plain)
        assert not is_behind(standing, ladder(policy(tiers={"bronze": 5})))
        assert is_behind(standing, other)
        assert not is_behind(Standing(), other)


class TestTakeBack:
    def back(self, standing, rule_set, points, left, *, at, sold_at=None, kept=True):
        sale = purchase(sold_at or day(0))
        return take_back(
            standing,
            rule_set,
            sale=sale,
            kept=sale if kept else None,
            before=points if isinstance(points, Award) else earning(points),
            after=left if isinstance(left, Award) else earning(left),
            at=at,
        )

    def test_lowers_the_tally_of_the_sales_day(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 60), (day(0), 20), (day(3), 20))

        standing = self.back(standing, rule_set, 60, 25, at=day(5))

        (days,) = standing.tallies.values()
        assert days == {date(2026, 1, 1): 45, date(2026, 1, 4): 20}
        assert standing.counts == {"purchase": 3}
        assert standing.last_at == day(5)

    def test_counts_the_sale_no_more_once_nothing_is_kept(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 60), (day(1), 20))

        standing = self.back(standing, rule_set, 60, 0, at=day(5), kept=False)

        assert standing.counts == {"purchase": 1}

    def test_frees_the_limits_that_the_sale_used(self):
        key = "r|member|month:2026-01"
        standing = Standing(used={key: 40}, counts={"purchase": 1}, last_at=day(0))
        before, after = (Award(points=n, uses={key: n}) for n in (30, 10))

        assert self.back(standing, ladder(), before, after, at=day(1)).used == {key: 20}

    def test_keeps_the_tier_to_the_end_of_the_period_unless_told_otherwise(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 150))

        standing = self.back(standing, rule_set, 150, 0, at=day(5), kept=False)

        assert tier(standing, rule_set, day(365)) == "silver"
        assert tier(standing, rule_set, day(366)) == ""

    @pytest.mark.parametrize(("left", "expected"), [(99, ""), (100, "silver")])
    def test_takes_the_tier_at_once_when_told_so(self, left, expected):
        rule_set = ladder(policy(on_return="at_once"))
        standing = earned(rule_set, (day(0), 150))

        standing = self.back(standing, rule_set, 150, left, at=day(5))

        assert tier(standing, rule_set, day(5)) == expected

    def test_gives_back_what_an_earlier_return_took_when_a_further_one_does(self):
        rule_set = ladder(policy(on_return="at_once"))
        key = "r|member|month:2026-01"
        first, second = (Award(points=n, uses={key: n}) for n in (120, 0))
        standing = structs.replace(earned(rule_set, (day(0), 120)), used={key: 120})

        standing = self.back(standing, rule_set, first, second, at=day(5))
        assert (tier(standing, rule_set, day(5)), standing.used) == ("", {})

        standing = self.back(standing, rule_set, second, first, at=day(6))
        assert tier(standing, rule_set, day(6)) == "silver"
        assert standing.used == {key: 120}
        assert standing.tallies == earned(rule_set, (day(0), 120)).tallies
        assert standing.qualified == earned(rule_set, (day(0), 120)).qualified

    def test_falls_back_on_what_was_qualified_for_before_the_sale(self):
        rule_set = ladder(policy(on_return="at_once"))
        standing = earned(rule_set, (day(0), 100), (day(200), 100))

        standing = self.back(standing, rule_set, 100, 0, at=day(300), sold_at=day(200), kept=False)

        assert tier(standing, rule_set, day(365)) == "silver"
        assert tier(standing, rule_set, day(366)) == ""

    @pytest.mark.parametrize("period", [{"kind": "ever"}, {"kind": "calendar"}])
    def test_takes_at_once_whatever_the_period(self, period):
        rule_set = ladder(policy(on_return="at_once", period=period))
        standing = earned(rule_set, (day(0), 150), (day(2), 100))
        assert tier(standing, rule_set, day(2)) == "silver"

        standing = self.back(standing, rule_set, 150, 0, at=day(5), kept=False)
        assert tier(standing, rule_set, day(5)) == "silver"

        standing = self.back(standing, rule_set, 100, 0, at=day(6), sold_at=day(2), kept=False)
        assert tier(standing, rule_set, day(6)) == ""
