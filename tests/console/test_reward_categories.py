"""Categories of rewards: named in both languages, in an order, with what stands in them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from rewards.models import RewardCategory
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/rewards/rewardcategory/"
SignIn = Callable[..., Any]


@pytest.fixture
def marketer(client: Client, sign_in: SignIn) -> Client:
    sign_in("marketer")
    return client


def save(client: Client, nl: str, en: str, position: str = "", at: str = "add/") -> str:
    said = {"name_nl": nl, "name_en": en, "position": position}
    return text(client.post(f"{LIST}{at}", said, follow=True))


class TestSaving:
    def test_gives_a_key_and_the_last_place(self, marketer: Client) -> None:
        save(marketer, "Uitjes", "Days out")
        shown = save(marketer, "Korting", "Discounts")
        kept = RewardCategory.objects.values_list("key", "name_nl", "name_en", "position")
        assert list(kept) == [
            ("days-out", "Uitjes", "Days out", 0),
            ("discounts", "Korting", "Discounts", 1),
        ]
        assert "Saved: “Discounts”. 0 rewards stand in it." in shown

    def test_keeps_its_key_and_its_place_when_it_is_renamed(self, marketer: Client) -> None:
        save(marketer, "Uitjes", "Days out")
        save(marketer, "Korting", "Discounts")
        shelf = RewardCategory.objects.get(key="discounts")

        save(marketer, "Kortingen", "Money off", "", f"{shelf.pk}/change/")

        shelf.refresh_from_db()
        assert (shelf.key, shelf.name_en, shelf.position) == ("discounts", "Money off", 1)

    def test_moves(self, marketer: Client) -> None:
        save(marketer, "Uitjes", "Days out", "5")
        save(marketer, "Korting", "Discounts", "2")
        found = RewardCategory.objects.values_list("key", flat=True)
        assert list(found) == ["discounts", "days-out"]

    def test_needs_both_languages(self, marketer: Client) -> None:
        assert "This field is required." in save(marketer, "Uitjes", "")
        assert not RewardCategory.objects.exists()

    @pytest.mark.parametrize("role", ["finance", "service desk"])
    def test_is_the_marketers(self, client: Client, sign_in: SignIn, role: str) -> None:
        sign_in(role)
        assert client.post(f"{LIST}add/", {"name_nl": "A", "name_en": "B"}).status_code == 403
        assert not RewardCategory.objects.exists()


class TestTheList:
    def test_counts_what_stands_in_each_at_once(
        self,
        marketer: Client,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        save(marketer, "Uitjes", "Days out")
        save(marketer, "Korting", "Discounts")
        out, _off = RewardCategory.objects.all()
        a_reward(programme, category=out)
        a_reward(programme, category=out, state="DRAFT")
        with django_assert_max_num_queries(10):
            rows = marketer.get(LIST).context["cl"].result_list
        assert [(row.key, row.live, row.all) for row in rows] == [
            ("days-out", 1, 2),
            ("discounts", 0, 0),
        ]

    def test_says_what_will_stand_here(self, marketer: Client) -> None:
        shown = text(marketer.get(LIST))
        assert "Make a category for every kind of thing that members look for." in shown
