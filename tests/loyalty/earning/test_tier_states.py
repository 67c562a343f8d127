from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from loyalty.earning.standing import (
    Assigned,
    Standing,
    TierState,
    facts_at,
    is_behind,
    tier_states,
)
from loyalty.types import MemberFacts
from tests.loyalty.earning.ladders import (
    JOINED,
    WORDS,
    day,
    earned,
    ladder,
    policy,
    tier,
)

NOTHING = MemberFacts()


class TestTierStates:
    """K20: just below, at and just above a threshold; K18: nothing but returns takes away."""

    @pytest.mark.parametrize(
        ("points", "expected"),
        [(99, ""), (100, "silver"), (101, "silver"), (299, "silver"), (300, "gold")],
    )
    def test_begins_at_the_threshold(self, points, expected):
        rule_set = ladder()

        assert tier(earned(rule_set, (day(0), points)), rule_set, day(0)) == expected

    def test_holds_after_the_purchase_that_crosses_the_threshold_not_for_it(self):
        tiers = {"field": "member.tier", "operator": "in", "value": ["silver"]}
        rule = {"schema": 2, "trigger": "purchase", "conditions": [tiers]}
        rule_set = ladder(rules=[rule | {"effects": [{"kind": "fixed", "points": 5}]}])
        before = earned(rule_set, (day(0), 99))
        crossing = facts_at(before, rule_set, at=day(1), joined_on=JOINED, trigger="purchase")
        after = earned(rule_set, (day(1), 1), standing=before)
        next_one = facts_at(after, rule_set, at=day(1), joined_on=JOINED, trigger="purchase")

        assert crossing.tiers == {}
        assert next_one.tiers == {"status": "silver"}

    def test_is_held_to_the_end_of_the_day_a_year_after_it_was_last_qualified_for(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 100), (day(90), 20))

        end = datetime(2027, 4, 1, 22, tzinfo=UTC)  # midnight in Amsterdam, in summer

        assert tier_states(standing, rule_set, at=end - timedelta(seconds=1)) == [
            TierState("status", "silver", 0, end, end)
        ]
        assert tier(standing, rule_set, end) == ""

    def test_is_not_prolonged_by_what_is_not_measured(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 100), (day(90), 0))

        assert tier(standing, rule_set, day(365)) == "silver"
        assert tier(standing, rule_set, day(366)) == ""

    def test_falls_to_what_the_lower_tiers_still_hold(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 300), (day(200), 150))

        assert tier(standing, rule_set, day(365)) == "gold"
        # the second hundred and fifty is worth silver by itself, and gold with the first
        assert tier(standing, rule_set, day(366)) == "gold"
        assert tier(standing, rule_set, day(565)) == "gold"
        assert tier(standing, rule_set, day(566)) == ""

    @pytest.mark.parametrize(
        ("downgrade", "after_one_year", "after_two"),
        [("none", "gold", "gold"), ("one_level", "silver", ""), ("eligible", "", "")],
    )
    def test_is_lowered_by_policy(self, downgrade, after_one_year, after_two):
        rule_set = ladder(policy(downgrade=downgrade))
        standing = earned(rule_set, (day(0), 300))

        assert tier(standing, rule_set, day(365)) == "gold"
        assert tier(standing, rule_set, day(366)) == after_one_year
        assert tier(standing, rule_set, day(731)) == after_two

    def test_waits_for_the_days_of_grace(self):
        rule_set = ladder(policy(grace_days=30))
        standing = earned(rule_set, (day(0), 100))

        assert tier(standing, rule_set, day(395)) == "silver"
        assert tier(standing, rule_set, day(396)) == ""

    def test_of_calendar_years_is_held_to_the_end_of_the_next(self):
        rule_set = ladder(policy(period={"kind": "calendar", "months": 12, "starts": "01-01"}))
        standing = earned(rule_set, (day(-1), 60), (day(0), 60))
        # 31 December 2025 counts for the year before
        assert tier(standing, rule_set, day(0)) == ""

        standing = earned(rule_set, (day(360), 60), standing=standing)
        assert tier(standing, rule_set, day(360)) == "silver"
        assert tier(standing, rule_set, day(729)) == "silver"
        assert tier(standing, rule_set, day(730)) == ""

    def test_of_anniversaries_begins_on_the_day_of_joining_clamped(self):
        rule_set = ladder(policy(period={"kind": "anniversary", "months": 12}))
        before = datetime(2026, 2, 27, 12, tzinfo=UTC)
        on = datetime(2026, 2, 28, 12, tzinfo=UTC)  # joined on the 29th

        assert tier(earned(rule_set, (before, 60), (on, 60)), rule_set, on) == ""
        assert tier(earned(rule_set, (on, 60), (on, 60)), rule_set, on) == "silver"

    def test_without_period_is_never_lost(self):
        rule_set = ladder(policy(period={"kind": "ever"}))
        standing = earned(rule_set, *((day(100 * n), 20) for n in range(5)))

        assert tier_states(standing, rule_set, at=day(9999)) == [TierState("status", "silver", 0)]
        (days,) = standing.tallies.values()
        assert len(days) == 1

    def test_by_segment_is_the_highest_of_the_members_segments(self):
        said = {
            "measure": {"kind": "segment"},
            "tiers": [
                {"key": "friend", "name": WORDS, "segment": "friends"},
                {"key": "staff", "name": WORDS, "segment": "staff"},
            ],
        }
        rule_set = ladder(said)
        tiers = [
            tier_states(Standing(), rule_set, at=day(0), segments=frozenset(named))[0].tier
            for named in ([], ["friends"], ["friends", "staff"])
        ]

        assert tiers == ["", "friend", "staff"]

    def test_of_several_sets_stand_side_by_side(self):
        rule_set = ladder(policy(), policy(measure={"kind": "visits"}, tiers={"regular": 1}))
        standing = earned(rule_set, (day(0), 100))

        states = tier_states(standing, rule_set, at=day(0))

        assert [(s.tier_set, s.tier) for s in states] == [
            ("status", "silver"),
            ("status1", "regular"),
        ]

    def test_given_by_hand_counts_while_it_is_the_higher(self):
        rule_set = ladder()
        given = Assigned(tier_set="status", tier="gold", starts_at=day(1), ends_at=day(3))
        standing = structs.replace(earned(rule_set, (day(0), 100)), assigned=(given,))

        found = [tier_states(standing, rule_set, at=day(n))[0] for n in (0, 1, 3)]

        assert [(s.tier, s.is_assigned) for s in found] == [
            ("silver", False),
            ("gold", True),
            ("silver", False),
        ]
        assert found[1].until == day(3)
        lifelong = structs.replace(given, ends_at=None)
        standing = structs.replace(standing, assigned=(lifelong,))
        assert tier(standing, rule_set, day(9999)) == "gold"

    def test_follows_a_threshold_that_is_lowered_and_keeps_what_one_raised_gave(self):
        rule_set = ladder()
        standing = earned(rule_set, (day(0), 200))

        assert tier(standing, ladder(policy(tiers={"silver": 100, "gold": 200})), day(1)) == "gold"
        assert tier(standing, ladder(policy(tiers={"silver": 250})), day(1)) == "silver"

    def test_counts_what_was_done_before_the_tiers_came(self):
        without = ladder(rules=[], tier_sets=[])
        rule_set = ladder()
        before = earned(without, (day(0), 200))

        assert before.tallies == {}
        assert is_behind(before, rule_set)
