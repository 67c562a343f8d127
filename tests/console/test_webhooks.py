"""Who runs the house says which systems are told, and sees what came of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loyalty.models import WebhookDelivery, WebhookEndpoint
from loyalty.services.delivering import claim_due, try_delivery
from loyalty.webhooks.posting import Answered
from members.models import User

EARNED = "loyalty.points_earned.v1"
ADDRESS = "https://crm.example.com/hooks"
ROOM = "/console/loyalty/webhookendpoint"


@pytest.fixture
def page(client: Client, sign_in: Callable[..., User]) -> str:
    """The page of a webhook that was added in the console."""
    sign_in("administrator")
    said = {"url": ADDRESS, "description": "CRM", "event_names": [EARNED]}
    answer = client.post(f"{ROOM}/add/", said)
    assert answer.status_code == 200, answer.content
    return f"{ROOM}/{WebhookEndpoint.objects.get().pk}"


def answered(status: int, **more: Any) -> Callable[..., Answered]:
    return lambda *_said, **_more: Answered(status, "", 12, **more)


def send(status: int) -> None:
    now = timezone.now() + timedelta(seconds=1)
    for each in claim_due(at=now):
        try_delivery(each, at=now, post=answered(status))


class TestAWebhook:
    def test_shows_its_secret_once(self, client: Client, sign_in: Callable[..., User]) -> None:
        sign_in("administrator")
        said = {"url": ADDRESS, "description": "CRM", "event_names": [EARNED]}
        answer = client.post(f"{ROOM}/add/", said)

        assert b"whsec_" in answer.content
        assert "no-store" in answer["Cache-Control"]
        kept = WebhookEndpoint.objects.get()
        assert (kept.url, kept.description, kept.event_names) == (ADDRESS, "CRM", [EARNED])
        assert b"whsec_" not in client.get(f"{ROOM}/{kept.pk}/change/").content

    @pytest.mark.parametrize("url", ["http://crm.example.com/", "https://a:b@example.com/", "crm"])
    def test_goes_nowhere_but_to_https(
        self, client: Client, sign_in: Callable[..., User], url: str
    ) -> None:
        sign_in("administrator")
        answer = client.post(f"{ROOM}/add/", {"url": url, "description": "", "event_names": []})
        assert "Give a whole address that begins with https://" in answer.content.decode()
        assert not WebhookEndpoint.objects.exists()

    def test_that_is_there_is_not_added_twice(self, client: Client, page: str) -> None:
        answer = client.post(
            f"{ROOM}/add/", {"url": ADDRESS, "description": "", "event_names": []}, follow=True
        )
        assert "There is a webhook with this address." in answer.content.decode()
        assert WebhookEndpoint.objects.get().description == "CRM"

    def test_is_changed(self, client: Client, page: str) -> None:
        said = {"url": f"{ADDRESS}/2", "description": "CRM 2", "event_names": []}
        client.post(f"{page}/change/", said)
        kept = WebhookEndpoint.objects.get()
        assert (kept.url, kept.description, kept.event_names) == (f"{ADDRESS}/2", "CRM 2", [])


class TestItsDeliveries:
    def test_stand_on_its_page_with_their_answer(self, client: Client, page: str) -> None:
        assert "Nothing was sent yet." in client.get(f"{page}/change/").content.decode()
        client.post(f"{page}/test/")
        send(204)
        client.post(f"{page}/test/")
        send(500)

        shown = client.get(f"{page}/change/").content.decode()
        assert "Delivered" in shown
        assert "500 The receiver answered 500. 12 ms" in " ".join(shown.split())
        assert "Waiting, next try" in shown

    def test_are_sent_once_more(self, client: Client, page: str) -> None:
        client.post(f"{page}/test/")
        send(410)
        client.post(f"{page}/switch/")
        [delivery] = WebhookDelivery.objects.all()
        door = f"{ROOM}/deliveries/{delivery.pk}/again/"

        assert client.get(door).status_code == 200
        assert WebhookDelivery.objects.get().state == "FAILED"
        client.post(door)
        assert WebhookDelivery.objects.get().state == "WAITING"

    def test_are_asked_for_by_day(self, client: Client, page: str, buy: Any) -> None:
        assert client.get(f"{page}/again/").status_code == 200
        wrong = {"since": "2026-11-23", "until": "2026-11-22"}
        answer = client.post(f"{page}/again/", wrong)
        assert "The last day comes before the first." in answer.content.decode()
        answer = client.post(
            f"{page}/again/", {"since": "2026-11-22", "until": "2026-11-22"}, follow=True
        )
        assert "0 events are sent again." in answer.content.decode()

    def test_stop_and_start(self, client: Client, page: str) -> None:
        assert "Stop “CRM”?" in client.get(f"{page}/switch/").content.decode()
        client.post(f"{page}/switch/")
        assert not WebhookEndpoint.objects.get().is_active
        client.post(f"{page}/test/")
        assert not WebhookDelivery.objects.exists()
        client.post(f"{page}/switch/")
        assert WebhookEndpoint.objects.get().is_active

    def test_are_signed_anew(self, client: Client, page: str) -> None:
        assert b"whsec_" not in client.get(f"{page}/new_secret/").content
        assert b"whsec_" in client.post(f"{page}/new_secret/").content
        assert WebhookEndpoint.objects.get().secrets.count() == 2


class TestTheList:
    def test_asks_the_same_however_many_there_are(
        self, client: Client, page: str, django_assert_num_queries: Any
    ) -> None:
        client.get(f"{ROOM}/")
        first = WebhookEndpoint.objects.get()
        for number in range(3):
            WebhookEndpoint.objects.create(
                programme_id=first.programme_id,
                url=f"{ADDRESS}/{number}",
                created_at=first.created_at,
            )
        with django_assert_num_queries(7):
            assert client.get(f"{ROOM}/").status_code == 200
