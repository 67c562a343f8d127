"""Messages in the console: written by clicks, seen as a member gets them."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from campaigns.models import ContactPolicy, Dispatch, MessageTemplate, Suppression
from campaigns.services.policies import kept_policy
from loyalty.models import Programme
from members.models import Membership, User
from tests.campaigns.messages.sent import ID, keep_template, sent

pytestmark = pytest.mark.django_db

LIST = "/console/campaigns/messagetemplate/"
ADD = f"{LIST}add/"
SentIn = Callable[..., User]
WRITTEN = {
    "name": "Herfst",
    "subject_nl": "Herfst bij {programme}",
    "subject_en": "Autumn at {programme}",
    "b0-kind": "heading",
    "b0-text_nl": "Hoi {given_name}",
    "b0-text_en": "Hi {given_name}",
    "b1-kind": "button",
    "b1-text_nl": "Kijk",
    "b1-text_en": "Look",
    "b1-link": "/rewards/",
}


@pytest.fixture
def marketer(sign_in: SentIn) -> User:
    return sign_in("marketer")


def page_of(template: MessageTemplate) -> str:
    return reverse("admin:campaigns_messagetemplate_change", args=[template.pk])


@pytest.mark.usefixtures("marketer")
class TestWriting:
    def test_keeps_what_was_filled_in(self, client: Client) -> None:
        answer = client.post(ADD, WRITTEN | {"deed": "save"})
        kept = MessageTemplate.objects.get()
        assert answer["Location"] == page_of(kept)
        assert kept.document == {
            "email": {
                "subject": {"nl": "Herfst bij {programme}", "en": "Autumn at {programme}"},
                "blocks": [
                    {
                        "block": "heading",
                        "text": {"nl": "Hoi {given_name}", "en": "Hi {given_name}"},
                    },
                    {"block": "button", "text": {"nl": "Kijk", "en": "Look"}, "link": "/rewards/"},
                ],
            }
        }

    def test_shows_what_is_kept_and_saves_it_as_it_was(
        self, client: Client, programme: Programme
    ) -> None:
        template = keep_template(programme)
        page = client.get(page_of(template))
        fields = {
            field.name: field.value
            for part in ("head", "sms", "wallet")
            for field in page.context[part]
        }
        fields |= {f.name: f.value for _title, note in page.context["notes"] for f in note}
        for block in page.context["blocks"]:
            fields[f"b{block.number}-kind"] = block.kind
            fields |= {field.name: field.value for field in block.fields}
        client.post(page_of(template), fields | {"name": template.name, "deed": "save"})
        template.refresh_from_db()
        assert template.version == 1

    @pytest.mark.parametrize(
        ("deed", "kinds"),
        [
            ("add-text", ["heading", "button", "text"]),
            ("remove-0", ["button"]),
            ("down-0", ["button", "heading"]),
            ("up-0", ["heading", "button"]),
            ("add-nothing", ["heading", "button"]),
            ("remove-9", ["heading", "button"]),
        ],
    )
    def test_moves_blocks_by_clicks_and_saves_nothing_yet(
        self, client: Client, deed: str, kinds: list[str]
    ) -> None:
        page = client.post(ADD, WRITTEN | {"deed": deed})
        assert [block.kind for block in page.context["blocks"]] == kinds
        assert not MessageTemplate.objects.exists()

    def test_keeps_the_words_of_a_block_that_moves(self, client: Client) -> None:
        page = client.post(ADD, WRITTEN | {"deed": "down-0"})
        assert [block.fields[0].value for block in page.context["blocks"]] == [
            "Kijk",
            "Hoi {given_name}",
        ]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("b0-text_nl", "Hoi {wachtwoord}"),
            ("b1-link", "javascript:alert(1)"),
            ("subject_en", ""),
            ("name", ""),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, client: Client, field: str, value: str
    ) -> None:
        page = client.post(ADD, WRITTEN | {field: value, "deed": "save"})
        assert f'id="id_{field}_error"' in page.content.decode()
        assert not MessageTemplate.objects.exists()

    def test_takes_in_the_ready_made_ones_and_copies_one(
        self, client: Client, programme: Programme
    ) -> None:
        client.post(reverse("admin:campaigns_messagetemplate_ready_made"))
        assert MessageTemplate.objects.count() == 6
        welcome = MessageTemplate.objects.get(key="welcome")
        client.post(reverse("admin:campaigns_messagetemplate_copy", args=[welcome.pk]))
        assert MessageTemplate.objects.filter(document=welcome.document).count() == 2
        assert "Welkom" in client.get(LIST).content.decode()


@pytest.mark.usefixtures("marketer")
class TestSeeing:
    def test_shows_the_mail_in_a_frame_that_may_do_nothing(self, client: Client) -> None:
        page = client.post(ADD, WRITTEN | {"b0-text_nl": "<script>x</script>", "deed": "look"})
        said = page.content.decode()
        assert 'sandbox=""' in said
        assert "default-src &#x27;none&#x27;" in said
        assert "<script>x" not in said
        assert "&lt;script" in page.context["preview"]["frame"]

    def test_fills_it_in_for_a_member_in_their_language(
        self, client: Client, anna: Membership
    ) -> None:
        asked = {"deed": "look", "p-member": "card:2990000000019", "p-language": "en"}
        preview = client.post(ADD, WRITTEN | asked).context["preview"]
        assert preview["made"].subject == "Autumn at Kleur & Co"
        assert "Hi Anna" in preview["made"].text

    def test_says_when_there_is_no_such_member(self, client: Client) -> None:
        asked = {"deed": "look", "p-member": "card:2990000000026"}
        assert "no member" in client.post(ADD, WRITTEN | asked).context["preview"]["problem"]

    def test_counts_the_parts_of_an_sms(self, client: Client) -> None:
        asked = {"deed": "look", "p-channel": "SMS", "sms-text_nl": "x" * 150, "sms-text_en": "x"}
        preview = client.post(ADD, WRITTEN | asked).context["preview"]
        assert preview["parts"] == 2  # the way to stop is counted as well
        assert preview["problem"] == ""


@pytest.mark.usefixtures("marketer")
class TestSentAndNotSent:
    def test_says_in_words_what_became_of_a_message(self, client: Client, anna: Membership) -> None:
        sent(anna)
        other = {"id": UUID(int=ID.int + 1), "key": "b", "fate": "DROPPED", "sent_at": None}
        sent(anna, reason="no_consent", **other)
        said = client.get(reverse("admin:campaigns_dispatch_changelist")).content.decode()
        assert "the member did not agree to it on this channel" in said
        assert "anna@example.nl" not in said

    def test_finds_those_of_one_member(self, client: Client, anna: Membership) -> None:
        sent(anna)
        listed = reverse("admin:campaigns_dispatch_changelist")
        assert (
            len(client.get(listed, {"member": "card:2990000000019"}).context["cl"].result_list) == 1
        )
        assert not client.get(listed, {"member": "card:2990000000026"}).context["cl"].result_list
        assert not client.get(listed, {"fate": "FAILED"}).context["cl"].result_list

    def test_stands_on_the_page_of_the_member(self, client: Client, anna: Membership) -> None:
        sent(anna)
        page = client.get(
            reverse("admin:members_member_change", args=[anna.member_id]), {"tab": "contact"}
        )
        assert "Sent on 22 November 2026" in page.content.decode()


class TestPolicy:
    ADDRESS = "/console/campaigns/contactpolicy/"
    SAID = {
        "cap": "3",
        "cap_days": "14",
        "quiet_from": "20:00",
        "quiet_until": "09:00",
        "patience_days": "2",
        "holdout": "10",
    }

    def test_says_in_words_what_holds(self, client: Client, marketer: User) -> None:
        said = client.get(self.ADDRESS).content.decode()
        assert "A member gets at most 2 messages in 7 days, over all channels together." in said
        assert "Between 21:00 and 08:00" in said

    def test_is_set_and_keeps_its_salt(self, client: Client, marketer: User) -> None:
        kept_policy(programme_id=Programme.objects.get().pk)
        before = ContactPolicy.objects.get()
        client.post(self.ADDRESS, self.SAID)
        after = ContactPolicy.objects.get()
        assert (after.cap, after.cap_days, after.holdout) == (3, 14, 10)
        assert after.salt == before.salt
        assert after.quiet_from.hour == 20

    def test_refuses_what_makes_no_sense(self, client: Client, marketer: User) -> None:
        client.post(self.ADDRESS, self.SAID | {"holdout": "80"})
        assert not ContactPolicy.objects.exists()

    def test_is_not_for_the_desk(self, client: Client, sign_in: SentIn) -> None:
        sign_in("service desk")
        assert client.get(self.ADDRESS).status_code == 403
        assert client.post(self.ADDRESS, self.SAID).status_code == 403


class TestAddressesNotWrittenTo:
    ADDRESS = "/console/campaigns/suppression/"

    def test_are_looked_up_added_and_lifted_one_by_one(
        self, client: Client, sign_in: SentIn
    ) -> None:
        sign_in("service desk")
        typed = {"address": "Bo@example.nl"}
        assert "may be written to" in client.post(self.ADDRESS, typed).content.decode()
        client.post(self.ADDRESS, typed | {"deed": "add"})
        assert Suppression.objects.get().reason == "ASKED"
        assert "Yes, since" in client.post(self.ADDRESS, typed).content.decode()
        assert "example.nl" not in client.get(self.ADDRESS).content.decode()
        client.post(self.ADDRESS, typed | {"deed": "lift"})
        assert not Suppression.objects.exists()

    def test_says_when_it_is_no_address(self, client: Client, sign_in: SentIn) -> None:
        sign_in("service desk")
        said = client.post(self.ADDRESS, {"address": "nonsense", "deed": "add"}).content.decode()
        assert "no address and no number" in said
        assert not Suppression.objects.exists()

    def test_are_not_for_marketers(self, client: Client, marketer: User) -> None:
        assert client.post(self.ADDRESS, {"address": "bo@example.nl"}).status_code == 403


@pytest.mark.usefixtures("marketer")
class TestATest:
    ASKED = WRITTEN | {"deed": "test", "p-language": "en"}

    def test_is_mailed_to_the_colleague_as_it_stands(
        self, client: Client, marketer: User, programme: Programme
    ) -> None:
        page = client.post(ADD, self.ASKED).content.decode()
        [letter] = mail.outbox
        assert letter.to == [marketer.email]
        assert letter.subject == f"[test] Autumn at {programme.name}"
        assert "Hi Sanne" in letter.body
        assert f"{settings.BASE_URL}/rewards/" in letter.body
        assert f"Mailed to {marketer.email}, marked as a test." in page
        assert not MessageTemplate.objects.exists()
        assert not Dispatch.objects.exists()

    def test_is_not_mailed_while_something_is_wrong(self, client: Client) -> None:
        page = client.post(ADD, self.ASKED | {"subject_nl": ""}).content.decode()
        assert mail.outbox == []
        assert "see what is marked below." in page

    def test_is_not_mailed_more_often_than_somebody_reads(self, client: Client) -> None:
        for _ in range(20):
            client.post(ADD, self.ASKED)
        page = client.post(ADD, self.ASKED).content.decode()
        assert len(mail.outbox) == 20
        assert "Wait an hour before the next." in page

    def test_says_when_the_mail_server_is_not_there(
        self, client: Client, settings: Settings
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        page = client.post(ADD, self.ASKED).content.decode()
        assert "Is the mail server there?" in page
