import pytest

from campaigns.experiments.dose import DoseArm, Limits, advise


def arm(dose, mean, *, n=10_000, spread=20.0, opted_out=0, complained=0):
    return DoseArm(dose, n, mean, spread, opted_out, complained)


class TestAdvise:
    def test_keeps_the_dose_with_the_highest_spend(self):
        advice = advise([arm(1, 10), arm(2, 14), arm(4, 11)])

        assert (advice.dose, advice.low, advice.high, advice.is_sure) == (2, 2, 2, True)
        assert advice.chance > 0.99

    def test_tells_the_doses_that_may_as_well_be_it(self):
        advice = advise([arm(1, 10), arm(2, 10.1), arm(4, 9)])

        assert (advice.low, advice.high, advice.is_sure) == (1, 2, False)

    def test_leaves_out_a_dose_that_drives_people_away(self):
        advice = advise([arm(1, 10), arm(2, 12), arm(4, 15, opted_out=500)])

        assert advice.dose == 2
        assert [point.is_within_limits for point in advice.points] == [True, True, False]

    def test_leaves_out_a_dose_that_is_called_spam(self):
        assert advise([arm(1, 10), arm(4, 15, complained=90)]).dose == 1
        assert advise([arm(1, 10), arm(4, 15, complained=90)], Limits(complaint=0.02)).dose == 4

    def test_says_the_same_every_time(self):
        arms = [arm(1, 10), arm(2, 10.1), arm(4, 10.2), arm(8, 9.9)]

        assert advise(arms) == advise(list(reversed(arms)))

    def test_smooths_a_stray_point_between_its_neighbours(self):
        arms = [arm(1, 10, n=9_000), arm(2, 14, n=30), arm(4, 12, n=9_000), arm(8, 10, n=9_000)]

        assert advise(arms).dose == 4

    def test_refuses_a_single_dose(self):
        with pytest.raises(ValueError, match="nothing to compare"):
            advise([arm(1, 10), arm(2, 10, n=0)])
