from datetime import date, timedelta
from decimal import Decimal

import pytest

from campaigns.errors import ReadAlready, ReadingNotDue
from campaigns.experiments.figures import Verdict
from campaigns.models import Campaign, Reading
from campaigns.services.outcomes import sums_of
from campaigns.services.results import figures_in, figures_of, read_campaign, read_due
from campaigns.tasks import read_results
from loyalty.errors import NotFound
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from members.types import LineSubmission
from tests.campaigns.experiments.shop import (
    AFTER,
    STAFF,
    START,
    a_campaign,
    buys,
    costs,
    enter,
    some_members,
)


@pytest.fixture
def programme(db: None) -> Programme:
    programme = Programme(slug="shop", name="Shop", point_worth=Decimal("0.01"))
    return open_programme(programme=programme, at=START - timedelta(days=100)).programme


@pytest.fixture
def campaign(programme):
    return a_campaign(programme)


@pytest.fixture
def read_out(programme, campaign):
    """Forty were treated and spent 30 to 39 each, forty held out, who spent 10 to 19."""
    members = some_members(programme, 80)
    for at, membership in enumerate(members):
        buys(membership, f"{10 + at % 10 + (20 if at < 40 else 0)}.00")
    return enter(campaign, members[:40]), enter(campaign, members[40:], "holdout")


class TestFiguresOf:
    def test_tell_what_was_planted(self, campaign, read_out):
        found = figures_of(campaign, AFTER, is_final=True)

        assert found.verdict == Verdict.MORE
        assert (found.entered, found.ripe, found.held, found.held_mean) == (80, 80, 40, 14.5)
        assert found.overall.members == 40
        assert found.overall.mean == pytest.approx(34.5)
        assert found.overall.absolute.estimate == pytest.approx(20)
        assert found.overall.absolute.low < 20 < found.overall.absolute.high
        assert found.overall.relative.estimate == pytest.approx(20 / 14.5)
        assert found.sample_ratio == 1

    def test_take_off_what_it_cost_at_the_worth_of_points_or_as_said(self, campaign, read_out):
        treated, _ = read_out
        for participant in treated[:20]:
            costs(participant, points=500)
        for participant in treated[20:]:
            costs(participant, cost="1.00")

        found = figures_of(campaign, AFTER, is_final=True)

        assert found.overall.cost == pytest.approx(3)
        assert found.overall.net.estimate == pytest.approx(17)
        assert (found.cost, found.points) == (120, 10_000)

    def test_count_what_is_in_the_days_after_entering_only(self, programme, campaign):
        [member] = some_members(programme, 1)
        enter(campaign, [member])
        buys(member, "1.00", days=-29)
        buys(member, "2.00", days=-27)
        buys(member, "4.00", days=0.5)
        buys(member, "8.00", days=27)
        buys(member, "16.00", days=28.5)

        found = figures_of(campaign, AFTER)

        assert found.before_treated == 2
        assert found.ripe == 1
        assert sums(campaign) == {"a": (1, 12, 2)}

    def test_take_off_what_came_back(self, programme, campaign):
        [member] = some_members(programme, 1)
        enter(campaign, [member])
        buys(member, "50.00", external_id="r1")
        back = LineSubmission(line=1, amount="20.00")
        buys(member, "", days=2, type="return", original="till:r1", lines=(back,))

        assert sums(campaign) == {"a": (1, 30, 0)}

    def test_count_a_member_once_from_the_first_time_they_entered(self, programme, campaign):
        [member] = some_members(programme, 1)
        enter(campaign, [member], at=START + timedelta(days=10), key="second")
        enter(campaign, [member])
        buys(member, "4.00", days=1)
        buys(member, "8.00", days=30)

        assert sums(campaign) == {"a": (1, 4, 0)}

    def test_leave_out_whose_days_are_not_over(self, programme, campaign):
        early, late = some_members(programme, 2)
        enter(campaign, [early])
        enter(campaign, [late], at=AFTER - timedelta(days=27))

        found = figures_of(campaign, AFTER)

        assert (found.entered, found.ripe) == (2, 1)

    @pytest.mark.parametrize(
        ("goal", "value"), [("PURCHASED", 1), ("PURCHASES", 2), ("REDEEMED", 0)]
    )
    def test_measure_by_the_goal(self, programme, campaign, goal, value):
        campaign.goal = goal
        [member] = some_members(programme, 1)
        enter(campaign, [member])
        buys(member, "4.00")
        buys(member, "4.00", days=2)

        assert sums(campaign) == {"a": (1, value, 0)}

    def test_say_that_nobody_was_held_out(self, programme, campaign):
        enter(campaign, some_members(programme, 2))

        assert figures_of(campaign, AFTER).verdict == Verdict.NO_HOLDOUT

    def test_say_that_there_are_too_few(self, programme, campaign):
        members = some_members(programme, 4)
        enter(campaign, members[:2])
        enter(campaign, members[2:], "holdout")

        assert figures_of(campaign, AFTER).verdict == Verdict.TOO_FEW

    def test_do_not_trust_arms_that_are_not_as_drawn(self, campaign, read_out):
        campaign.holdout = 10

        found = figures_of(campaign, AFTER, is_final=True)

        assert found.verdict == Verdict.UNEVEN
        assert found.expected == {"holdout": 8, "a": 72}

    def test_leave_the_universal_holdout_out_of_the_comparison(self, programme, campaign, read_out):
        enter(campaign, some_members(programme, 7), "universal")

        found = figures_of(campaign, AFTER, is_final=True)

        assert (found.universal, found.held, found.sample_ratio) == (7, 40, 1)

    def test_count_in_four_statements_however_many_there_are(
        self, campaign, read_out, django_assert_max_num_queries
    ):
        campaign = Campaign.objects.select_related("programme").get(pk=campaign.pk)
        with django_assert_max_num_queries(5):
            figures_of(campaign, AFTER)


