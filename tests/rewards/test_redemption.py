from datetime import UTC, datetime, timedelta

import pytest

from loyalty.errors import InsufficientPoints, KeyConflict, NotFound
from loyalty.models import Account, OutboxEvent, Transfer
from rewards.codes import code_of, digest_of
from rewards.errors import LimitReached, RewardSoldOut, RewardUnavailable
from rewards.models import Redemption, Shelf, Stock, Voucher
from rewards.services.catalogue import save_reward, stop_reward
from rewards.services.redemption import asking, redeem_reward
from rewards.services.stock import left_in_stock
from tests.rewards.shop import NOON, STAFF, earn, everything, redeem


class TestRedeemReward:
    def test_takes_the_points_and_issues_a_voucher(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=400), reward_factory(stock=3)

        redemption = redeem(membership, reward)

        account = Account.objects.get(holder=membership.holder)
        transfer = Transfer.objects.get(source="redemption")
        voucher = Voucher.objects.get()
        assert (redemption.points, redemption.balance_after, account.balance) == (250, 150, 150)
        assert (transfer.kind, transfer.points) == ("REDEEM", 250)
        assert transfer.external_id == str(redemption.pk)
        assert transfer.reasons == [
            {
                "rule": "brush",
                "version": 0,
                "outcome": "APPLIED",
                "code": "reward_redeemed",
                "points": -250,
                "name": {"nl": "Kwast", "en": "Brush"},
            }
        ]
        assert redemption.voucher == voucher
        assert (voucher.state, voucher.digest) == ("ISSUED", digest_of(code_of(voucher.pk)))
        assert (Stock.objects.get().total, left_in_stock(reward.pk)) == (3, 2)

    def test_says_what_happened_once(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=400), reward_factory()

        redemption = redeem(membership, reward, channel="app")

        event = OutboxEvent.objects.get(name="rewards.reward_redeemed.v1")
        assert event.subject == membership.holder
        assert event.payload == {
            "redemption": str(redemption.pk),
            "reward": "brush",
            "voucher": str(redemption.voucher.pk),
            "points": 250,
            "balance": 150,
            "channel": "app",
        }
        assert OutboxEvent.objects.filter(name="loyalty.points_spent.v1").count() == 1

    def test_lets_a_voucher_end_with_a_day_of_the_programme(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=250), reward_factory(voucher_valid_days=180)

        redemption = redeem(membership, reward, at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))

        # In Amsterdam it is the 23rd; 180 days on, the 22nd of May ends at 22:00 UTC, in summer.
        assert redemption.voucher.expires_at == datetime(2027, 5, 22, 22, 0, tzinfo=UTC)

    def test_gives_the_first_redemption_again_for_the_same_key(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=600), reward_factory(stock=3)
        first = redeem(membership, reward, request_key="k")
        before = everything()

        again = redeem(membership, reward, request_key="k", at=NOON + timedelta(days=400))

        assert again == first
        assert (again.balance_after, again.redeemed_at) == (350, NOON)
        assert again.voucher == first.voucher
        assert everything() == before

    def test_gives_the_first_redemption_again_although_the_reward_is_gone(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=250), reward_factory(stock=1)
        first = redeem(membership, reward, request_key="k")
        stop_reward(reward_id=reward.pk, actor=STAFF, at=NOON)

        assert redeem(membership, reward, request_key="k") == first

    def test_keeps_the_keys_of_callers_apart(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=500), reward_factory()

        redeem(membership, reward, request_key="k", actor="api:webshop")
        redeem(membership, reward, request_key="k", actor="api:till")

        assert Redemption.objects.count() == 2

    @pytest.mark.parametrize("changed", ["membership", "reward", "channel"])
    def test_refuses_another_request_under_a_used_key_and_changes_nothing(
        self, membership_factory, reward_factory, changed
    ):
        membership, reward = membership_factory(points=600), reward_factory()
        others = {
            "membership": {"membership_id": membership_factory(points=600).pk},
            "reward": {"reward_id": reward_factory(key="roller").pk},
            "channel": {"channel": "store"},
        }
        redeem(membership, reward, request_key="k")
        before = everything()

        with pytest.raises(KeyConflict):
            redeem(membership, reward, request_key="k", **others[changed])

        assert everything() == before

    def test_refuses_more_than_the_member_can_spend_and_changes_nothing(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=249), reward_factory(stock=1)
        earn(membership, 50, available_from=NOON + timedelta(seconds=1))
        earn(membership, 50, expires_at=NOON)
        before = everything()

        with pytest.raises(InsufficientPoints):
            redeem(membership, reward)

        assert everything() == before

    @pytest.mark.parametrize(
        ("period", "moment"),
        [
            ({"available_from": NOON}, NOON - timedelta(seconds=1)),
            ({"available_until": NOON}, NOON),
        ],
        ids=["before it begins", "at the moment it ends"],
    )
    def test_refuses_outside_the_period_and_changes_nothing(
        self, membership_factory, reward_factory, period, moment
    ):
        membership, reward = membership_factory(), reward_factory(stock=1, **period)
        earn(membership, 250, available_from=NOON - timedelta(days=1))
        before = everything()

        with pytest.raises(RewardUnavailable):
            redeem(membership, reward, at=moment)

        assert everything() == before

    def test_refuses_a_draft_and_a_stopped_reward(
        self, membership_factory, reward_factory, programme
    ):
        membership = membership_factory(points=500)
        draft = save_reward(
            programme_id=programme.pk,
            key="draft",
            name_nl="Concept",
            name_en="Draft",
            points=1,
            actor=STAFF,
            at=NOON,
        )
        stopped = stop_reward(reward_id=reward_factory().pk, actor=STAFF, at=NOON)
        before = everything()

        for reward in (draft, stopped):
            with pytest.raises(RewardUnavailable):
                redeem(membership, reward)

        assert everything() == before

    def test_refuses_above_the_limit_per_member_and_changes_nothing(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=900), reward_factory(limit_per_member=2)
        redeem(membership, reward)
        redeem(membership, reward)
        before = everything()

        with pytest.raises(LimitReached) as refused:
            redeem(membership, reward)

        assert refused.value.limit == 2
        assert everything() == before
        redeem(membership_factory(points=250), reward)  # somebody else may

    def test_refuses_when_the_last_one_is_gone_and_changes_nothing(
        self, membership_factory, reward_factory
    ):
        reward = reward_factory(stock=1)
        redeem(membership_factory(points=250), reward)
        unlucky = membership_factory(points=250)
        before = everything()

        with pytest.raises(RewardSoldOut):
            redeem(unlucky, reward)

        assert everything() == before

    def test_gives_everything_back_when_the_last_one_goes_while_it_works(
        self, membership_factory, reward_factory, monkeypatch
    ):
        membership, reward = membership_factory(points=250), reward_factory(stock=1)
        Shelf.objects.update(left=0)
        monkeypatch.setattr(asking, "_left", lambda _found, _at: 1)  # as read a moment ago
        before = everything()

        with pytest.raises(RewardSoldOut):
            redeem(membership, reward)

        assert everything() == before

    def test_knows_no_reward_of_another_programme(
        self, membership_factory, reward_factory, other_programme
    ):
        membership = membership_factory(points=250)
        elsewhere = reward_factory(within=other_programme)
        before = everything()

        with pytest.raises(NotFound):
            redeem(membership, elsewhere)

        assert everything() == before

    def test_knows_no_member_that_does_not_exist(self, reward_factory):
        reward = reward_factory()

        with pytest.raises(NotFound):
            redeem_reward(
                membership_id=0,
                reward_id=reward.pk,
                request_key="k",
                channel="web",
                actor="api:webshop",
                at=NOON,
            )

    def test_needs_seven_statements_and_a_savepoint(
        self, membership_factory, reward_factory, django_assert_num_queries
    ):
        membership = membership_factory(points=250)
        reward = reward_factory(stock=3, limit_per_member=1)

        with django_assert_num_queries(9):
            redeem(membership, reward)
