"""Whoever is held out gets nothing, ever: no points, reward, segment or message, whatever happens."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import HOLDOUT, UNIVERSAL, Dispatch, Participant, StepTaken
from campaigns.services.campaigns import end_campaign, pause_campaign, resume_campaign
from campaigns.services.policies import kept_policy
from tests.campaigns.journeys.town import DAY, MAKER, MESSAGE, POINTS, Town, document
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db

MEMBERS = 8
STEPS = [MESSAGE, POINTS, {"kind": "tag", "segment": "touched"}]
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("buys"), st.integers(0, MEMBERS - 1)),
        st.tuples(st.just("joins"), st.integers(0, MEMBERS - 1)),
        st.tuples(st.sampled_from(["told", "later", "pause", "resume"]), st.just(0)),
    ),
    min_size=5,
    max_size=25,
)


class Story:
    """Members, three campaigns and what happens, in any order."""

    def __init__(self, holdout: int, universal: int) -> None:
        self.town = Town(open_shop())
        policy = kept_policy(programme_id=self.town.programme_id)
        policy.holdout, policy.salt = universal, "universal"
        policy.save()
        self.town.message()
        self.town.told()
        self.campaigns = [
            self.town.live("joined", document(*STEPS), holdout=holdout),
            self.town.live(
                "bought",
                document(*STEPS, trigger={"kind": "purchase"}, again="always"),
                holdout=holdout,
            ),
            self.town.live(
                "later",
                document({"kind": "wait", "days": 1}, *STEPS, trigger={"kind": "purchase"}),
                holdout=holdout,
            ),
        ]
        self.members = {}
        self.receipts = 0
        self.arms = {}

    def do(self, deed: str, number: int) -> None:
        if deed == "joins" or (deed == "buys" and number not in self.members):
            if number not in self.members:
                self.members[number] = self.town.member(number)
        elif deed == "buys":
            self.receipts += 1
            self.town.buys(self.members[number], self.receipts, "0.40")
        elif deed == "told":
            self.town.told()
        elif deed == "later":
            self.town.now += DAY
        else:
            self.turn(deed)
        self.note_arms()

    def turn(self, deed: str) -> None:
        state = self.campaigns[1].__class__.objects.get(pk=self.campaigns[1].pk).state
        said = {"campaign_id": self.campaigns[1].pk, "actor": MAKER, "at": self.town.now}
        if deed == "pause" and state == "LIVE":
            pause_campaign(**said)
        if deed == "resume" and state == "PAUSED":
            resume_campaign(**said)

    def note_arms(self) -> None:
        for row in Participant.objects.all():
            first = self.arms.setdefault((row.campaign_id, row.membership_id), row.arm)
            assert row.arm == first

    def end(self) -> None:
        for campaign in self.campaigns:
            if campaign.__class__.objects.get(pk=campaign.pk).state != "ENDED":
                end_campaign(campaign_id=campaign.pk, actor=MAKER, at=self.town.now)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=DEEDS, holdout=st.sampled_from([0, 50, 90]), universal=st.sampled_from([0, 50]))
def test_who_is_held_out_gets_nothing_and_stays_in_their_arm(db, deeds, holdout, universal):
    from django.db import transaction

    with transaction.atomic():
        story = Story(holdout, universal)
        for deed, number in deeds:
            story.do(deed, number)
        story.town.now += 2 * DAY
        story.town.told()

        held = Participant.objects.filter(arm__in=[HOLDOUT, UNIVERSAL])
        assert not StepTaken.objects.filter(participant__in=held).exists()
        assert not held.exclude(state="HELD_OUT").exists()
        for member in story.members.values():
            mine = Participant.objects.filter(membership=member)
            going = mine.exclude(state="HELD_OUT")
            told = Dispatch.objects.filter(membership=member, campaign__isnull=False)
            assert set(told.values_list("participant_id", flat=True)) <= set(
                going.values_list("pk", flat=True)
            )
            given_to = StepTaken.objects.filter(
                participant__in=going, kind="points", outcome="done"
            )
            assert story.town.points_of(member) == 50 * given_to.count()
            if not going.exists():
                assert not member.segments.exists()
                assert not member.grants.exists()
        transaction.set_rollback(True)
