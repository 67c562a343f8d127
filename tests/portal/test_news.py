"""How often a member hears from us, on the portal."""

import json
from typing import Any

import pytest
from django.test import Client

from campaigns.models import ContactChoice, PushSubscription
from members.models import Membership

pytestmark = pytest.mark.django_db

PAGE, PUSH = "/me/news/", "/me/news/push/"
BROWSER = {
    "endpoint": "https://push.example.org/abc",
    "expirationTime": None,
    "keys": {"p256dh": "BAb-_9", "auth": "a1"},
}


def chosen() -> list[int | None]:
    return list(ContactChoice.objects.values_list("at_most", flat=True))


def tell(portal: Client, said: Any) -> int:
    return portal.post(PUSH, json.dumps(said), content_type="application/json").status_code


class TestHowOften:
    def test_says_what_is_usual_and_when_it_is_quiet(self, portal: Client) -> None:
        page = portal.get(PAGE, headers={"accept-language": "nl"}).content.decode()
        assert "21:00" in page
        assert "08:00" in page
        assert chosen() == []

    @pytest.mark.parametrize(("said", "kept"), [("1", 1), ("0", 0), ("", None), ("x", None)])
    def test_keeps_what_the_member_chooses(
        self, portal: Client, said: str, kept: int | None
    ) -> None:
        portal.post(PAGE, {"at_most": said})
        assert chosen() == [kept]
        portal.post(PAGE, {"at_most": "1"})
        assert chosen() == [1]

    def test_is_never_more_than_the_policy(self, portal: Client) -> None:
        portal.post(PAGE, {"at_most": "9"})
        assert chosen() == []

    def test_keeps_the_time_zone_that_quiet_hours_go_by(self, portal: Client) -> None:
        assert '<select id="time-zone"' in portal.get(PAGE).text
        portal.post(PAGE, {"at_most": "1", "time_zone": "Asia/Tokyo"})
        assert ContactChoice.objects.get().time_zone == "Asia/Tokyo"
        assert '<option value="Asia/Tokyo" selected>Tokyo</option>' in portal.get(PAGE).text
        portal.post(PAGE, {"at_most": "1", "time_zone": "Mars/Olympus"})
        assert ContactChoice.objects.get().time_zone == "Asia/Tokyo"
        portal.post(PAGE, {"at_most": "1", "time_zone": ""})
        assert ContactChoice.objects.get().time_zone == ""

    def test_shows_the_choice_as_chosen(self, portal: Client) -> None:
        portal.post(PAGE, {"at_most": "1"})
        often = portal.get(PAGE).context["often"]
        assert [each.value for each in often if each.is_chosen] == ["1"]

    def test_asks_few_queries(self, portal: Client, django_assert_max_num_queries: Any) -> None:
        portal.get(PAGE)
        with django_assert_max_num_queries(14):
            portal.get(PAGE)


class TestPushOnThisPhone:
    def test_keeps_the_browser_and_lets_it_go(self, portal: Client, anna: Membership) -> None:
        assert tell(portal, BROWSER) == 204
        assert PushSubscription.objects.get().membership == anna
        assert tell(portal, {"endpoint": BROWSER["endpoint"]}) == 204
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize(
        "said",
        [
            {},
            [],
            "x",
            BROWSER | {"endpoint": "https://127.0.0.1/"},
            BROWSER | {"keys": {"p256dh": "x"}},
            BROWSER | {"padding": "x" * 5000},
        ],
    )
    def test_refuses_what_no_browser_says(self, portal: Client, said: Any) -> None:
        assert tell(portal, said) == 400
        assert not PushSubscription.objects.exists()

    def test_lets_all_phones_go_at_once(self, portal: Client) -> None:
        tell(portal, BROWSER)
        portal.post(PAGE, {"deed": "forget-phones"})
        assert not PushSubscription.objects.exists()

    def test_shows_notices_by_the_service_worker(self, portal: Client) -> None:
        script = portal.get("/sw.js").content.decode()
        assert "showNotification" in script
        assert "notificationclick" in script
