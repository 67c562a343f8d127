from datetime import timedelta

import pytest
from django.conf import settings

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Account, OutboxEvent, Transfer
from members.models import Message, TimelineEntry
from members.services.erasure import erase_member
from rewards.errors import GrantOver, RewardSoldOut
from rewards.models import Grant, Redemption, Voucher
from rewards.services.catalogue import set_stock
from rewards.services.giving import (
    choices_of,
    give,
    lapse_grants,
    open_grants,
    take_grant,
    withdraw_grants,
)
from rewards.services.redemption import DeliveryWish
from rewards.surprises import drawn
from tests.rewards.occasions import DAY, STAFF

WHY = {"nl": "Omdat het kan", "en": "Because we can"}


def given(town, key="thanks", **said):
    values = {"membership_id": town.anna.pk, "reason": WHY, "actor": STAFF, "at": town.now}
    return give(key=key, **{**values, **said})


def taken(town, grant, **said):
    values = {"channel": "web", "actor": f"member:{town.anna.member_id}", "at": town.now}
    return take_grant(grant_id=grant.pk, **{**values, **said})


class TestGive:
    def test_gives_it_at_once_and_costs_nothing(self, town):
        grant = given(town, reward=town.reward())

        redemption = Redemption.objects.get()
        assert (grant.state, redemption.grant, redemption.points) == ("TAKEN", grant, 0)
        assert Voucher.objects.get().redemption == redemption
        assert not Transfer.objects.filter(kind="REDEEM").exists()
        assert Account.objects.get(holder=town.anna.holder, unit__code="points").balance == 0

    def test_gives_once_for_a_key(self, town):
        reward = town.reward()
        first = given(town, reward=reward)

        assert given(town, reward=town.reward("roller"), at=town.now + DAY) == first
        assert town.given() == [("thanks", "brush", "TAKEN")]
        assert Grant.objects.get().granted_at == town.now
        assert Redemption.objects.count() == 1
        assert OutboxEvent.objects.filter(name="rewards.reward_granted.v1").count() == 1

    def test_waits_for_the_member_while_there_are_none_left(self, town):
        reward = town.reward(stock=0)

        grant = given(town, reward=reward)

        assert (grant.state, grant.reward) == ("OPEN", reward)
        assert not Redemption.objects.exists()
        assert open_grants(town.anna, at=town.now) == [grant]
        set_stock(reward_id=reward.pk, total=1, actor=STAFF, at=town.now)
        assert taken(town, grant).grant == grant

    def test_waits_for_the_member_to_say_where_it_goes(self, town):
        reward = town.reward(kind="GIFT", terms={"ways": ["SHIP", "COLLECT"]})

        grant = given(town, reward=reward)
        town.tells()
        assert (grant.state, Message.objects.get(key=f"grant:{grant.pk}").link) == (
            "OPEN",
            f"/gifts/{grant.pk}/",
        )

        redemption = taken(town, grant, delivery=DeliveryWish(way="COLLECT", location="Gouda"))
        assert redemption.fulfilment.location == "Gouda"

    def test_tells_the_member_why_once(self, town):
        grant = given(town, reward=town.reward())
        town.tells()

        message = Message.objects.get(key=f"grant:{grant.pk}")
        assert (message.title_nl, message.title_en) == ("Omdat het kan", "Because we can")
        assert message.text_nl == "Kwast staat voor je klaar."
        assert message.link == f"/redemptions/{grant.redemption.pk}/"
        told = TimelineEntry.objects.get(name="rewards.reward_granted.v1")
        assert told.payload == {"grant": str(grant.pk), "occasion": "", "reward": "brush"}

    def test_refuses_somebody_who_was_erased_and_gives_nothing(self, town):
        reward = town.reward()
        erase_member(member_id=town.anna.member_id, reason="asked", actor=STAFF, at=town.now)

        with pytest.raises(NotFound):
            given(town, reward=reward)

        assert not Grant.objects.exists()

    def test_refuses_nothing_to_give(self, town):
        with pytest.raises(InvalidRequest) as refusal:
            given(town)

        assert refusal.value.field == "reward"


class TestTakeGrant:
    @pytest.fixture
    def choice(self, town):
        rewards = [town.reward(), town.reward("roller")]
        return town.occasion("JOINED", *rewards, way="CHOICE")

    def test_takes_what_the_member_chose_once(self, town, choice):
        grant = given(town, occasion=choice)
        _brush, roller = choices_of(grant)

        first = taken(town, grant, reward_id=roller.pk)
        again = taken(town, grant, reward_id=roller.pk)

        assert (first.reward, again) == (roller, first)
        grant.refresh_from_db()
        assert (grant.state, grant.reward) == ("TAKEN", roller)
        assert Redemption.objects.count() == 1

    @pytest.mark.parametrize("chosen", [None, 0])
    def test_refuses_what_is_no_choice_and_changes_nothing(self, town, choice, chosen):
        grant = given(town, occasion=choice)

        with pytest.raises(InvalidRequest) as refusal:
            taken(town, grant, reward_id=chosen)

        grant.refresh_from_db()
        assert (refusal.value.field, grant.state) == ("reward", "OPEN")

    def test_refuses_after_its_last_day(self, town, choice):
        grant = given(town, occasion=choice)
        roller = choices_of(grant)[1]

        with pytest.raises(GrantOver):
            taken(town, grant, reward_id=roller.pk, at=grant.expires_at)

        before = grant.expires_at - timedelta(microseconds=1)
        assert taken(town, grant, reward_id=roller.pk, at=before).reward == roller


