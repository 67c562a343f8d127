import pytest

from campaigns.errors import CampaignInvalid, CampaignKeyTaken, CampaignStateWrong, OwnApproval
from campaigns.models import Campaign, CampaignVersion
from campaigns.services.campaigns import (
    approve_campaign,
    ask_approval,
    copy_campaign,
    end_campaign,
    kill_all,
    launch_campaign,
    pause_campaign,
    resume_campaign,
    save_campaign,
)
from tests.campaigns.journeys.town import APPROVER, MAKER, MESSAGE, POINTS, document, states

State = Campaign.State


def state_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


class TestSave:
    def test_keeps_a_version_more_only_for_another_document(self, town):
        campaign = town.saved("welcome", document(MESSAGE))

        for what in (document(MESSAGE), document(MESSAGE, POINTS)):
            save_campaign(
                programme_id=town.programme_id,
                campaign_id=campaign.pk,
                key="welcome",
                document=what,
                actor=MAKER,
                at=town.now,
            )

        versions = CampaignVersion.objects.filter(campaign=campaign).order_by("number")
        assert [v.document for v in versions] == [document(MESSAGE), document(MESSAGE, POINTS)]
        assert Campaign.objects.get(pk=campaign.pk).version == 2

    def test_refuses_a_key_that_another_has_and_changes_nothing(self, town):
        town.saved("welcome", document(MESSAGE))

        with pytest.raises(CampaignKeyTaken):
            town.saved("welcome", document(POINTS))

        assert CampaignVersion.objects.count() == 1

    def test_refuses_a_question_that_cannot_be_answered(self, town):
        asks = {"attribute": "moon", "is": "full", "value": 1}

        with pytest.raises(CampaignInvalid):
            town.saved("welcome", document({"kind": "condition", "asks": asks}))

        assert not Campaign.objects.exists()


class TestLife:
    def test_is_approved_by_another_and_never_by_who_asked(self, town):
        campaign = town.saved("welcome", document(MESSAGE))
        ask_approval(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        with pytest.raises(OwnApproval):
            approve_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        assert state_of(campaign) == State.REVIEW
        approve_campaign(campaign_id=campaign.pk, actor=APPROVER, at=town.now)
        assert state_of(campaign) == State.APPROVED

    def test_goes_live_only_when_approved(self, town):
        campaign = town.saved("welcome", document(MESSAGE))

        with pytest.raises(CampaignStateWrong):
            launch_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        assert state_of(campaign) == State.DRAFT

    def test_asks_anew_after_a_change(self, town):
        campaign = town.saved("welcome", document(MESSAGE))
        ask_approval(campaign_id=campaign.pk, actor=MAKER, at=town.now)
        approve_campaign(campaign_id=campaign.pk, actor=APPROVER, at=town.now)

        saved = save_campaign(
            programme_id=town.programme_id,
            campaign_id=campaign.pk,
            key="welcome",
            document=document(POINTS),
            actor=MAKER,
            at=town.now,
        )

        assert (saved.state, saved.approved_by) == (State.DRAFT, "")

    def test_cannot_be_changed_once_it_is_live(self, town):
        campaign = town.live("welcome", document(MESSAGE))

        with pytest.raises(CampaignStateWrong):
            save_campaign(
                programme_id=town.programme_id,
                campaign_id=campaign.pk,
                key="welcome",
                document=document(POINTS),
                actor=MAKER,
                at=town.now,
            )

        assert CampaignVersion.objects.filter(campaign=campaign).count() == 1

    def test_pauses_and_goes_on(self, town):
        campaign = town.live("welcome", document(MESSAGE))

        pause_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)
        assert state_of(campaign) == State.PAUSED
        resume_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)
        assert state_of(campaign) == State.LIVE

    def test_ends_for_everybody_in_it(self, town):
        campaign = town.live("welcome", document({"kind": "wait", "days": 1}, MESSAGE))
        town.member(1)
        town.told()

        end_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        assert (state_of(campaign), states(campaign)) == (State.ENDED, ["STOPPED"])

    def test_is_copied_as_a_draft_with_other_lots(self, town):
        campaign = town.live("welcome", document(MESSAGE))

        copy = copy_campaign(
            campaign_id=campaign.pk,
            key="welcome-2",
            name_nl="Kopie",
            name_en="Copy",
            actor=MAKER,
            at=town.now,
        )

        assert copy.state == State.DRAFT
        assert copy.salt != campaign.salt
        assert CampaignVersion.objects.get(campaign=copy).document == document(MESSAGE)

    def test_all_stop_at_once(self, town):
        campaigns = [town.live(key, document(MESSAGE)) for key in ("one", "two")]

        assert kill_all(reason="wrong text", actor=APPROVER, at=town.now) == 2

        assert [state_of(c) for c in campaigns] == [State.PAUSED] * 2
        assert Campaign.objects.first().stop_reason == "killed: wrong text"
