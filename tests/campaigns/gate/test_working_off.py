"""From a step in a campaign to the mail that left, and every fate in between."""

from datetime import UTC, datetime

from django.core import mail
from django.db.models import QuerySet

from campaigns.experiments.allocation import Share, is_in
from campaigns.models import ContactPolicy, Dispatch, Participant
from campaigns.services.campaigns import end_campaign, pause_campaign, resume_campaign
from campaigns.services.gate import work_off
from campaigns.services.suppressions import suppress
from members.models import Member, Message
from members.services.consents import record_consent
from tests.campaigns.journeys.town import DAY, MAKER, MESSAGE, MINUTE, Town, document

MAIL = {**MESSAGE, "channels": ["EMAIL"]}
BOX = {**MESSAGE, "channels": ["INBOX"]}


def asked() -> QuerySet[Dispatch]:
    """What campaigns asked for; news of the house's own has its fate beside it."""
    return Dispatch.objects.filter(nature="MARKETING")


def fates() -> list[tuple[str, str]]:
    return list(asked().order_by("created_at", "pk").values_list("fate", "reason"))


def greeted(town: Town, *steps: dict, number: int = 1, agrees: bool = True, **settings):
    town.live("welcome", document(*steps), **settings)
    membership = town.member(number, agrees=agrees)
    town.told()
    return membership


