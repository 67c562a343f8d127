from datetime import timedelta

import pytest

from loyalty.models import Account, OutboxEvent
from loyalty.services.tiers import assign_tier, publish_tier_set, save_tier_set
from members.services.enrolment import enrol_member
from members.services.merging import merge_members
from members.services.segments import join_segment
from rewards.models import Grant, Redemption
from rewards.services import happenings
from rewards.services.anniversaries import redeem_on_day
from rewards.services.catalogue import set_stock
from rewards.services.redemption import cancel_redemption
from tests.loyalty.earning.ladders import policy
from tests.rewards.occasions import DAY, STAFF


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


def ladder(town):
    tier_set = save_tier_set(
        programme_id=town.shop.programme.pk,
        key="main",
        name_nl="Trouw",
        name_en="Loyal",
        policy=policy(tiers={"silver": 50, "gold": 100}),
        actor=STAFF,
        at=town.now,
    )
    publish_tier_set(tier_set_id=tier_set.pk, actor=STAFF, at=town.now)
    # a worker is told to count; there is none here
    OutboxEvent.objects.filter(name="loyalty.tier_set_changed.v1").update(dispatched_at=town.now)
    return tier_set


class TestJoined:
    def test_gives_to_who_joins_and_to_nobody_who_was_there(self, town):
        town.occasion("JOINED", town.reward())
        town.tells()

        new, _imported = joins(town), joins(town, 3, touchpoint="import")

        grant = Grant.objects.get()
        assert (grant.membership, grant.key) == (new, "occasion:hello")
        assert grant.reason == {"nl": "Welkom bij ons", "en": "Welcome"}

    def test_gives_once_however_often_it_is_told(self, town):
        town.occasion("JOINED", town.reward())
        joins(town)

        happenings.welcome(events=list(OutboxEvent.objects.filter(name__contains="enrolled")))

        assert Grant.objects.count() == Redemption.objects.count() == 1

    def test_gives_in_its_period_alone(self, town):
        town.occasion("JOINED", town.reward(), starts_at=town.now + DAY, ends_at=town.now + 2 * DAY)
        for number in range(3):
            joins(town, number + 2)
            town.now += DAY

        assert Grant.objects.get().granted_at == town.now - 2 * DAY


class TestAudience:
    def test_leaves_out_who_is_in_no_segment_of_it(self, town):
        town.occasion("PURCHASES", town.reward(), params={"count": 1}, segments=["painters"])
        town.buys()
        assert town.given() == []

        join_segment(membership_id=town.anna.pk, segment="painters", at=town.now)
        town.buys()

        assert town.given() == [("occasion:hello:1", "brush", "TAKEN")]

    def test_leaves_out_who_has_no_tier_of_it(self, town):
        ladder(town)
        town.occasion("PURCHASES", town.reward(), params={"count": 1}, tiers=["silver"])
        town.buys("10.00")
        assert town.given() == []

        town.buys("40.00")

        assert town.given() == [("occasion:hello:1", "brush", "TAKEN")]


class TestTierReached:
    @pytest.fixture(autouse=True)
    def gold(self, town):
        self.tier_set = ladder(town)
        town.occasion("TIER_REACHED", town.reward(), params={"tier": "silver"})

    def test_gives_to_who_climbs_to_it_once(self, town):
        town.buys("49.00")
        assert town.given() == []

        town.buys("1.00", external_id="last")
        town.returns("last")
        town.buys("1.00")

        assert town.given() == [("occasion:hello", "brush", "TAKEN")]

    def test_gives_nothing_to_who_falls_back_to_it(self, town):
        account = Account.objects.get(
            holder=town.anna.holder, unit__code="points", kind=Account.Kind.MEMBER
        )
        assign_tier(
            account_id=account.pk,
            tier_set_id=self.tier_set.pk,
            tier="gold",
            ends_at=town.now + DAY,
            reason="asked",
            actor=STAFF,
            at=town.now,
        )
        town.tells()
        town.buys("60.00")
        assert town.given() == []

        town.now += 2 * DAY
        town.buys("1.00")

        assert town.given() == []


class TestPointsEarned:
    def test_gives_when_so_many_were_earned_in_all_and_at_each_multiple(self, town):
        town.occasion("POINTS_EARNED", town.reward(), params={"points": 100, "repeats": True})

        given = []
        for amount in ("49.00", "40.00", "11.00", "10.00", "49.00", "45.00", "1.00"):
            town.buys(amount)
            given.append(Grant.objects.count())

        # 49, 89, 100, 110, 159, 204, 205
        assert given == [0, 0, 1, 1, 1, 2, 2]
        assert Grant.objects.get(key="occasion:hello:2").reason["nl"] == (
            "Je hebt 200 punten gespaard"
        )

    def test_takes_it_back_when_the_points_go_back_and_gives_it_again(self, town):
        reward = town.reward(stock=0)
        town.occasion("POINTS_EARNED", reward, params={"points": 40})
        town.buys("45.00", external_id="sale")
        assert town.given() == [("occasion:hello:1", "brush", "OPEN")]

        town.returns("sale")
        assert town.given() == [("occasion:hello:1", "brush", "WITHDRAWN")]

        town.buys("45.00")
        assert town.given() == [("occasion:hello:1", "brush", "OPEN")]


