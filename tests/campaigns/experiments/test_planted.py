"""What was planted is found, and what was not is not, through the code that reads campaigns."""

import pytest

from bench.experiments import (
    by_the_hash,
    of_tired_members,
    of_variants,
    with_effect,
    without_effect,
)


def failing(rows):
    return [(row.name, row.found) for row in rows if not row.passes]


class TestCampaignsWithoutEffect:
    def test_give_an_alarm_in_one_of_twenty_and_no_more_when_read_daily(self):
        assert failing(without_effect(1_000, 2_000, 400)) == []

    def test_give_no_more_with_three_variants(self):
        assert failing([of_variants(1_000, 4_000)]) == []

    def test_are_drawn_fairly_by_the_hash(self):
        _, uneven = by_the_hash(100, 2_000)

        assert uneven.found <= 1


class TestCampaignsWithEffect:
    @pytest.mark.parametrize("lift", [0.05, 0.2])
    def test_have_it_in_their_interval(self, lift):
        assert failing(with_effect(1_000, 4_000, 800, lift)) == []


class TestDoseTests:
    def test_come_within_one_step_of_the_dose_that_was_planted(self):
        assert failing(of_tired_members(60, 4_000)) == []
