from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Account, OutboxEvent
from loyalty.services.tiers import assign_tier, publish_tier_set, save_tier_set
from members.models import Membership
from members.services.answers import record_answer
from members.services.consents import record_consent
from members.services.enrolment import enrol_member
from members.services.erasure import erase_member
from members.services.field_use import note_current_uses, uses_of
from members.services.merging import merge_members
from members.services.questions import Question, ask_question, save_question, stop_question
from members.services.segments import join_segment
from rewards import tasks
from rewards.errors import RewardUnavailable
from rewards.models import Grant, Occasion, OccasionReward, Redemption
from rewards.services import happenings
from rewards.services.anniversaries import give_on_day, redeem_on_day
from rewards.services.catalogue import set_stock, stop_reward
from rewards.services.occasions import (
    OccasionDraft,
    publish_occasion,
    save_occasion,
    stop_occasion,
)
from rewards.services.redemption import cancel_redemption
from tests.loyalty.earning.ladders import policy
from tests.rewards.occasions import DAY, NOON, STAFF


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


def on(town, day):
    """The daily job on that day, at noon in Amsterdam."""
    town.now = datetime.fromisoformat(f"{day}T11:00:00+00:00")
    return give_on_day(programme_id=town.shop.programme.pk, at=town.now)


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


class TestBirthday:
    @pytest.fixture
    def question(self, town):
        field = save_question(
            programme_id=town.shop.programme.pk,
            question=Question(
                key="birthday",
                kind="DATE",
                label_nl="Wanneer ben je jarig?",
                label_en="When is your birthday?",
                why_nl="Om je te feliciteren.",
                why_en="To wish you a happy birthday.",
                keep_days=3650,
                purpose="OFFERS",
            ),
            actor=STAFF,
            at=town.now,
        )
        return ask_question(field_id=field.pk, actor=STAFF, at=town.now)

    @pytest.fixture
    def birthday(self, town, question):
        return town.occasion("BIRTHDAY", town.reward())

    def answers(self, town, day, *, agrees=True):
        record_answer(
            programme_id=town.shop.programme.pk,
            member_id=town.anna.member_id,
            field="birthday",
            value=day,
            source="MEMBER",
            actor="portal",
            at=town.now,
        )
        record_consent(
            member_id=town.anna.member_id,
            purpose="OFFERS",
            channel="ANY",
            is_given=agrees,
            text_version="2026-01",
            touchpoint="portal",
            actor="portal",
            at=town.now,
        )

    def test_gives_on_the_day_once_a_year(self, town, birthday):
        self.answers(town, "1980-12-03")

        days = ["2026-12-02", "2026-12-03", "2026-12-03", "2026-12-04", "2027-12-03"]

        assert [on(town, day) for day in days] == [0, 1, 0, 0, 1]
        assert town.given() == [
            ("occasion:hello:2026", "brush", "TAKEN"),
            ("occasion:hello:2027", "brush", "TAKEN"),
        ]

    def test_is_told_to_be_what_the_answer_is_used_for(self, town, birthday):
        note_current_uses(programme_id=town.shop.programme.pk, at=town.now)

        used = uses_of(town.shop.programme.pk)["profile:birthday"]
        with override("en"):
            named = uses_of(town.shop.programme.pk)["profile:birthday"]
        assert len(used) == 1
        assert [use.by for use in named] == ["occasion “hello”"]

    def test_makes_up_for_days_on_which_nothing_ran(self, town, birthday):
        self.answers(town, "1980-12-30")

        assert [on(town, day) for day in ("2026-12-29", "2027-01-05")] == [0, 1]
        assert town.given() == [("occasion:hello:2026", "brush", "TAKEN")]

    def test_keeps_the_29th_of_february_on_the_28th(self, town, birthday):
        self.answers(town, "1980-02-29")

        assert [on(town, day) for day in ("2027-02-27", "2027-02-28")] == [0, 1]
        assert [on(town, day) for day in ("2028-02-28", "2028-02-29")] == [0, 1]

    def test_uses_no_answer_that_was_not_given_for_it(self, town, birthday, question):
        self.answers(town, "1980-12-03", agrees=False)

        assert on(town, "2026-12-03") == 0

    def test_uses_no_answer_to_a_question_that_is_asked_no_more(self, town, birthday, question):
        self.answers(town, "1980-12-03")
        stop_question(field_id=question.pk, actor=STAFF, at=town.now)

        assert on(town, "2026-12-03") == 0

    def test_gives_nothing_to_who_was_erased(self, town, birthday):
        self.answers(town, "1980-12-03")
        erase_member(member_id=town.anna.member_id, reason="asked", actor=STAFF, at=town.now)

        assert on(town, "2026-12-03") == 0


class TestAnniversary:
    def test_gives_each_year_since_joining(self, town):
        town.occasion("ANNIVERSARY", town.reward())

        days = ["2026-11-22", "2027-11-21", "2027-11-22", "2027-11-23", "2028-11-22"]

        assert [on(town, day) for day in days] == [0, 0, 1, 0, 1]
        assert [each.reason["en"] for each in Grant.objects.order_by("granted_at")] == [
            "You have been a member for a year",
            "You have been a member for 2 years",
        ]


class TestInactive:
    def test_gives_after_so_many_days_once_until_they_come_back(self, town):
        town.occasion("INACTIVE", town.reward(), params={"days": 30})
        town.buys()

        first = [on(town, day) for day in ("2026-12-21", "2026-12-22", "2026-12-25")]
        town.buys()
        second = [on(town, day) for day in ("2027-01-23", "2027-01-24")]

        assert (first, second) == ([0, 1, 0], [0, 1])

    def test_does_not_shower_those_who_left_long_ago(self, town):
        town.buys()
        town.now += timedelta(days=400)
        town.occasion("INACTIVE", town.reward(), params={"days": 30})

        assert give_on_day(programme_id=town.shop.programme.pk, at=town.now) == 0


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


class TestGiveOnDayTask:
    def test_gives_for_every_programme_and_can_run_at_any_time(self, town):
        town.occasion("ANNIVERSARY", town.reward())
        Membership.objects.update(joined_at=datetime(2020, 1, 1, tzinfo=UTC))

        tasks.give_on_day()
        tasks.give_on_day()
