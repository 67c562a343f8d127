import pytest

from loyalty.errors import InvalidRequest, NotFound
from members.services.enrolment import enrol_member
from rewards.errors import RewardUnavailable
from rewards.models import Grant, Occasion, OccasionReward
from rewards.services.catalogue import stop_reward
from rewards.services.occasions import (
    OccasionDraft,
    publish_occasion,
    save_occasion,
    stop_occasion,
)
from tests.rewards.occasions import NOON, STAFF


def draft(*rewards, **said):
    values = {
        "key": "hello",
        "name_nl": "Hallo",
        "name_en": "Hello",
        "moment": "JOINED",
        "way": "GIVE",
        "rewards": {reward.pk: 1 for reward in rewards},
    }
    return OccasionDraft(**{**values, **said})


def save(town, occasion, **said):
    return save_occasion(
        programme_id=town.shop.programme.pk,
        occasion=occasion,
        actor=STAFF,
        at=town.now,
        **said,
    )


def joins(town, number=2, **said):
    member = enrol_member(
        programme_id=town.shop.programme.pk,
        identifiers=[f"ext:shop:{number}"],
        **{"touchpoint": "api", **said},
        actor=STAFF,
        at=town.now,
    )
    town.tells()
    return member


class TestSaveOccasion:
    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"key": "no spaces"}, "key"),
            ({"name_en": ""}, "name_en"),
            ({"moment": "NEVER"}, "moment"),
            ({"way": "TAKE"}, "way"),
            ({"rewards": {}}, "rewards"),
            ({"rewards": {0: 1}}, "rewards"),
            ({"way": "CHOICE"}, "rewards"),
            ({"moment": "POINTS_EARNED"}, "params.points"),
            ({"moment": "POINTS_EARNED", "params": {"points": 0}}, "params.points"),
            ({"moment": "JOINED", "params": {"points": 1}}, "params"),
            ({"moment": "TIER_REACHED", "params": {"tier": "gold"}}, "params.tier"),
            ({"moment": "BIRTHDAY"}, "params.question"),
            (
                {"moment": "BALANCE_REACHED", "params": {"points": 1}, "way": "SURPRISE"},
                "way",
            ),
            ({"tiers": ["gold"]}, "tiers"),
            ({"valid_days": 0}, "valid_days"),
            ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ],
    )
    def test_names_the_field_that_is_wrong_and_keeps_nothing(self, town, said, field):
        reward = town.reward()

        with pytest.raises(InvalidRequest) as refusal:
            save(town, draft(reward, **said))

        assert refusal.value.field == field
        assert not Occasion.objects.exists()

    @pytest.mark.parametrize(
        ("way", "reward"),
        [
            ("GIVE", {"kind": "TENDER", "terms": {"point_worth": "0.01"}}),
            ("SURPRISE", {"kind": "GIFT", "terms": {"ways": ["SHIP"]}}),
            ("SURPRISE", {"kind": "GIFT", "terms": {"options": [{"nl": "Rood", "en": "Red"}]}}),
        ],
    )
    def test_refuses_what_cannot_be_given_that_way(self, town, way, reward):
        with pytest.raises(InvalidRequest) as refusal:
            save(town, draft(town.reward(**reward), way=way))

        assert (refusal.value.field, Occasion.objects.count()) == ("rewards", 0)

    def test_keeps_what_was_said_and_its_rewards(self, town):
        brush, roller = town.reward(), town.reward("roller")
        occasion = save(town, draft(brush, way="SURPRISE", rewards={brush.pk: 3, roller.pk: 1}))

        save(
            town,
            draft(roller, way="SURPRISE", name_nl="Hoi", rewards={roller.pk: 7}),
            occasion_id=occasion.pk,
        )

        occasion.refresh_from_db()
        assert (occasion.name_nl, occasion.state) == ("Hoi", "DRAFT")
        assert list(OccasionReward.objects.values_list("reward__key", "weight")) == [("roller", 7)]

    def test_keeps_the_moment_of_one_that_was_published(self, town):
        reward = town.reward()
        occasion = town.occasion("JOINED", reward)

        with pytest.raises(InvalidRequest) as refusal:
            save(town, draft(reward, moment="ANNIVERSARY"), occasion_id=occasion.pk)

        assert refusal.value.field == "moment"

    def test_refuses_one_of_another_programme(self, town):
        with pytest.raises(NotFound):
            save(town, draft(town.reward()), occasion_id=0)


class TestPublishOccasion:
    def test_begins_now_unless_it_said_when(self, town):
        assert town.occasion("JOINED", town.reward()).starts_at == town.now

    def test_refuses_while_a_reward_is_not_live(self, town):
        reward = town.reward()
        occasion = save(town, draft(reward))
        stop_reward(reward_id=reward.pk, actor=STAFF, at=town.now)

        with pytest.raises(RewardUnavailable):
            publish_occasion(
                programme_id=town.shop.programme.pk,
                occasion_id=occasion.pk,
                actor=STAFF,
                at=town.now,
            )

        occasion.refresh_from_db()
        assert occasion.state == "DRAFT"

    def test_gives_no_more_once_it_is_stopped(self, town):
        occasion = town.occasion("JOINED", town.reward())
        stop_occasion(
            programme_id=town.shop.programme.pk,
            occasion_id=occasion.pk,
            actor=STAFF,
            at=town.now,
        )

        joins(town)

        assert not Grant.objects.exists()
