from datetime import UTC, datetime

from msgspec import structs

from loyalty.earning.standing import Assigned, Standing, take_back
from loyalty.earning.tier_moves import TierChange, lapses, tier_changes
from tests.loyalty.earning.ladders import day, earned, earning, ladder, policy, purchase


class TestTierChanges:
    def test_tell_the_step_up_at_the_moment_itself(self):
        rule_set = ladder()
        before = earned(rule_set, (day(0), 99))
        after = earned(rule_set, (day(1), 201), standing=before)

        assert tier_changes(before, after, rule_set, at=day(1)) == [
            TierChange("status", "", "gold", "earned", day(1))
        ]
        assert tier_changes(before, before, rule_set, at=day(1)) == []

    def test_tell_first_what_time_had_taken(self):
        rule_set = ladder()
        before = earned(rule_set, (day(0), 300))
        after = earned(rule_set, (day(400), 100), standing=before)

        assert tier_changes(before, after, rule_set, at=day(400)) == [
            TierChange("status", "gold", "", "lapsed", datetime(2027, 1, 1, 23, tzinfo=UTC)),
            TierChange("status", "", "silver", "earned", day(400)),
        ]

    def test_tell_what_a_return_takes_at_once(self):
        rule_set = ladder(policy(on_return="at_once"))
        before = earned(rule_set, (day(0), 100))
        sale = purchase(day(0))
        after = take_back(
            before,
            rule_set,
            sale=sale,
            kept=None,
            before=earning(100),
            after=earning(0),
            at=day(3),
        )

        assert tier_changes(before, after, rule_set, at=day(3)) == [
            TierChange("status", "silver", "", "returned", day(3))
        ]

    def test_tell_tiers_by_hand(self):
        rule_set = ladder()
        given = Assigned(tier_set="status", tier="gold", starts_at=day(2), ends_at=day(5))
        before = earned(rule_set, (day(0), 100))
        after = structs.replace(before, assigned=(given,))

        assert tier_changes(before, after, rule_set, at=day(2)) == [
            TierChange("status", "silver", "gold", "assigned", day(2))
        ]
        assert lapses(after, rule_set, until=day(9)) == [
            TierChange("status", "silver", "gold", "assigned", day(2)),
            TierChange("status", "gold", "silver", "assignment_ended", day(5)),
        ]


class TestLapses:
    def test_go_down_step_by_step_with_their_moments(self):
        rule_set = ladder(policy(downgrade="one_level", grace_days=10))
        standing = earned(rule_set, (day(0), 300))
        steps = lapses(standing, rule_set, until=day(2000))

        assert [(each.before, each.after) for each in steps] == [("gold", "silver"), ("silver", "")]
        assert [each.effective_at for each in steps] == [
            datetime(2027, 1, 11, 23, tzinfo=UTC),
            datetime(2028, 1, 11, 23, tzinfo=UTC),
        ]

    def test_of_nobody_are_none(self):
        assert lapses(Standing(), ladder(), until=day(0)) == []