class TestPurchases:
    def test_counts_from_when_it_began(self, town):
        town.buys()
        town.now += DAY
        town.occasion("PURCHASES", town.reward(), params={"count": 2, "repeats": True})

        given = []
        for _ in range(5):
            town.buys()
            given.append(Grant.objects.count())

        assert given == [0, 1, 1, 2, 2]

    def test_takes_it_back_when_too_few_are_left(self, town):
        town.occasion("PURCHASES", town.reward(), params={"count": 2})
        town.buys()
        town.buys(external_id="sale")
        assert town.given() == [("occasion:hello:1", "brush", "TAKEN")]

        town.returns("sale")

        assert town.given() == [("occasion:hello:1", "brush", "WITHDRAWN")]
        assert Redemption.objects.get().state == "CANCELLED"


class TestBalanceReached:
    @pytest.fixture
    def brush(self, town):
        reward = town.reward(points=40)
        town.occasion("BALANCE_REACHED", reward, params={"points": 45})
        return reward

    def balance(self, town):
        accounts = Account.objects.filter(unit__code="points", kind="MEMBER")
        return accounts.get(holder=town.anna.holder).balance

    def test_pays_with_the_points_each_time_they_suffice(self, town, brush):
        had = []
        for amount in ("44.00", "1.00", "39.00", "1.00"):
            town.buys(amount)
            had.append((self.balance(town), Redemption.objects.count()))

        assert had == [(44, 0), (5, 1), (44, 1), (5, 2)]
        assert not Grant.objects.exists()

    def test_leaves_who_gave_it_back_alone_until_they_were_below(self, town, brush):
        town.buys("45.00")
        town.now += timedelta(minutes=1)
        cancel_redemption(redemption_id=Redemption.objects.get().pk, actor=STAFF, at=town.now)
        town.buys("4.00")
        assert (self.balance(town), Redemption.objects.count()) == (49, 1)

        town.buys("4.00", external_id="sale")
        redeem_on_day(programme_id=town.shop.programme.pk, at=town.now)

        assert Redemption.objects.count() == 1

    def test_waits_while_there_are_none_left(self, town, brush):
        set_stock(reward_id=brush.pk, total=0, actor=STAFF, at=town.now)
        town.buys("45.00")
        set_stock(reward_id=brush.pk, total=1, actor=STAFF, at=town.now)

        assert redeem_on_day(programme_id=town.shop.programme.pk, at=town.now) == 1
        assert redeem_on_day(programme_id=town.shop.programme.pk, at=town.now) == 0

        assert self.balance(town) == 5


class TestMergedMembers:
    def test_have_what_was_told_of_either_given_to_the_one_who_is_left(self, town):
        town.occasion("JOINED", town.reward())
        other = enrol_member(
            programme_id=town.shop.programme.pk,
            identifiers=["ext:shop:9"],
            touchpoint="api",
            actor=STAFF,
            at=town.now,
        )
        merge_members(
            kept_id=town.anna.member_id,
            absorbed_id=other.member_id,
            reason="same",
            actor=STAFF,
            at=town.now,
        )

        town.tells()

        assert town.given() == [("occasion:hello", "brush", "TAKEN")]
        assert Grant.objects.count() == 1


class TestRuleRewards:
    RULE = {
        "schema": 2,
        "trigger": "purchase",
        "conditions": [{"field": "basket.amount", "operator": "at_least", "value": "50.00"}],
        "effects": [{"kind": "reward", "reward": "brush"}],
    }

    def test_are_given_for_the_purchase_that_earned_them(self, town):
        town.reward()
        town.shop.publish("brush-for-fifty", self.RULE)

        town.buys("49.99")
        bought = town.buys("50.00")

        assert town.given() == [(f"activity:{bought.id}:brush", "brush", "TAKEN")]
        assert Grant.objects.get().reason == {
            "nl": "brush-for-fifty nl",
            "en": "brush-for-fifty en",
        }

    def test_are_withdrawn_when_the_purchase_comes_back(self, town):
        town.reward()
        town.shop.publish("brush-for-fifty", self.RULE)
        bought = town.buys("50.00", external_id="sale")

        town.returns("sale")

        assert town.given() == [(f"activity:{bought.id}:brush", "brush", "WITHDRAWN")]
        assert Redemption.objects.get().state == "CANCELLED"
