"""What steps give, exactly: rewards, bonus rules, tags, webhooks, parts by lot, once each."""

from decimal import Decimal

import pytest

from campaigns.models import Campaign, Participant, StepTaken
from campaigns.services.walking import walk
from loyalty.models import OutboxEvent, Unit
from loyalty.services.units import add_unit
from members.models import SegmentMembership
from members.selectors import accounts_of
from rewards.models import Grant
from rewards.services.catalogue import publish_reward, save_reward
from tests.campaigns.journeys.town import DAY, POINTS, Town, document, states, taken

PRESENT = {"kind": "reward", "reward": "present"}


@pytest.fixture
def present(town: Town) -> None:
    reward = save_reward(
        programme_id=town.programme_id,
        key="present",
        kind="DISCOUNT",
        name_nl="Cadeau",
        name_en="Present",
        points=100,
        terms={"percent": "10.00"},
        cost=Decimal("2.50"),
        actor="console:marijke",
        at=town.now,
    )
    publish_reward(reward_id=reward.pk, actor="console:bas", at=town.now)


class TestReward:
    def test_is_given_once_and_counted_in_money(self, town: Town, present: None) -> None:
        campaign = town.live("welcome", document(PRESENT), budget_money=Decimal("10.00"))
        member = town.member(1)
        for _turn in range(3):
            town.told()

        assert Grant.objects.filter(membership=member).count() == 1
        campaign.refresh_from_db()
        assert (campaign.spent_points, campaign.spent_money) == (0, Decimal("2.50"))
        assert StepTaken.objects.get().params == {"reward": "present", "cost": "2.50"}

    def test_is_given_no_more_than_the_budget_holds(self, town: Town, present: None) -> None:
        campaign = town.live("welcome", document(PRESENT), budget_money=Decimal("6.00"))
        for number in range(4):
            town.member(number)
        town.told()

        assert Grant.objects.count() == 2
        campaign.refresh_from_db()
        assert (campaign.state, campaign.stop_reason) == ("PAUSED", "budget")
        assert campaign.spent_money == Decimal("5.00")


class TestOtherSteps:
    def test_a_bonus_rule_and_a_tag_are_stays_of_so_many_days(self, town: Town) -> None:
        rule = {"kind": "bonus_rule", "rule": "double", "days": 14}
        tag = {"kind": "tag", "segment": "warm", "days": 7}
        town.live("welcome", document(rule, tag))
        member = town.member(1)
        town.told()

        stays = SegmentMembership.objects.filter(membership=member).order_by("segment")
        assert [(s.segment, s.since, s.until) for s in stays] == [
            ("campaign-welcome", town.now, town.now + 14 * DAY),
            ("warm", town.now, town.now + 7 * DAY),
        ]

    def test_a_webhook_is_asked_for_once_without_a_word_about_the_member(self, town: Town) -> None:
        step = {"kind": "webhook", "url": "https://crm.example/hook", "event": "joined"}
        campaign = town.live("welcome", document(step))
        member = town.member(1)
        town.told()
        town.told()

        [event] = OutboxEvent.objects.filter(name="campaigns.webhook_asked.v1")
        assert event.subject == member.holder
        assert event.payload == {
            "campaign": "welcome",
            "participant": Participant.objects.get(campaign=campaign).pk,
            "event": "joined",
            "url": "https://crm.example/hook",
        }

    def test_a_split_gives_each_member_one_part_and_always_the_same(self, town: Town) -> None:
        parts = [{"weight": 1, "steps": [POINTS]}, {"weight": 1, "steps": []}]
        split = document(
            {"kind": "split", "parts": parts}, trigger={"kind": "purchase"}, again="always"
        )
        campaign = town.live("thanks", split)
        members = [town.member(number) for number in range(12)]
        for number, member in enumerate([*members, *members]):
            town.buys(member, number, "0.50")
        town.told()

        assert sorted({town.points_of(m) for m in members}) == [0, 100]
        drawn: dict[int, set[str]] = {}
        steps = StepTaken.objects.filter(participant__campaign=campaign, kind="split")
        for pk, outcome in steps.values_list("participant__membership_id", "outcome"):
            drawn.setdefault(pk, set()).add(outcome)
        assert len(drawn) == 12
        assert all(len(each) == 1 for each in drawn.values())


class TestExclusionGroup:
    def test_lets_each_member_into_exactly_one_of_its_campaigns(self, town: Town) -> None:
        both = [town.live(k, document(POINTS), exclusion_group="spring") for k in ("one", "two")]
        members = [town.member(number) for number in range(12)]
        town.told()

        rows = Participant.objects.filter(campaign__in=both).values_list("membership_id", flat=True)
        assert sorted(rows) == sorted(m.pk for m in members)
        assert [town.points_of(m) for m in members] == [50] * 12
        assert all(Campaign.objects.get(pk=c.pk).spent_points for c in both)


class TestConditions:
    def test_are_any_a_segment_can_have_and_note_which_part_held(self, town: Town) -> None:
        asks = {
            "all": [
                {"attribute": "purchases.amount", "is": "at_least", "value": "10.00"},
                {"attribute": "language", "is": "one_of", "value": ["en"]},
            ]
        }
        step = {"kind": "condition", "asks": asks, "yes": [POINTS], "no": []}
        campaign = town.live("thanks", document({"kind": "wait", "days": 1}, step))
        buyer = town.member(1)
        town.buys(buyer, 1, "12.00")
        town.told()
        town.now += DAY
        walk(at=town.now)

        assert taken(campaign)[1] == ("1", "condition", "no")
        assert StepTaken.objects.get(kind="condition").params == {"held": [True, False]}
        assert states(campaign) == ["DONE"]


class TestUnits:
    def test_other_than_points_are_given_once_and_worth_no_money(self, town: Town) -> None:
        add_unit(
            programme_id=town.programme_id,
            code="stars",
            kind=Unit.Kind.STAMPS,
            name_nl="Sterren",
            name_en="Stars",
            actor="console:marijke",
            at=town.now,
        )
        stars = {**POINTS, "unit": "stars", "points": 7}
        campaign = town.live("welcome", document(stars, POINTS))
        member = town.member(1)
        town.told()
        town.told()

        assert {unit: held for unit, (_pk, held) in accounts_of(member).items()} == {
            "points": 50,
            "stars": 7,
        }
        campaign.refresh_from_db()
        assert campaign.spent_points == 57

    def test_that_are_not_there_are_refused_and_the_member_goes_on(self, town: Town) -> None:
        campaign = town.live("welcome", document({**POINTS, "unit": "moons"}, POINTS))
        member = town.member(1)
        town.told()

        assert [outcome for _place, _kind, outcome in taken(campaign)] == [
            "refused:not_found",
            "done",
        ]
        assert town.points_of(member) == 50
