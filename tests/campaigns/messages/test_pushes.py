"""Browsers that agreed to be woken."""

from datetime import timedelta

import pytest

from campaigns.models import PushSubscription
from campaigns.services.pushes import MOST, Browser, add_push, pushes_of, remove_push
from loyalty.errors import InvalidRequest
from tests.members.shop import NOON, Shop

pytestmark = pytest.mark.django_db

HERE = "https://push.example.org/abc"


def browser(endpoint: str = HERE, p256dh: str = "BAb-_9", auth: str = "a1") -> Browser:
    return Browser(endpoint=endpoint, p256dh=p256dh, auth=auth)


class TestAddPush:
    def test_keeps_a_browser_once(self, shop: Shop) -> None:
        add_push(membership_id=shop.anna.pk, browser=browser(), at=NOON)
        add_push(membership_id=shop.anna.pk, browser=browser(auth="b2"), at=NOON)
        assert [each.auth for each in pushes_of(shop.anna.pk)] == ["b2"]

    def test_lets_the_oldest_go_for_the_newest(self, shop: Shop) -> None:
        for number in range(MOST + 2):
            at = NOON + timedelta(days=number)
            add_push(membership_id=shop.anna.pk, browser=browser(f"{HERE}{number}"), at=at)
        kept = {each.endpoint for each in pushes_of(shop.anna.pk)}
        assert kept == {f"{HERE}{number}" for number in range(2, MOST + 2)}

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://push.example.org/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://db.internal/",
            "https://push.example.org:8080/",
            "https://a@push.example.org/",
            "https://push.example.org/" + "x" * 500,
            "",
        ],
    )
    def test_refuses_addresses_that_could_be_ours(self, shop: Shop, endpoint: str) -> None:
        with pytest.raises(InvalidRequest):
            add_push(membership_id=shop.anna.pk, browser=browser(endpoint), at=NOON)
        assert not PushSubscription.objects.exists()

    def test_refuses_what_is_no_key(self, shop: Shop) -> None:
        with pytest.raises(InvalidRequest):
            add_push(membership_id=shop.anna.pk, browser=browser(p256dh="<script>"), at=NOON)


class TestRemovePush:
    def test_forgets_this_browser_or_all_of_them(self, shop: Shop) -> None:
        for end in "abc":
            add_push(membership_id=shop.anna.pk, browser=browser(HERE + end), at=NOON)
        assert remove_push(membership_id=shop.anna.pk, endpoint=HERE + "a") == 1
        assert remove_push(membership_id=shop.anna.pk + 1) == 0
        assert remove_push(membership_id=shop.anna.pk) == 2
