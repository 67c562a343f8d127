"""Stamp cards: made in a form, read back as a sentence, published and stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import EarningRule, Programme
from members.models import Membership
from rewards.models import StampCard
from tests.console.conftest import Buy
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/rewards/stampcard/"
SignIn = Callable[..., Any]


def said(reward: Any, **changes: str) -> dict[str, Any]:
    return {
        "name_nl": "Koffiekaart",
        "name_en": "Coffee card",
        "by": "purchase",
        "minimum": "5",
        "products": "",
        "per": "",
        "activity": "visit",
        "most_a_day": "2",
        "stamps": "10",
        "gives": str(reward.pk),
        "months": "12",
        "starts_on": "",
        "ends_on": "2099-12-31",
        **changes,
    }


class TestMakingACard:
    def test_reads_back_as_a_sentence_and_gives_stamps_once_live(
        self,
        client: Client,
        sign_in: SignIn,
        anna: Membership,
        buy: Buy,
        programme: Programme,
    ) -> None:
        sign_in("marketer")
        reward = a_reward(programme, name_en="Free coffee", name_nl="Gratis koffie")

        shown = text(client.post(f"{LIST}add/", said(reward), follow=True))

        card = StampCard.objects.get()
        assert (card.key, card.state, card.stamps) == ("coffee-card", "DRAFT", 10)
        assert card.collect == {"by": "purchase", "minimum": "5.00", "most_a_day": 2}
        assert card.unit.expiry == {"kind": "term", "months": 12}
        assert "A stamp for every purchase of at least €\xa05.00, 2 a day at most." in shown
        assert "Bij 10 stempels krijg je: Gratis koffie." in shown
        client.post(f"{LIST}{card.pk}/publish/")
        card.refresh_from_db()
        assert card.state == "LIVE"
        assert EarningRule.objects.filter(key=card.rule_key).exists()
        buy("50.00", receipt="1")
        assert "One member is collecting on it now." in text(client.get(f"{LIST}{card.pk}/change/"))
        client.post(f"{LIST}{card.pk}/stop/")
        card.refresh_from_db()
        assert card.state == "STOPPED"

    def test_a_live_card_keeps_its_number_of_stamps(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        reward = a_reward(programme)
        client.post(f"{LIST}add/", said(reward))
        card = StampCard.objects.get()
        client.post(f"{LIST}{card.pk}/publish/")

        client.post(f"{LIST}{card.pk}/change/", said(reward, stamps="5", name_en="Other"))

        card.refresh_from_db()
        assert (card.stamps, card.name_en, card.key) == (10, "Other", "coffee-card")

    def test_is_not_published_before_its_reward(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", said(a_reward(programme, state="DRAFT")))
        card = StampCard.objects.get()

        shown = text(client.post(f"{LIST}{card.pk}/publish/", follow=True))

        card.refresh_from_db()
        assert card.state == "DRAFT"
        assert "Publish the reward of the card first." in shown

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"stamps": "1"}, "stamps"),
            ({"by": "product"}, "products"),
            ({"by": "product", "products": "a", "categories": "paint"}, "products"),
            ({"starts_on": "2100-01-01"}, "ends_on"),
            ({"gives": "0"}, "gives"),
            ({"name_nl": ""}, "name_nl"),
        ],
    )
    def test_what_makes_no_card_stores_nothing(
        self,
        client: Client,
        sign_in: SignIn,
        programme: Programme,
        changes: dict[str, str],
        field: str,
    ) -> None:
        sign_in("marketer")
        answer = client.post(f"{LIST}add/", said(a_reward(programme), **changes))
        assert field in answer.context["adminform"].form.errors
        assert not StampCard.objects.exists()

    def test_another_programmes_reward_is_not_offered(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        other = a_reward(Programme.objects.create(slug="other", name="Other"))
        answer = client.post(f"{LIST}add/", said(other))
        assert "gives" in answer.context["adminform"].form.errors
        assert not StampCard.objects.exists()


class TestTheList:
    def test_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(4):
            client.post(f"{LIST}add/", said(a_reward(programme), name_en=f"Card {number}"))
        with django_assert_max_num_queries(11):
            assert "Card 3" in text(client.get(LIST))

    def test_is_not_the_cashiers(self, client: Client, sign_in: SignIn) -> None:
        sign_in("cashier")
        assert client.get(LIST).status_code == 403
