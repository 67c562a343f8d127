from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.services.adjustments import adjust_points
from members.models import Membership
from members.selectors import account_of
from rewards.models import Redemption, Reward
from rewards.services.redemption import redeem_reward
from tests.console.conftest import NOON

LIST = "/console/rewards/reward/"
SAMPLES = {
    "name_nl": "Gratis kleurstalen",
    "name_en": "Free colour samples",
    "description_nl": "",
    "description_en": "",
    "points": "150",
    "stock": "40",
    "limit_per_member": "2",
    "starts_on": "",
    "ends_on": "2099-12-31",
    "voucher_valid_days": "90",
}


def text(response: Any) -> str:
    return str(response.content.decode())


def make(client: Client, **changes: Any) -> Reward:
    client.post(f"{LIST}add/", {**SAMPLES, **changes})
    return Reward.objects.get()


class TestMakingAReward:
    def test_it_reads_back_as_a_sentence_and_can_be_redeemed_once_live(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("marketer")
        saved = text(client.post(f"{LIST}add/", SAMPLES, follow=True))
        sentence = (
            "Free colour samples: 150 points, up to and including 31 December 2099, "
            "at most 2 per member, 40 left in stock."
        )
        assert f"Saved, not live yet: {sentence}" in saved
        assert "Gratis kleurstalen: 150 punten, tot en met 31 december 2099" in saved
        reward = Reward.objects.get()
        assert (reward.key, reward.state) == ("free-colour-samples", Reward.State.DRAFT)

        client.post(f"{LIST}{reward.pk}/publish/")
        reward.refresh_from_db()
        assert reward.state == Reward.State.LIVE
        adjust_points(
            account_id=account_of(anna), points=500, reason="x", actor="t", at=NOON, key="k"
        )
        redeem_reward(
            membership_id=anna.pk,
            reward_id=reward.pk,
            request_key="r",
            channel="web",
            actor="member",
            at=NOON,
        )
        shown = text(client.get(f"{LIST}{reward.pk}/change/"))
        assert "39 left in stock" in shown
        assert "Redeemed 1 times for 150 points in all" in shown
        assert "Free colour samples" in text(
            client.get(f"/console/members/member/{anna.member_id}/change/?tab=redemptions")
        )
        assert Redemption.objects.count() == 1

    def test_stopping_ends_it(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        reward = make(client)
        client.post(f"{LIST}{reward.pk}/publish/")
        client.post(f"{LIST}{reward.pk}/stop/")
        reward.refresh_from_db()
        assert reward.state == Reward.State.STOPPED

    def test_changing_keeps_the_key(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        reward = make(client)
        client.post(f"{LIST}{reward.pk}/change/", {**SAMPLES, "name_en": "Other", "stock": "50"})
        reward.refresh_from_db()
        assert (reward.key, reward.name_en, reward.stock.total) == (
            "free-colour-samples",
            "Other",
            50,
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"points": "0"},
            {"name_nl": ""},
            {"starts_on": "2100-01-01"},
            {"voucher_valid_days": ""},
        ],
    )
    def test_what_makes_no_reward_stores_nothing(
        self, client: Client, sign_in: Callable[..., Any], changes: dict[str, str]
    ) -> None:
        sign_in("marketer")
        response = client.post(f"{LIST}add/", {**SAMPLES, **changes})
        assert response.status_code == 200
        assert response.context["adminform"].form.errors
        assert not Reward.objects.exists()

    def test_the_service_desk_may_look_but_not_make(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 200
        assert client.post(f"{LIST}add/", SAMPLES).status_code == 403
        assert not Reward.objects.exists()


def test_the_list_costs_few_queries(
    client: Client,
    sign_in: Callable[..., Any],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    sign_in("marketer")
    for number in range(6):
        client.post(f"{LIST}add/", {**SAMPLES, "name_en": f"Reward {number}"})
    with django_assert_max_num_queries(10):
        assert "Reward 5" in text(client.get(LIST))
