from datetime import timedelta

import pytest

from loyalty.models import EarningRule
from loyalty.services.earning import explained
from members.models import SegmentMembership
from members.services.segments import segments_of
from rewards.models import Reward
from rewards.services.catalogue import publish_reward, save_reward, stop_reward
from rewards.services.redemption import cancel_redemption, redeem_reward
from tests.rewards.occasions import DAY, MINUTE, STAFF


@pytest.fixture
def boost(town):
    """Three times the points for a week, for 10 points; and Anna has 100."""
    reward = town.reward(
        "triple", name_nl="Drie keer", name_en="Thrice", points=10, kind="MULTIPLIER",
        terms={"factor": "3", "days": 7},
    )  # fmt: skip
    town.tells()
    town.buys("100.00")
    return reward


def redeems(town, reward, key="k"):
    town.now += MINUTE
    redemption = redeem_reward(
        membership_id=town.anna.pk,
        reward_id=reward.pk,
        request_key=key,
        channel="web",
        actor="api:webshop",
        at=town.now,
    )
    town.tells()
    return redemption


def stays():
    found = SegmentMembership.objects.order_by("since")
    return [(each.segment, each.until - each.since) for each in found]


class TestBoost:
    def test_multiplies_for_who_redeemed_it_and_says_so_under_its_name(self, town, boost):
        assert town.buys("10.00").award.points == 10

        redeems(town, boost)
        award = town.buys("10.00").award

        assert award.points == 30
        said = next(reason for reason in award.reasons if reason.rule == "boost-triple")
        assert (said.points, said.name) == (20, {"nl": "Drie keer", "en": "Thrice"})
        assert explained(town.shop.book, said) == {
            "nl": "3× punten: 20 punten",
            "en": "3× points: 20 points",
        }

    def test_ends_by_itself(self, town, boost):
        redeems(town, boost)
        until = town.now + 7 * DAY

        town.now = until - 2 * MINUTE
        before = town.buys("10.00").award.points
        at_the_end = town.buys("10.00").award.points

        assert town.now == until
        assert (before, at_the_end) == (30, 10)

    def test_runs_on_when_it_is_redeemed_again(self, town, boost):
        redeems(town, boost)
        town.now += DAY
        redeems(town, boost, "again")

        assert stays() == [("boost-triple", 14 * DAY)]

    def test_begins_anew_after_it_was_over(self, town, boost):
        redeems(town, boost)
        town.now += 8 * DAY
        redeems(town, boost, "again")

        assert stays() == [("boost-triple", 7 * DAY)] * 2

    def test_takes_off_the_days_of_one_that_was_cancelled(self, town, boost):
        redeems(town, boost)
        town.now += timedelta(minutes=5)
        second = redeems(town, boost, "again")

        cancel_redemption(redemption_id=second.pk, actor=STAFF, at=town.now)
        town.tells()

        assert stays() == [("boost-triple", 7 * DAY)]

    def test_ends_when_the_only_one_was_cancelled_and_leaves_what_was_earned(self, town, boost):
        only = redeems(town, boost)
        bought = town.buys("10.00", external_id="sale")
        cancel_redemption(redemption_id=only.pk, actor=STAFF, at=town.now)
        town.tells()

        assert bought.award.points == 30
        assert segments_of(town.anna.pk, at=town.now) == set()
        assert town.buys("10.00").award.points == 10

    def test_never_runs_when_it_was_cancelled_before_it_was_told(self, town, boost):
        only = redeem_reward(
            membership_id=town.anna.pk,
            reward_id=boost.pk,
            request_key="k",
            channel="web",
            actor="api:webshop",
            at=town.now,
        )
        cancel_redemption(redemption_id=only.pk, actor=STAFF, at=town.now)
        town.tells()

        assert segments_of(town.anna.pk, at=town.now) == set()

    def test_goes_on_for_who_has_it_when_the_reward_is_stopped(self, town, boost):
        redeems(town, boost)
        stop_reward(reward_id=boost.pk, actor=STAFF, at=town.now)
        town.tells()

        assert town.buys("10.00").award.points == 30

    def test_multiplies_by_what_the_reward_says_now(self, town, boost):
        redeems(town, boost)
        save_reward(
            programme_id=town.shop.programme.pk,
            reward_id=boost.pk,
            key="triple",
            name_nl="Vier keer",
            name_en="Four times",
            points=10,
            kind="MULTIPLIER",
            terms={"factor": "4", "days": 7},
            actor=STAFF,
            at=town.now,
        )
        town.tells()

        assert town.buys("10.00").award.points == 40

    def test_has_no_rule_for_rewards_of_other_kinds_or_drafts(self, town):
        town.reward()
        draft = save_reward(
            programme_id=town.shop.programme.pk,
            key="double",
            name_nl="Dubbel",
            name_en="Double",
            points=10,
            kind="MULTIPLIER",
            terms={"factor": "2", "days": 7},
            actor=STAFF,
            at=town.now,
        )
        town.tells()
        assert not EarningRule.objects.filter(key__startswith="boost-").exists()

        publish_reward(reward_id=draft.pk, actor=STAFF, at=town.now)
        town.tells()

        assert EarningRule.objects.get(key="boost-double").state == "LIVE"
        assert Reward.objects.get(key="double").state == "LIVE"
