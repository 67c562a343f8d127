from datetime import timedelta
from typing import Any

import pytest

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import OutboxEvent
from rewards.errors import RewardUnavailable
from rewards.models import Reward, Stock
from rewards.services.catalogue import publish_reward, save_reward, set_stock, stop_reward
from rewards.services.stock import left_in_stock
from tests.rewards.shop import NOON, STAFF, everything, redeem

DEED = {"actor": STAFF, "at": NOON}


def save(programme, **changes: Any) -> Reward:
    wanted = {"key": "brush", "name_nl": "Kwast", "name_en": "Brush", "points": 250}
    return save_reward(programme_id=programme.pk, **{**wanted, **DEED, **changes})


def said() -> list[str]:
    names = OutboxEvent.objects.filter(name__startswith="rewards.").order_by("id")
    return [name.split(".")[1] for name in names.values_list("name", flat=True)]


def in_stock(reward: Reward) -> tuple[int, int | None]:
    """How many there are in all, and how many are left."""
    return Stock.objects.get(reward=reward).total, left_in_stock(reward.pk)


class TestSaveReward:
    def test_drafts_a_reward(self, programme):
        reward = save(programme, limit_per_member=2)

        reward.refresh_from_db()
        assert (reward.state, reward.points, reward.limit_per_member) == ("DRAFT", 250, 2)
        assert said() == ["reward_changed"]

    def test_changes_a_live_reward_and_leaves_what_was_taken(
        self, programme, membership_factory, reward_factory
    ):
        reward = reward_factory()
        redemption = redeem(membership_factory(points=250), reward)

        save(programme, reward_id=reward.pk, points=300)

        reward.refresh_from_db()
        redemption.refresh_from_db()
        assert (reward.state, reward.points, redemption.points) == ("LIVE", 300, 250)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"points": 0}, ""),
            ({"points": -1}, "points"),
            ({"name_nl": ""}, "name_nl"),
            ({"key": "no spaces"}, "key"),
            ({"available_from": NOON, "available_until": NOON}, ""),
        ],
    )
    def test_refuses_what_makes_no_reward_and_names_the_field(self, programme, changes, field):
        with pytest.raises(InvalidRequest) as refused:
            save(programme, **changes)

        assert refused.value.field == field
        assert refused.value.detail
        assert not Reward.objects.exists()

    def test_refuses_a_key_twice_in_a_programme_but_not_in_two(self, programme, other_programme):
        save(programme)
        save(other_programme)

        with pytest.raises(InvalidRequest):
            save(programme)

        assert Reward.objects.count() == 2

    def test_refuses_to_rename_a_key(self, programme):
        reward = save(programme)

        with pytest.raises(InvalidRequest):
            save(programme, reward_id=reward.pk, key="roller")


class TestPublishAndStop:
    def test_offer_a_reward_and_no_longer_and_again(self, programme):
        reward = save(programme)

        states = [
            deed(reward_id=reward.pk, **DEED).state
            for deed in (publish_reward, stop_reward, publish_reward)
        ]

        assert states == ["LIVE", "STOPPED", "LIVE"]
        assert said() == [
            "reward_changed",
            "reward_published",
            "reward_stopped",
            "reward_published",
        ]

    def test_say_nothing_when_there_is_nothing_to_do(self, programme):
        reward = save(programme)
        for deed in (publish_reward, publish_reward, stop_reward, stop_reward):
            deed(reward_id=reward.pk, **DEED)

        assert said() == ["reward_changed", "reward_published", "reward_stopped"]

    def test_refuse_to_stop_a_draft(self, programme):
        reward = save(programme)

        with pytest.raises(RewardUnavailable):
            stop_reward(reward_id=reward.pk, **DEED)

        reward.refresh_from_db()
        assert reward.state == "DRAFT"

    @pytest.mark.parametrize("deed", [publish_reward, stop_reward])
    def test_know_no_reward_that_does_not_exist(self, db, deed):
        with pytest.raises(NotFound):
            deed(reward_id=0, **DEED)


class TestSetStock:
    def test_counts_what_is_taken_from_then_on(self, membership_factory, reward_factory):
        reward = reward_factory()
        redeem(membership_factory(points=250), reward)

        set_stock(reward_id=reward.pk, total=5, **DEED)
        redeem(membership_factory(points=250), reward)

        assert in_stock(reward) == (5, 4)

    def test_raises_and_lowers_the_total(self, membership_factory, reward_factory):
        reward = reward_factory(stock=5)
        redeem(membership_factory(points=250), reward)

        set_stock(reward_id=reward.pk, total=1, **DEED)

        assert in_stock(reward) == (1, 0)
        event = OutboxEvent.objects.filter(name="rewards.stock_set.v1").latest("id")
        assert event.payload == {"reward": "brush", "actor": STAFF, "total": 1, "taken": 1}

    @pytest.mark.parametrize("total", [-1, 0])
    def test_refuses_fewer_than_were_taken_and_changes_nothing(
        self, membership_factory, reward_factory, total
    ):
        reward = reward_factory(stock=5)
        redeem(membership_factory(points=250), reward)
        before = everything()

        with pytest.raises(InvalidRequest, match="1 have been taken"):
            set_stock(reward_id=reward.pk, total=total, **DEED)

        assert everything() == before

    def test_knows_no_reward_that_does_not_exist(self, db):
        with pytest.raises(NotFound):
            set_stock(reward_id=0, total=1, **DEED)


class TestAvailable:
    @pytest.mark.parametrize("offset", [-1, 0, 1, 2])
    @pytest.mark.parametrize("state", Reward.State.values)
    def test_says_the_same_of_a_reward_as_of_many(self, programme, offset, state):
        reward = save(programme, available_from=NOON, available_until=NOON + timedelta(seconds=2))
        Reward.objects.update(state=state)
        reward.refresh_from_db()
        at = NOON + timedelta(seconds=offset)

        found = Reward.objects.available(at=at).exists()

        assert found == reward.is_available(at=at) == (state == "LIVE" and offset in {0, 1})
