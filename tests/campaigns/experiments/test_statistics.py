import numpy as np
import pytest
from scipy import stats

from campaigns.experiments.power import size_for, smallest_effect
from campaigns.experiments.statistics import (
    SRM_ALARM,
    difference,
    difference_of_shares,
    holm,
    moments,
    reach_at_any_time,
    sample_ratio,
    together,
)

LOT = np.random.default_rng(5)
TREATED = LOT.gamma(0.5, 60, 400)
HELD = LOT.gamma(0.5, 50, 100)


class TestMoments:
    def test_of_parts_together_are_those_of_the_whole(self):
        x = LOT.normal(size=500)
        parts = [moments(TREATED, x[:400]), moments(HELD, x[400:])]

        whole = moments(np.concatenate([TREATED, HELD]), x)

        assert together(parts) == pytest.approx(whole)


class TestDifference:
    def test_is_welchs_when_nothing_is_known_of_the_time_before(self):
        known = stats.ttest_ind(TREATED, HELD, equal_var=False)
        low, high = known.confidence_interval(0.95)

        found = difference(moments(TREATED), moments(HELD))

        assert found.absolute.estimate == pytest.approx(TREATED.mean() - HELD.mean())
        assert (found.absolute.low, found.absolute.high) == pytest.approx((low, high))
        assert found.p_value == pytest.approx(known.pvalue)
        assert found.explained == 0

    def test_takes_away_what_the_time_before_explains(self):
        before = LOT.gamma(0.5, 60, 500)
        noise = LOT.normal(0, 5, 500)
        after = before + noise
        after[:250] += 2

        plain = difference(moments(after[:250]), moments(after[250:]))
        found = difference(moments(after[:250], before[:250]), moments(after[250:], before[250:]))

        assert not plain.absolute.is_shown
        assert found.absolute.is_shown
        assert found.absolute.low <= 2 <= found.absolute.high
        assert found.explained > 0.9

    def test_of_the_part_leaves_zero_out_exactly_when_the_amount_does(self):
        for shift in np.linspace(-30, 30, 121):
            found = difference(moments(TREATED + shift), moments(HELD))

            assert bool(found.relative.is_shown) == bool(found.absolute.is_shown)

    def test_of_the_part_has_no_ends_when_the_held_out_may_as_well_spend_nothing(self):
        found = difference(moments([0, 0, 10, 0]), moments([0, 0, 0, 1]))

        assert (found.relative.low, found.relative.high) == (-np.inf, np.inf)

    def test_of_nothing_is_nothing(self):
        found = difference(moments(np.zeros(50)), moments(np.zeros(20)))

        assert found.absolute == (0, 0, 0)
        assert found.p_value == 1
        assert not found.absolute.is_shown


class TestDifferenceOfShares:
    def test_is_newcombes_example(self):
        found = difference_of_shares(56, 70, 48, 80)  # Newcombe 1998, method 10, case (a)

        assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)

    def test_stays_inside_what_can_be(self):
        found = difference_of_shares(0, 10, 10, 10)

        assert found.low >= -1
        assert found.estimate == -1


class TestReachAtAnyTime:
    def test_is_further_than_reading_once_and_shortest_when_all_are_in(self):
        all_in, half, early = (reach_at_any_time(n, 1000) for n in (1000, 500, 100))

        assert all_in == pytest.approx(3.0352, abs=1e-4)  # and 1.96 when read once
        assert all_in < half < early

    def test_makes_the_interval_so_wide(self):
        found = difference(moments(TREATED), moments(HELD), reach=3)

        assert found.absolute.high - found.absolute.low == pytest.approx(6 * found.error)


class TestSampleRatio:
    def test_is_scipys_chi_square(self):
        known = stats.chisquare([480, 520], [500, 500]).pvalue

        assert sample_ratio({"a": 480, "b": 520}, {"a": 1, "b": 1}) == pytest.approx(known)

    def test_alarms_when_a_part_went_missing(self):
        assert sample_ratio({"a": 9000, "holdout": 850}, {"a": 90, "holdout": 10}) < SRM_ALARM

    def test_alarms_when_somebody_is_in_an_arm_that_nobody_was_to_be_in(self):
        assert sample_ratio({"a": 10, "b": 1}, {"a": 100}) == 0

    def test_has_nothing_to_say_of_one_arm(self):
        assert sample_ratio({"a": 10}, {"a": 100}) == 1


class TestHolm:
    def test_makes_good_for_several_questions(self):
        assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])

    def test_never_goes_over_one(self):
        assert holm([0.9, 0.8]) == [1, 1]

    def test_leaves_one_question_alone(self):
        assert holm([0.04]) == [0.04]


class TestPower:
    def test_finds_the_smallest_effect_in_four_of_five(self):
        effect = smallest_effect(treated=900, held=100, spread=1)

        assert effect == pytest.approx(2.8016 * (1 / 900 + 1 / 100) ** 0.5, abs=1e-4)

    def test_asks_for_as_many_as_find_it(self):
        size = size_for(0.5, holdout=20, spread=10, explained=0.3)

        assert size is not None
        back = smallest_effect(treated=size * 0.8, held=size * 0.2, spread=10, explained=0.3)
        assert back == pytest.approx(0.5, rel=1e-3)

    def test_has_no_answer_without_anybody_held_out(self):
        assert size_for(0.5, holdout=0, spread=10) is None
        assert smallest_effect(treated=10, held=0, spread=1) == float("inf")
