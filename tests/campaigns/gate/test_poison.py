"""What breaks again and again: put aside after five tries, seen, others not held up, tried again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from campaigns.channels.email import Email
from campaigns.errors import CampaignStateWrong
from campaigns.models import ContactChoice, Dispatch, MessageTemplate, Participant
from campaigns.services import actions, sending
from campaigns.services.campaigns import end_campaign
from campaigns.services.gate import BROKEN_AFTER, work_off
from campaigns.services.parking import (
    MOST_TRIES,
    parked_of,
    put_back,
    try_again,
)
from campaigns.services.walking import walk
from campaigns.types import Envelope
from loyalty.models import EventFailure
from members.selectors import account_of
from tests.campaigns.gate.post import allow, due, fates
from tests.campaigns.journeys.town import MAKER, MESSAGE, MINUTE, POINTS, Town, document, states

HOUR = timedelta(hours=1)
MAIL = {**MESSAGE, "channels": ["EMAIL"]}


def work(town: Town, times: int = 1) -> None:
    for _time in range(times):
        work_off(at=town.now)
        town.now += HOUR


@pytest.fixture(autouse=True)
def _no_night(town: Town) -> None:
    allow(cap=50)


class TestAMessageThatCannotBeDecidedOn:
    @pytest.fixture
    def poison(self, town: Town) -> Any:
        """Of nine members the fifth lives in a zone that there is not."""
        members = [town.member(number) for number in range(9)]
        town.told()
        ContactChoice.objects.create(
            membership=members[4], time_zone="Mars/Olympus", changed_at=town.now
        )
        due(town, members, channels=["EMAIL"])
        return members[4]

    def test_holds_up_no_other(self, town, poison):
        assert work_off(at=town.now) == 9

        assert fates() == {("SENT", ""): 8, ("DELAYED", "broke"): 1}
        assert len(mail.outbox) == 8

    def test_is_put_aside_after_five_tries(self, town, poison):
        work(town, times=MOST_TRIES + 3)

        row = Dispatch.objects.get(membership=poison, nature="MARKETING")
        assert (row.fate, row.reason, row.attempts) == ("FAILED", "broke", MOST_TRIES)

    def test_goes_when_it_is_mended_in_time(self, town, poison):
        work(town, times=2)
        ContactChoice.objects.update(time_zone="Europe/Amsterdam")
        work(town)

        assert fates() == {("SENT", ""): 9}
        assert len(mail.outbox) == 9


class TestAMessageThatCannotBeMade:
    @pytest.fixture
    def campaign(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The mail of one campaign breaks whoever renders it; another's is well."""
        town.message("poison")
        render = sending.render

        def rendering(document: Any, *said: Any, **how: Any) -> Any:
            if document.get("breaks"):
                raise RuntimeError("poison")
            return render(document, *said, **how)

        monkeypatch.setattr(sending, "render", rendering)
        set_poison(breaks=True)
        campaign = town.live("poison", document({**MAIL, "template": "poison"}))
        town.live("well", document(MAIL))
        for number in range(3):
            town.member(number)
        town.told()
        return campaign

    def test_is_put_aside_and_holds_up_no_other(self, town, campaign):
        work(town)
        assert fates() == {("SENT", ""): 3, ("DELAYED", "broke"): 3}

        work(town, times=MOST_TRIES)
        assert fates() == {("SENT", ""): 3, ("FAILED", "broke"): 3}
        assert len(mail.outbox) == parked_of(campaign.pk).messages == 3

    def test_is_sent_once_when_it_is_mended_and_tried_again(self, town, campaign):
        work(town, times=MOST_TRIES + 1)
        set_poison(breaks=False)

        assert try_again(campaign_id=campaign.pk, actor=MAKER, at=town.now) == 3
        work(town, times=2)

        assert fates() == {("SENT", ""): 6}
        assert (len(mail.outbox), parked_of(campaign.pk).messages) == (6, 0)

    def test_stays_aside_when_the_campaign_is_over(self, town, campaign):
        work(town, times=MOST_TRIES + 1)
        end_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now, reason="over")

        with pytest.raises(CampaignStateWrong):
            try_again(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        assert fates() == {("SENT", ""): 3, ("FAILED", "broke"): 3}


class TestAChannelThatBreaks:
    def test_is_not_tried_again_for_what_may_have_left(self, town, monkeypatch):
        members = [town.member(number) for number in range(3)]
        town.told()
        due(town, members, channels=["EMAIL", "INBOX"])
        send = Email.send

        def breaking(self: Email, envelopes: list[Envelope]) -> Any:
            send(self, envelopes[:1])
            raise RuntimeError("poison")

        monkeypatch.setattr(Email, "send", breaking)
        work_off(at=town.now)
        monkeypatch.setattr(Email, "send", send)

        assert fates() == {("SENT", ""): 3, ("SENDING", ""): 3}
        work_off(at=town.now + BROKEN_AFTER + MINUTE)
        assert fates() == {("SENT", ""): 3, ("UNKNOWN", "broken_off"): 3}
        assert len(mail.outbox) == 1


class TestAParticipantWhoseStepBreaks:
    @pytest.fixture
    def campaign(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Everybody gets points but the second, for whom the giving breaks."""
        self.is_well = False
        give = actions.give_thanks

        def giving(**said: Any) -> Any:
            if not self.is_well and said["account_id"] == self.poison:
                raise RuntimeError("poison")
            return give(**said)

        monkeypatch.setattr(actions, "give_thanks", giving)
        campaign = town.live("gift", document(POINTS, MAIL))
        self.members = [town.member(number) for number in range(3)]
        self.poison = account_of(self.members[1])
        town.told()
        return campaign

    def walks(self, town: Town, times: int) -> None:
        for _time in range(times):
            town.now += HOUR
            walk(at=town.now)

    def test_holds_up_no_other(self, town, campaign):
        assert [town.points_of(member) for member in self.members] == [50, 0, 50]
        assert states(campaign).count("DONE") == 2
        assert not EventFailure.objects.exists()

    def test_is_put_aside_after_five_tries_and_seen(self, town, campaign):
        self.walks(town, times=MOST_TRIES - 2)
        assert not parked_of(campaign.pk)

        self.walks(town, times=2)

        assert sorted(states(campaign)) == ["DONE", "DONE", "STOPPED"]
        assert parked_of(campaign.pk) == (1, 0)

    def test_gets_it_once_when_tried_again(self, town, campaign):
        self.walks(town, times=MOST_TRIES)
        self.is_well = True

        assert try_again(campaign_id=campaign.pk, actor=MAKER, at=town.now) == 1
        self.walks(town, times=2)

        assert [town.points_of(member) for member in self.members] == [50, 50, 50]
        assert states(campaign) == ["DONE"] * 3
        assert Dispatch.objects.filter(campaign=campaign).count() == 3
        assert not parked_of(campaign.pk)

    def test_is_not_who_was_stopped_with_the_campaign(self, town, campaign):
        end_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now, reason="over")

        assert Participant.objects.filter(state="STOPPED").count() == 1
        assert not parked_of(campaign.pk)


def set_poison(*, breaks: bool) -> None:
    template = MessageTemplate.objects.get(key="poison")
    template.document.pop("breaks", None)
    template.document |= {"breaks": True} if breaks else {}
    template.save()


class TestPuttingBack:
    def test_leaves_what_another_decided_on_meanwhile(self, town):
        member = town.member(1)
        town.told()
        due(town, [member], channels=["EMAIL"])
        row = Dispatch.objects.get(nature="MARKETING")
        work_off(at=town.now)

        put_back([row.pk], of=["WAITING", "DELAYED"], at=town.now)

        assert fates() == {("SENT", ""): 1}