class TestSurprise:
    @pytest.fixture
    def surprise(self, town):
        rewards = [town.reward(key, stock=5) for key in ("brush", "roller", "tape")]
        return town.occasion("JOINED", *rewards, way="SURPRISE")

    def drawn(self, grant, *but):
        weights = dict(grant.occasion.choices.values_list("reward_id", "weight"))
        left = {key: weight for key, weight in weights.items() if key not in but}
        return drawn(left, secret=settings.VOUCHER_KEY.encode(), seed=grant.pk.bytes)

    def test_is_drawn_when_it_is_given_and_told_when_it_is_opened(self, town, surprise):
        grant = given(town, occasion=surprise)
        town.tells()

        said = OutboxEvent.objects.get(name="rewards.reward_granted.v1")
        message = Message.objects.get(key=f"grant:{grant.pk}")
        assert (grant.state, grant.reward_id) == ("OPEN", self.drawn(grant))
        assert said.payload["reward"] == ""
        assert message.text_en == "A surprise is waiting for you. You can open it until" + (
            " 22 December 2026."
        )
        assert taken(town, grant).reward_id == self.drawn(grant)

    def test_becomes_another_when_there_are_none_left_of_it(self, town, surprise):
        grant = given(town, occasion=surprise)
        first = self.drawn(grant)
        set_stock(reward_id=first, total=0, actor=STAFF, at=town.now)

        redemption = taken(town, grant)

        assert redemption.reward_id == self.drawn(grant, first) != first

    def test_is_refused_when_there_are_none_left_of_any_and_stays(self, town, surprise):
        grant = given(town, occasion=surprise)
        for choice in surprise.choices.all():
            set_stock(reward_id=choice.reward_id, total=0, actor=STAFF, at=town.now)

        with pytest.raises(RewardSoldOut):
            taken(town, grant)

        grant.refresh_from_db()
        assert (grant.state, Redemption.objects.count()) == ("OPEN", 0)


class TestLapseGrants:
    def test_lets_lapse_what_nobody_took_and_nothing_else(self, town):
        occasion = town.occasion(
            "JOINED", town.reward(), town.reward("roller"), way="CHOICE", valid_days=3
        )
        waiting, had = given(town, occasion=occasion), given(town, "b", occasion=occasion)
        taken(town, had, reward_id=choices_of(had)[0].pk)

        assert lapse_grants(at=waiting.expires_at - timedelta(microseconds=1)) == 0
        assert lapse_grants(at=waiting.expires_at) == 1
        assert lapse_grants(at=waiting.expires_at) == 0

        assert dict(Grant.objects.values_list("key", "state")) == {"thanks": "LAPSED", "b": "TAKEN"}
        assert OutboxEvent.objects.filter(name="rewards.grant_lapsed.v1").count() == 1
        assert open_grants(town.anna, at=waiting.expires_at) == []


class TestWithdrawGrants:
    def withdraw(self, town):
        return withdraw_grants(
            membership_id=town.anna.pk, keys=["thanks"], actor=STAFF, at=town.now
        )

    def test_takes_back_what_is_open(self, town):
        grant = given(town, reward=town.reward(stock=0))

        assert self.withdraw(town) == [grant]
        assert self.withdraw(town) == []

        assert town.given() == [("thanks", "brush", "WITHDRAWN")]

    def test_cancels_what_was_taken_and_not_used(self, town):
        given(town, reward=town.reward(stock=1))

        self.withdraw(town)

        redemption = Redemption.objects.get()
        assert (redemption.state, redemption.voucher.state) == ("CANCELLED", "CANCELLED")
        assert town.given() == [("thanks", "brush", "WITHDRAWN")]

    def test_leaves_what_was_used_with_the_member(self, town):
        grant = given(town, reward=town.reward())
        Voucher.objects.update(state="USED", used_at=town.now)

        assert self.withdraw(town) == []

        grant.refresh_from_db()
        assert (grant.state, Redemption.objects.get().state) == ("TAKEN", "CAPTURED")

    def test_lets_it_be_given_again(self, town):
        reward = town.reward(stock=0)
        given(town, reward=reward)
        self.withdraw(town)
        town.now += DAY

        again = given(town, reward=reward)

        assert (again.state, again.granted_at) == ("OPEN", town.now)
        assert Grant.objects.count() == 1