class TestWorkOff:
    def test_sends_a_mail_once_with_a_way_to_stop(self, town):
        greeted(town, MAIL)

        assert work_off(at=town.now) == 1
        assert work_off(at=town.now) == 0

        (left,) = mail.outbox
        assert left.to == ["member1@example.nl"]
        assert left.subject == "Welkom"
        assert left.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert left.extra_headers["List-Unsubscribe"].startswith("<http://testserver/news/stop/")
        dispatch = asked().get()
        assert (dispatch.fate, dispatch.sent_at) == ("SENT", town.now)
        assert dispatch.provider_id == f"<{dispatch.pk}@trouw>"

    def test_puts_it_in_the_message_box_in_both_languages(self, town):
        greeted(town, BOX)

        work_off(at=town.now)

        message = Message.objects.get(kind="offer")
        assert (message.title_nl, message.title_en) == ("Welkom", "Welcome")
        assert fates() == [("SENT", "")]

    def test_asks_for_consent_when_it_leaves(self, town):
        membership = greeted(town, MAIL)
        record_consent(
            member_id=membership.member_id,
            purpose="OFFERS",
            channel="ANY",
            is_given=False,
            text_version="",
            touchpoint="portal",
            actor="portal",
            at=town.now + MINUTE,
        )

        work_off(at=town.now + MINUTE)

        assert fates() == [("DROPPED", "no_consent")]
        assert mail.outbox == []

    def test_sends_nothing_to_an_address_that_complained(self, town):
        greeted(town, MAIL)
        suppress(
            channel="EMAIL",
            address="member1@example.nl",
            reason="COMPLAINED",
            actor="provider",
            at=town.now,
        )

        work_off(at=town.now)

        assert fates() == [("DROPPED", "suppressed")]
        assert mail.outbox == []

    def test_sends_nothing_to_who_is_held_out_of_everything_by_now(self, town):
        greeted(town, MAIL)
        ContactPolicy.objects.update(holdout=50, salt="x")
        held = asked().get().member_id
        salt = next(salt for salt in map(str, range(100)) if _is_held(salt, held))
        ContactPolicy.objects.update(salt=salt)

        work_off(at=town.now)

        assert fates() == [("HELD_OUT", "held_out")]
        assert mail.outbox == []

    def test_waits_through_the_night_and_goes_in_the_morning(self, town):
        town.now = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
        greeted(town, MAIL)

        work_off(at=town.now)

        assert fates() == [("DELAYED", "quiet")]
        morning = datetime(2026, 11, 25, 7, tzinfo=UTC)
        assert asked().get().not_before == morning
        work_off(at=morning - MINUTE)
        assert mail.outbox == []
        work_off(at=morning)
        assert fates() == [("SENT", "")]

    def test_counts_all_channels_for_the_cap_the_most_important_first(self, town):
        ContactPolicy.objects.update(cap=1)
        town.live("low", document(BOX), priority=10)
        town.live("high", document(MAIL), priority=90)
        town.member(1)
        town.told()

        work_off(at=town.now)

        assert [each.source for each in asked().filter(fate="SENT")] == ["campaign:high"]
        assert fates().count(("DROPPED", "cap")) == 1
        assert len(mail.outbox) == 1

    def test_keeps_what_a_paused_campaign_had_to_say(self, town):
        campaign = town.live("welcome", document(MAIL))
        town.member(1)
        town.told()
        pause_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)

        work_off(at=town.now)
        assert fates() == [("DELAYED", "paused")]
        resume_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now)
        work_off(at=town.now + 15 * MINUTE)

        assert fates() == [("SENT", "")]

    def test_drops_what_an_ended_campaign_had_to_say(self, town):
        campaign = town.live("welcome", document(MAIL))
        town.member(1)
        town.told()
        end_campaign(campaign_id=campaign.pk, actor=MAKER, at=town.now, reason="over")

        work_off(at=town.now)

        assert fates() == [("DROPPED", "ended")]

    def test_drops_what_waited_too_long(self, town):
        greeted(town, MAIL)

        work_off(at=town.now + 4 * DAY)

        assert fates() == [("DROPPED", "patience")]

    def test_drops_what_was_for_somebody_who_is_gone(self, town):
        membership = greeted(town, MAIL)
        Member.objects.filter(pk=membership.member_id).update(
            erased_at=town.now, given_name="", family_name=""
        )

        work_off(at=town.now)

        assert fates() == [("DROPPED", "gone")]

    def test_never_sends_again_what_broke_off(self, town):
        greeted(town, MAIL)
        asked().update(fate="SENDING", decided_at=town.now)

        work_off(at=town.now + 16 * MINUTE)

        assert fates() == [("UNKNOWN", "broken_off")]
        assert mail.outbox == []

    def test_says_when_a_mail_server_cannot_be_reached(self, town, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        greeted(town, MAIL)

        work_off(at=town.now)
        work_off(at=town.now + 16 * MINUTE)

        assert fates() == [("FAILED", "unreachable")]

    def test_needs_no_more_queries_for_many(self, town, django_assert_max_num_queries):
        town.live("welcome", document(MAIL))
        for number in range(12):
            town.member(number)
        town.told()

        with django_assert_max_num_queries(40):
            work_off(at=town.now)

        assert len(mail.outbox) == 12
        assert Participant.objects.filter(state="DONE").count() == 12


def _is_held(salt: str, member_id) -> bool:
    return is_in(Share(salt, 50), member_id)


class TestTheNextChannel:
    """Of a message by the first channel that reaches: at most one, whatever closes meanwhile."""

    FIRST = {**MESSAGE, "channels": ["EMAIL", "INBOX"]}

    def withdraw(self, membership, town, channel="EMAIL"):
        record_consent(
            member_id=membership.member_id,
            purpose="OFFERS",
            channel=channel,
            is_given=False,
            text_version="",
            touchpoint="portal",
            actor="portal",
            at=town.now,
        )

    def fates(self):
        rows = asked().order_by("created_at", "pk")
        return list(rows.values_list("channel", "fate", "reason"))

    def test_is_taken_when_the_first_is_closed_by_then(self, town):
        membership = greeted(town, self.FIRST)
        self.withdraw(membership, town)

        work_off(at=town.now)
        work_off(at=town.now)

        assert self.fates() == [("EMAIL", "DROPPED", "no_consent"), ("INBOX", "SENT", "")]
        assert mail.outbox == []
        assert Message.objects.filter(kind="offer").count() == 1

    def test_is_not_taken_when_the_first_was_open(self, town):
        greeted(town, self.FIRST)
        work_off(at=town.now)
        work_off(at=town.now)
        assert self.fates() == [("EMAIL", "SENT", "")]

    def test_is_not_taken_for_what_is_no_matter_of_channels(self, town):
        greeted(town, self.FIRST)
        work_off(at=town.now + 4 * DAY)
        assert self.fates() == [("EMAIL", "DROPPED", "patience")]

    def test_ends_when_all_are_closed(self, town):
        membership = greeted(town, self.FIRST)
        self.withdraw(membership, town, "ANY")
        for _ in range(3):
            work_off(at=town.now)
        assert [fate[1:] for fate in self.fates()] == [("DROPPED", "no_consent")] * 2