class TestReadCampaign:
    def test_keeps_what_was_read(self, campaign, read_out):
        reading = read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER)

        assert (reading.is_final, reading.actor, reading.read_at) == (False, STAFF, AFTER)
        assert figures_in(Reading.objects.get()).overall.mean == pytest.approx(34.5)

    def test_is_wider_when_it_is_early(self, campaign, read_out):
        early = figures_in(read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER))
        final = figures_of(campaign, AFTER, is_final=True)

        assert early.overall.absolute.low < final.overall.absolute.low

    def test_keeps_to_what_was_planned_at_the_first_look(self, programme, campaign, read_out):
        at = START + timedelta(days=30)
        first = figures_in(read_campaign(campaign_id=campaign.pk, actor=STAFF, at=at))
        enter(campaign, some_members(programme, 20))

        assert figures_of(campaign, AFTER).planned == first.planned

    def test_refuses_to_judge_before_the_day_that_was_said(self, campaign, read_out):
        at = START + timedelta(days=40)

        with pytest.raises(ReadingNotDue):
            read_campaign(campaign_id=campaign.pk, actor=STAFF, at=at, is_final=True)

        assert not Reading.objects.exists()

    def test_refuses_to_judge_when_no_day_was_said(self, programme):
        campaign = a_campaign(programme, reading_on=None)

        with pytest.raises(ReadingNotDue):
            read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER, is_final=True)

    def test_judges_once(self, campaign, read_out):
        at = AFTER + timedelta(days=10)
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=at, is_final=True)

        with pytest.raises(ReadAlready):
            read_campaign(campaign_id=campaign.pk, actor=STAFF, at=at, is_final=True)

        assert Reading.objects.count() == 1

    def test_refuses_a_campaign_that_is_not_there(self, db):
        with pytest.raises(NotFound):
            read_campaign(campaign_id=0, actor=STAFF, at=AFTER)


class TestReadDue:
    DAY = AFTER + timedelta(days=10)

    def test_judges_on_the_day_that_was_said_and_once(self, campaign, read_out):
        assert read_due(AFTER - timedelta(days=10)) == 0
        assert read_due(self.DAY) == 1
        assert read_due(self.DAY) == 0
        assert Reading.objects.get().is_final

    def test_judges_what_was_ended_early_and_says_so(self, campaign, read_out):
        campaign.state = Campaign.State.ENDED
        campaign.ended_at = START + timedelta(days=20)
        campaign.stop_reason = "killed"
        campaign.save()

        assert read_due(self.DAY) == 1

        found = figures_in(Reading.objects.get())
        assert (found.ended_early_on, found.stop_reason) == ("2026-09-21", "killed")

    def test_does_not_call_it_early_when_it_was_over_as_planned(self, programme):
        campaign = a_campaign(
            programme,
            ends_at=START + timedelta(days=20),
            ended_at=START + timedelta(days=20),
            reading_on=date(2026, 11, 1),
        )

        assert figures_of(campaign, AFTER).ended_early_on == ""


def sums(campaign):
    return {
        arm: (each.value.n, each.value.mean_y, each.value.mean_x)
        for arm, each in sums_of(campaign, AFTER).items()
    }


class TestReadResults:
    def test_judges_what_is_due_by_the_clock(self, campaign):
        campaign.reading_on = date(2026, 1, 1)
        campaign.save()

        read_results()

        assert Reading.objects.get().is_final
