"""What the mail provider tells, through its webhook."""

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from campaigns.models import DispatchEvent, Suppression
from campaigns.services.suppressions import lift_suppression, read_address, suppressed
from loyalty.errors import InvalidRequest
from tests.campaigns.messages.sent import agree, sent
from tests.members.shop import Shop

pytestmark = pytest.mark.django_db

urlpatterns = [path("news/provider/", include("anymail.urls"))]
ADDRESS = "anna@example.nl"


@pytest.fixture(autouse=True)
def _provider(settings: Any, shop: Shop) -> None:
    settings.ROOT_URLCONF = __name__
    settings.ANYMAIL = {"WEBHOOK_SECRET": "name:word"}
    sent(shop.anna, provider_id="p-1")


def tell(client: Client, kind: str, word: str = "word", **more: Any) -> int:
    said = {"RecordType": kind, "MessageID": "p-1", "Recipient": ADDRESS, "Email": ADDRESS}
    secret = base64.b64encode(f"name:{word}".encode()).decode()
    answer = client.post(
        "/news/provider/postmark/tracking/",
        json.dumps(said | more),
        content_type="application/json",
        headers={"authorization": f"Basic {secret}"},
    )
    return answer.status_code


def told() -> list[tuple[str, str]]:
    return list(DispatchEvent.objects.order_by("pk").values_list("kind", "detail"))


class TestFeedback:
    def test_notes_what_arrived_once(self, client: Client) -> None:
        for _time in range(2):
            assert tell(client, "Delivery") == 200
        assert told() == [("DELIVERED", "")]

    def test_counts_openings_of_who_agreed_only(self, client: Client, shop: Shop) -> None:
        tell(client, "Open")
        assert told() == []
        agree(shop.anna, "PROFILING", "ANY")
        tell(client, "Open")
        assert told() == [("OPENED", "")]

    def test_writes_no_more_to_an_address_that_never_works(self, client: Client) -> None:
        tell(client, "Bounce", Type="HardBounce", ID=1)
        assert told() == [("BOUNCED", "hard")]
        assert suppressed(channel="EMAIL", addresses=["ANNA@example.nl ", "bo@example.nl"]) == {
            "ANNA@example.nl "
        }
        assert ADDRESS not in str(list(Suppression.objects.values()))

    def test_tries_again_after_a_full_mailbox(self, client: Client) -> None:
        tell(client, "Bounce", Type="SoftBounce", ID=1)
        assert told() == [("BOUNCED", "soft")]
        assert not Suppression.objects.exists()

    def test_writes_no_more_to_who_calls_it_spam(self, client: Client) -> None:
        tell(client, "SpamComplaint", ID=1)
        assert told() == [("COMPLAINED", "")]
        assert Suppression.objects.get().reason == "COMPLAINED"
        assert lift_suppression(channel="EMAIL", address=ADDRESS)
        assert not lift_suppression(channel="EMAIL", address=ADDRESS)

    def test_hears_nobody_who_cannot_prove_it(self, client: Client) -> None:
        assert tell(client, "SpamComplaint", word="guess", ID=1) == 400
        assert told() == []

    def test_knows_no_messages_of_others(self, client: Client) -> None:
        assert tell(client, "SpamComplaint", MessageID="p-2", ID=1) == 200
        assert not Suppression.objects.exists()


class TestReadAddress:
    def test_knows_an_address_from_a_number(self) -> None:
        assert read_address("Anna@Example.nl") == ("EMAIL", "anna@example.nl")
        assert read_address("0612345678")[0] == "SMS"
        with pytest.raises(InvalidRequest):
            read_address("2990000000019")
