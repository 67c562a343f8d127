"""Events that begin a campaign, through the outbox and the subscriber: each once, and only those."""

from typing import Any

from campaigns.models import Participant
from members.models import Membership
from members.services.activities import record_activity
from members.services.segments import publish_segment, save_segment, stop_segment
from members.types import ActivitySubmission
from rewards.services.catalogue import publish_reward, save_reward
from tests.campaigns.journeys.town import DAY, MAKER, POINTS, Town, document


def begun_by(town: Town, **trigger: Any) -> int:
    return town.live(f"on-{trigger['kind']}", document(POINTS, trigger=trigger)).pk


def came(campaign_id: int) -> list[int]:
    mine = Participant.objects.filter(campaign=campaign_id).order_by("pk")
    return list(mine.values_list("membership_id", flat=True))


def is_at(town: Town, member: Membership, location: str, number: int) -> None:
    submission = ActivitySubmission(
        type="check_in",
        member=str(member.member_id),
        external_id=f"visit-{number}",
        occurred_at=town.now,
        location=location,
    )
    record_activity(book=town.shop.book, submission=submission, actor="api:app", at=town.now)


class TestNearALocation:
    def test_begins_by_an_activity_there_and_nowhere_else(self, town: Town) -> None:
        campaign = begun_by(town, kind="near_location", location="Utrecht")
        here, elsewhere = town.member(1), town.member(2)
        is_at(town, here, "Utrecht", 1)
        is_at(town, elsewhere, "Ede", 2)
        town.told()
        town.told()

        assert came(campaign) == [here.pk]
        assert Participant.objects.get().context["location"] == "Utrecht"

    def test_a_purchase_there_begins_it_too_and_without_a_place_any_does(self, town: Town) -> None:
        campaign = begun_by(town, kind="near_location")
        member, nowhere = town.member(1), town.member(2)
        is_at(town, member, "Ede", 1)
        is_at(town, nowhere, "", 2)
        town.told()

        assert came(campaign) == [member.pk]


class TestRewardWithinReach:
    def test_begins_when_the_balance_comes_to_the_price_and_not_again_above_it(
        self, town: Town
    ) -> None:
        reward = save_reward(
            programme_id=town.programme_id,
            key="brush",
            name_nl="Kwast",
            name_en="Brush",
            points=15,
            actor=MAKER,
            at=town.now,
        )
        publish_reward(reward_id=reward.pk, actor=MAKER, at=town.now)
        trigger = {"kind": "reward_within_reach"}
        campaign = town.live("reach", document(POINTS, trigger=trigger, again="always")).pk
        member = town.member(1)
        town.buys(member, 1)  # 10 points
        town.told()
        assert came(campaign) == []

        town.buys(member, 2)  # 20
        town.told()
        town.buys(member, 3)
        town.told()
        assert came(campaign) == [member.pk]
        assert Participant.objects.get().context == {"reward": "brush"}


class TestSegments:
    def test_begin_it_when_a_member_enters_and_another_when_they_leave(self, town: Town) -> None:
        entering = begun_by(town, kind="entered_segment", segment="buyers")
        leaving = begun_by(town, kind="left_segment", segment="buyers")
        buyer = town.member(1)
        town.member(2)
        town.buys(buyer, 1)
        town.told()
        segment = save_segment(
            programme_id=town.programme_id,
            key="buyers",
            names={"nl": "Kopers", "en": "Buyers"},
            kind="DYNAMIC",
            document={"attribute": "purchases.count", "is": "at_least", "value": 1},
            actor=MAKER,
            at=town.now,
        )
        publish_segment(segment_id=segment.pk, actor=MAKER, at=town.now)
        town.told()
        assert (came(entering), came(leaving)) == ([buyer.pk], [])

        town.now += DAY
        stop_segment(segment_id=segment.pk, actor=MAKER, at=town.now)
        town.told()
        assert (came(entering), came(leaving)) == ([buyer.pk], [buyer.pk])
