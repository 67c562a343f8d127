"""Mail and news of the house itself: by the gate, with a written fate, to who asked for silence too."""

from datetime import datetime

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Dispatch
from campaigns.services.suppressions import suppress
from loyalty.events import dispatch_pending
from members.models import Membership, Message
from members.services.erasure import erase_member
from members.services.messages import MessageDraft
from members.services.outgoing import announce
from tests.portal.shop import Shop

LOGIN = "/accounts/login/code/"


@pytest.fixture(autouse=True)
def _in_english(client: Client, shop: Shop) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def letters() -> list[tuple[str, str, str]]:
    rows = Dispatch.objects.filter(source="accounts").order_by("created_at", "pk")
    return list(rows.values_list("template", "fate", "reason"))


def ask_code(client: Client, email: str) -> str:
    return client.post(LOGIN, {"email": email}, follow=True).content.decode()


class TestMailOfAccounts:
    def test_has_its_fate_with_its_member(self, client: Client, anna: Membership) -> None:
        ask_code(client, "anna@example.nl")

        [left] = mail.outbox
        row = Dispatch.objects.get(source="accounts")
        assert (row.member_id, row.membership_id) == (anna.member_id, None)
        assert (row.nature, row.purpose, row.fate) == ("SERVICE", "", "SENT")
        assert row.template == "login_code"
        assert left.extra_headers["Message-ID"] == f"<{row.pk}@trouw>"
        assert "List-Unsubscribe" not in left.extra_headers

    def test_is_kept_of_nobody_when_nobody_has_the_address(self, client: Client) -> None:
        ask_code(client, "nobody@example.nl")
        ask_code(Client(), "nobody2@example.nl")

        assert [letter[1] for letter in letters()] == ["SENT", "SENT"]
        assert set(Dispatch.objects.values_list("member_id", flat=True)) == {None}

    @pytest.mark.parametrize("reason", ["COMPLAINED", "ASKED"])
    def test_still_lets_in_who_wants_no_other_mail(
        self, client: Client, anna: Membership, now: datetime, reason: str
    ) -> None:
        suppress(
            channel="EMAIL", address="anna@example.nl", reason=reason, actor="provider", at=now
        )
        ask_code(client, "anna@example.nl")
        assert letters() == [("login_code", "SENT", "")]

    def test_is_not_sent_to_an_address_that_does_not_exist_and_says_so(
        self, client: Client, anna: Membership, now: datetime
    ) -> None:
        suppress(
            channel="EMAIL", address="anna@example.nl", reason="BOUNCED", actor="provider", at=now
        )
        page = ask_code(client, "anna@example.nl")

        assert letters() == [("login_code", "DROPPED", "suppressed")]
        assert mail.outbox == []
        assert "Our mail could not be sent." in page

    def test_says_when_the_mail_server_cannot_be_reached(
        self, client: Client, anna: Membership, settings: Settings
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = ask_code(client, "anna@example.nl")

        assert letters() == [("login_code", "FAILED", "unreachable")]
        assert "Our mail could not be sent." in page


class TestNewsOfTheHouse:
    def draft(self, membership: Membership, now: datetime) -> MessageDraft:
        words = {"nl": "Hallo", "en": "Hello"}
        return MessageDraft(
            membership_id=membership.pk,
            key="hello",
            kind="service",
            title=words,
            text=words,
            sent_at=now,
        )

    def test_has_one_fate_however_often_it_is_told(self, anna: Membership, now: datetime) -> None:
        announce(messages=[self.draft(anna, now)])
        announce(messages=[self.draft(anna, now)] * 2)

        row = Dispatch.objects.get(source="news")
        assert (row.key, row.fate, row.sent_at) == (f"news:{anna.pk}:hello", "SENT", now)
        assert (row.channel, row.nature) == ("INBOX", "SERVICE")
        assert Message.objects.filter(membership=anna, key="hello").count() == 1

    def test_is_not_put_in_the_box_of_who_is_gone(self, anna: Membership, now: datetime) -> None:
        erase_member(member_id=anna.member_id, reason="asked", actor="console:bas", at=now)
        announce(messages=[self.draft(anna, now)])

        row = Dispatch.objects.get(source="news")
        assert (row.fate, row.reason, row.sent_at) == ("DROPPED", "gone", None)
        assert not Message.objects.filter(membership=anna).exists()

    def test_is_what_an_enrolment_leads_to(self, anna: Membership) -> None:
        while dispatch_pending(at=timezone.now()):
            pass
        assert Dispatch.objects.get(source="news").template == "welcome"
