"""All marketing together: everybody beside those held out of everything, by the lot itself."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.experiments.allocation import Share, is_in
from campaigns.experiments.figures import Verdict
from campaigns.services.policies import kept_policy
from campaigns.services.together import figures_together
from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from tests.campaigns.experiments.shop import (
    AFTER,
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


def hold_out(programme: Programme, part: int) -> Share:
    policy = kept_policy(programme_id=programme.pk)
    policy.salt, policy.holdout = "fixed", part
    policy.save()
    return Share("fixed", part)


class TestFiguresTogether:
    def test_compare_by_the_very_lot_that_anybody_can_draw_again(self, programme):
        share = hold_out(programme, 50)
        members = some_members(programme, 120)
        held = [each for each in members if is_in(share, each.member_id)]
        spent = {
            each: 10 + at % 10 + (0 if each in held else 20) for at, each in enumerate(members)
        }
        for each, amount in spent.items():
            buys(each, f"{amount}.00")

        found = figures_together(programme=programme, days=90, at=AFTER)

        assert (found.entered, found.held) == (120, len(held))
        mean = sum(spent[each] for each in held) / len(held)
        others = [amount for each, amount in spent.items() if each not in held]
        assert found.held_mean == pytest.approx(mean)
        assert found.overall.absolute.estimate == pytest.approx(sum(others) / len(others) - mean)
        assert found.verdict == Verdict.MORE
        assert not found.is_final

    def test_take_off_what_was_given_away(self, programme):
        share = hold_out(programme, 50)
        members = some_members(programme, 120)
        heard = [each for each in members if not is_in(share, each.member_id)]
        for participant in enter(a_campaign(programme), heard):
            costs(participant, points=500)

        found = figures_together(programme=programme, days=90, at=AFTER)

        assert found.overall.cost == pytest.approx(5)
        assert (found.points, found.cost) == (500 * len(heard), pytest.approx(5 * len(heard)))

    def test_leave_out_who_was_no_member_when_it_began(self, programme):
        hold_out(programme, 50)
        some_members(programme, 80)
        assert figures_together(programme=programme, days=365, at=AFTER).entered == 0

    def test_say_nothing_when_nobody_is_held_out(self, programme):
        hold_out(programme, 0)
        some_members(programme, 80)
        found = figures_together(programme=programme, days=30, at=AFTER)
        assert (found.verdict, found.overall) == (Verdict.NO_HOLDOUT, None)
