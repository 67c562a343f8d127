"""Rewards as members see them: for whom, when, where, how often and how many."""

from datetime import timedelta

from loyalty.services.holds import authorise_points
from loyalty.services.tiers import assign_tier, publish_tier_set, save_tier_set
from members.selectors import account_of
from members.services.segments import join_segment, leave_segment
from rewards.models import CodePool, PoolCode
from rewards.selectors import offer_of, rewards_for, usable_points
from tests.loyalty.earning.ladders import policy
from tests.rewards.shop import NOON, STAFF, redeem

DAY = timedelta(days=1)


def codes(membership, **asked) -> dict[str, list[str]]:
    offers = rewards_for(membership, **{"at": NOON, **asked})
    return {offer.reward.key: [each.code for each in offer.refusals] for offer in offers}


class TestWindows:
    def test_show_what_is_announced_but_not_to_be_had_yet(self, membership_factory, reward_factory):
        reward_factory(visible_from=NOON, available_from=NOON + DAY)
        membership = membership_factory(points=250)

        assert codes(membership, at=NOON - timedelta(seconds=1)) == {}
        assert codes(membership) == {"brush": ["not_yet"]}
        assert codes(membership, at=NOON + DAY) == {"brush": []}

    def test_show_what_is_over_as_long_as_staff_want_it(self, membership_factory, reward_factory):
        reward_factory(available_until=NOON, visible_until=NOON + DAY)
        membership = membership_factory(points=250)

        assert codes(membership) == {"brush": ["over"]}
        assert codes(membership, at=NOON + DAY) == {}

    def test_leave_out_what_is_for_occasions_only(self, membership_factory, reward_factory):
        reward = reward_factory(is_listed=False, points=0)
        membership = membership_factory()

        assert codes(membership) == {}
        assert [each.code for each in offer_of(membership, reward, at=NOON).refusals] == [
            "not_listed"
        ]
        assert offer_of(membership, reward, at=NOON, is_given=True).is_within_reach


def make_gold(membership) -> None:
    """A ladder with one tier, and the member on it until tomorrow, given by hand."""
    ladder = save_tier_set(
        programme_id=membership.programme_id,
        key="main",
        name_nl="Trouw",
        name_en="Loyal",
        policy=policy(tiers={"silver": 50, "gold": 100}),
        actor=STAFF,
        at=NOON,
    )
    publish_tier_set(tier_set_id=ladder.pk, actor=STAFF, at=NOON)
    assign_tier(
        account_id=account_of(membership),
        tier_set_id=ladder.pk,
        tier="gold",
        ends_at=NOON + DAY,
        reason="asked",
        actor=STAFF,
        at=NOON,
    )


class TestTiers:
    def test_decide_who_may_have_it_and_for_how_much(self, membership_factory, reward_factory):
        gold, other = membership_factory(points=250), membership_factory(points=250)
        make_gold(gold)
        reward_factory(tiers=["gold"], points=300, tier_points={"gold": 200})

        [hers] = rewards_for(gold, at=NOON)
        [his] = rewards_for(other, at=NOON)

        assert (hers.points, hers.is_within_reach) == (200, True)
        assert (his.points, his.missing_points) == (300, 50)
        assert [each.code for each in his.refusals] == ["not_your_tier", "missing_points"]
        assert codes(gold, at=NOON + DAY) == {"brush": ["not_your_tier", "missing_points"]}


class TestAudience:
    def test_is_who_is_in_the_segment_at_the_moment(self, membership_factory, reward_factory):
        membership = membership_factory(points=250)
        reward_factory(segments=["renovators"])
        join_segment(membership_id=membership.pk, segment="renovators", at=NOON)
        leave_segment(membership_id=membership.pk, segment="renovators", at=NOON + DAY)

        seen = [codes(membership, at=NOON + offset)["brush"] for offset in (0 * DAY, DAY)]

        assert seen == [[], ["not_your_segment"]]

    def test_is_asked_where_it_is_known_where_the_member_is(
        self, membership_factory, reward_factory
    ):
        membership = membership_factory(points=250)
        reward_factory(channels=["store"], locations=["utrecht"])

        assert codes(membership) == {"brush": []}
        assert codes(membership, channel="till", location="utrecht") == {"brush": []}
        assert codes(membership, channel="web") == {"brush": ["other_channel"]}
        assert codes(membership, channel="store", location="delft") == {"brush": ["other_location"]}


class TestLimits:
    def test_count_within_their_days_and_say_when_again(self, membership_factory, reward_factory):
        membership = membership_factory(points=1000)
        reward = reward_factory(limit_per_member=2, limit_days=7)
        redeem(membership, reward, at=NOON)
        redeem(membership, reward, at=NOON + DAY)

        [offer] = rewards_for(membership, at=NOON + 2 * DAY)

        assert [(each.code, each.params) for each in offer.refusals] == [
            ("limit_reached", {"limit": 2, "again_at": NOON + 7 * DAY})
        ]
        assert codes(membership, at=NOON + 7 * DAY) == {"brush": []}


class TestStock:
    def test_of_a_partners_reward_is_what_its_pool_has(
        self, programme, membership_factory, reward_factory
    ):
        pool = CodePool.objects.create(programme=programme, key="cinema", name="Cinema")
        where = {"nl": "Aan de kassa.", "en": "At the box office."}
        reward_factory(kind="PARTNER", terms={"pool": "cinema", "where": where})
        membership = membership_factory(points=250)

        seen = [rewards_for(membership, at=NOON)[0]]
        for number, expires_at in enumerate([None, NOON + DAY, NOON]):
            PoolCode.objects.create(
                pool=pool, digest=str(number), sealed_code=b"sealed", expires_at=expires_at
            )
        seen.append(rewards_for(membership, at=NOON)[0])

        assert [(offer.left_in_stock, offer.is_sold_out) for offer in seen] == [
            (0, True),
            (2, False),
        ]


class TestUsablePoints:
    def test_leaves_out_what_is_set_aside(self, membership_factory, reward_factory):
        membership = membership_factory(points=250)
        reward_factory()
        authorise_points(
            account_id=account_of(membership),
            points=10,
            term=timedelta(minutes=2),
            source="test",
            external_id="hold",
            actor=STAFF,
            at=NOON,
        )

        assert usable_points(membership, at=NOON) == 240
        assert rewards_for(membership, at=NOON)[0].missing_points == 10


class TestQueries:
    def test_are_six_when_everything_is_asked(
        self, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership = membership_factory(points=250)
        for number in range(4):
            reward_factory(
                key=f"reward-{number}",
                stock=number,
                segments=["renovators"],
                tier_points={"gold": 100},
                limit_per_member=1,
            )
        rewards_for(membership, at=NOON)

        with django_assert_num_queries(6):
            rewards_for(membership, at=NOON)
