from datetime import timedelta

from rewards.holdings import history_of
from rewards.selectors import rewards_for
from rewards.services.catalogue import stop_reward
from tests.rewards.shop import NOON, STAFF, earn, redeem


class TestRewardsFor:
    def test_tells_what_each_costs_and_what_is_missing_the_cheapest_first(
        self, membership_factory, reward_factory
    ):
        membership = membership_factory(points=300)
        reward_factory(key="dear", points=500)
        reward_factory(key="cheap", points=300)

        offers = rewards_for(membership, at=NOON)

        assert [(o.reward.key, o.points, o.missing_points) for o in offers] == [
            ("cheap", 300, 0),
            ("dear", 500, 200),
        ]
        assert [offer.is_within_reach for offer in offers] == [True, False]

    def test_counts_only_points_that_can_be_spent(self, membership_factory, reward_factory):
        membership = membership_factory(points=100)
        earn(membership, 100, available_from=NOON + timedelta(seconds=1))
        earn(membership, 100, expires_at=NOON)
        reward_factory(points=250)

        assert rewards_for(membership, at=NOON)[0].missing_points == 150

    def test_tells_stock_and_limits(self, membership_factory, reward_factory):
        membership = membership_factory(points=5000)
        limited, last = reward_factory(limit_per_member=1), reward_factory(key="last", stock=1)
        reward_factory(key="many", stock=9)
        redeem(membership, limited)
        redeem(membership, last)

        seen = {
            o.reward.key: (o.left_in_stock, o.is_sold_out, o.is_limit_reached, o.is_within_reach)
            for o in rewards_for(membership, at=NOON)
        }

        assert seen == {
            "brush": (None, False, True, False),
            "last": (0, True, False, False),
            "many": (9, False, False, True),
        }

    def test_counts_the_redemptions_of_this_member_only(self, membership_factory, reward_factory):
        reward = reward_factory(limit_per_member=1)
        redeem(membership_factory(points=250), reward)

        assert not rewards_for(membership_factory(points=250), at=NOON)[0].is_limit_reached

    def test_leaves_out_what_cannot_be_had(
        self, membership_factory, reward_factory, other_programme
    ):
        stop_reward(reward_id=reward_factory().pk, actor=STAFF, at=NOON)
        reward_factory(key="later", available_from=NOON + timedelta(seconds=1))
        reward_factory(within=other_programme)

        assert rewards_for(membership_factory(points=250), at=NOON) == []

    def test_needs_three_queries_however_many_there_are(
        self, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership = membership_factory(points=250)
        for number in range(5):
            reward_factory(key=f"reward-{number}", stock=number)

        with django_assert_num_queries(3):
            rewards_for(membership, at=NOON)


class TestRedemptionsOf:
    def test_tells_the_newest_first_with_reward_and_voucher_in_one_query(
        self, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership, reward = membership_factory(points=750), reward_factory()
        redeem(membership_factory(points=250), reward)
        redeemed = [redeem(membership, reward, at=NOON + timedelta(days=n)) for n in range(3)]

        with django_assert_num_queries(1):
            found = history_of(membership, limit=2)
            told = [(one.reward.key, one.voucher.state) for one in found]

        assert found == [redeemed[2], redeemed[1]]
        assert told == [("brush", "ISSUED")] * 2
