"""A welcome campaign, from joining to the message that waits at the gate, through the outbox."""

from campaigns.models import Dispatch, Participant
from campaigns.services.campaigns import kill_all, resume_campaign
from loyalty.models import EventFailure
from tests.campaigns.journeys.town import (
    APPROVER,
    DAY,
    MAKER,
    MESSAGE,
    POINTS,
    document,
    states,
    taken,
)

ASKS = {"attribute": "purchases.count", "with": {"days": 7}, "is": "at_least", "value": 1}


class TestWelcome:
    def test_is_sent_and_given_once_to_who_joins(self, town):
        campaign = town.live("welcome", document(MESSAGE, POINTS))

        member = town.member(1)
        town.told()
        town.told()

        [dispatch] = Dispatch.objects.filter(campaign=campaign)
        assert (dispatch.member_id, dispatch.channel) == (member.member_id, "EMAIL")
        assert (dispatch.fate, dispatch.template, dispatch.arm) == ("WAITING", "hello", "main")
        assert town.points_of(member) == 50
        assert taken(campaign) == [("0", "message", "done"), ("1", "points", "done")]
        assert states(campaign) == ["DONE"]
        assert not EventFailure.objects.exists()

    def test_goes_by_a_channel_that_reaches_the_member(self, town):
        campaign = town.live("welcome", document({**MESSAGE, "channels": ["SMS", "INBOX"]}))

        town.member(1)
        town.told()

        assert [d.channel for d in Dispatch.objects.filter(campaign=campaign)] == ["INBOX"]

    def test_waits_and_then_asks(self, town):
        steps = [
            {"kind": "wait", "days": 3},
            {"kind": "condition", "asks": ASKS, "yes": [POINTS], "no": [MESSAGE]},
        ]
        campaign = town.live("welcome", document(*steps))
        buyer, other = town.member(1), town.member(2)
        town.buys(buyer, 1)
        town.told()
        assert taken(campaign) == [("0", "wait", "done")] * 2

        town.now += 3 * DAY
        town.told()

        assert town.points_of(buyer) == 10 + 50
        assert [d.member_id for d in Dispatch.objects.filter(campaign=campaign)] == [
            other.member_id
        ]
        assert states(campaign) == ["DONE", "DONE"]

    def test_begins_for_nobody_who_joined_before_it_was_launched(self, town):
        town.member(1)
        town.now += DAY
        campaign = town.live("welcome", document(MESSAGE))

        town.told()

        assert states(campaign) == []

    def test_stands_still_while_it_is_paused(self, town):
        campaign = town.live("welcome", document({"kind": "wait", "hours": 1}, POINTS))
        member = town.member(1)
        town.told()
        kill_all(reason="stop", actor=APPROVER, at=town.now)

        town.now += DAY
        town.told()
        assert town.points_of(member) == 0

        resume_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)
        town.told()
        assert town.points_of(member) == 50


class TestBudget:
    def test_stops_it_when_it_is_spent_and_never_gives_more(self, town):
        campaign = town.live("welcome", document(POINTS), budget_points=120)
        members = [town.member(number) for number in range(4)]

        town.told()

        assert sorted(town.points_of(m) for m in members) == [0, 0, 50, 50]
        campaign.refresh_from_db()
        assert (campaign.state, campaign.stop_reason) == ("PAUSED", "budget")
        assert campaign.spent_points == 100
        assert sorted(states(campaign)) == ["ACTIVE", "ACTIVE", "DONE", "DONE"]


class TestHeldOut:
    def test_get_nothing_and_are_drawn_the_same_again(self, town):
        steps = document(
            MESSAGE,
            POINTS,
            {"kind": "tag", "segment": "new"},
            trigger={"kind": "purchase"},
            again="always",
        )
        campaign = town.live("thanks", steps, holdout=50)
        members = [town.member(number) for number in range(20)]
        for number, member in enumerate([*members, *members]):
            town.buys(member, number, "0.50")
        town.told()

        arms = {}
        for row in Participant.objects.filter(campaign=campaign):
            arms.setdefault(row.membership_id, set()).add(row.arm)
        assert len(arms) == 20
        assert all(len(drawn) == 1 for drawn in arms.values())
        held = [m for m in members if arms[m.pk] == {"holdout"}]
        assert 3 <= len(held) <= 17
        for member in members:
            gifts = 0 if member in held else 100
            assert town.points_of(member) == gifts
            assert Dispatch.objects.filter(membership=member, campaign=campaign).count() == (
                0 if member in held else 2
            )
            assert member.segments.count() == (0 if member in held else 1)
