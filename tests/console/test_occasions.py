"""Occasions: made in a form, read back as a sentence, published and stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from rewards.models import Occasion
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/rewards/occasion/"
SignIn = Callable[..., Any]


def said(*rewards: Any, **changes: Any) -> dict[str, Any]:
    return {
        "name_nl": "Welkom",
        "name_en": "Welcome",
        "when": "JOINED",
        "question": "",
        "days_ahead": "",
        "tier": "",
        "points": "",
        "count": "",
        "days": "",
        "does": "GIVE",
        "rewards": [str(each.pk) for each in rewards],
        "chances": "",
        "valid_days": "30",
        "for_segments": "",
        "starts_on": "",
        "ends_on": "2099-12-31",
        **changes,
    }


class TestMakingAnOccasion:
    def test_reads_back_as_a_sentence_and_is_published_and_stopped(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        reward = a_reward(programme, name_en="Brush", name_nl="Kwast")

        shown = text(client.post(f"{LIST}add/", said(reward), follow=True))

        occasion = Occasion.objects.get()
        assert (occasion.key, occasion.state) == ("welcome", "DRAFT")
        sentence = "When they join members get “Brush”; up to and including 31 December 2099."
        assert f"Saved, not live yet: {sentence}" in shown
        client.post(f"{LIST}{occasion.pk}/publish/")
        occasion.refresh_from_db()
        assert occasion.state == "LIVE"
        client.post(f"{LIST}{occasion.pk}/stop/")
        occasion.refresh_from_db()
        assert occasion.state == "STOPPED"

    def test_a_surprise_has_its_chances(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        brush, paint = a_reward(programme, name_en="Brush"), a_reward(programme, name_en="Paint")
        asked = {"does": "SURPRISE", "chances": "3, 1", "when": "PURCHASES", "count": "5"}

        shown = text(client.post(f"{LIST}add/", said(brush, paint, **asked), follow=True))

        occasion = Occasion.objects.get()
        assert occasion.params == {"count": 5, "repeats": False}
        assert dict(occasion.choices.values_list("reward", "weight")) == {brush.pk: 3, paint.pk: 1}
        assert "After 5 purchases members get a surprise out of “Brush”, “Paint”" in shown
        assert "Brush: 75%" in shown

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"rewards": []}, "rewards"),
            ({"does": "CHOICE"}, "rewards"),
            ({"when": "PURCHASES"}, "count"),
            ({"when": "INACTIVE", "days": "0"}, "days"),
            ({"chances": "1, 2"}, "chances"),
            ({"chances": "many"}, "chances"),
            ({"starts_on": "2100-01-01"}, "ends_on"),
            ({"valid_days": "0"}, "valid_days"),
        ],
    )
    def test_what_makes_no_occasion_stores_nothing(
        self,
        client: Client,
        sign_in: SignIn,
        programme: Programme,
        changes: dict[str, Any],
        field: str,
    ) -> None:
        sign_in("marketer")
        answer = client.post(f"{LIST}add/", said(a_reward(programme), **changes))
        assert field in answer.context["adminform"].form.errors
        assert not Occasion.objects.exists()

    def test_another_programmes_reward_is_not_offered(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        other = a_reward(Programme.objects.create(slug="other", name="Other"))
        answer = client.post(f"{LIST}add/", said(other))
        assert "rewards" in answer.context["adminform"].form.errors
        assert not Occasion.objects.exists()

    def test_changing_keeps_the_key_and_what_was_said(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        reward = a_reward(programme)
        client.post(f"{LIST}add/", said(reward, when="INACTIVE", days="60"))
        occasion = Occasion.objects.get()
        form = client.get(f"{LIST}{occasion.pk}/change/").context["adminform"].form
        assert (form.initial["when"], form.initial["days"]) == ("INACTIVE", 60)

        client.post(
            f"{LIST}{occasion.pk}/change/",
            said(reward, when="INACTIVE", days="90", name_en="Come back"),
        )

        occasion.refresh_from_db()
        assert (occasion.key, occasion.params) == ("welcome", {"days": 90})


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
            client.post(f"{LIST}add/", said(a_reward(programme), name_en=f"Occasion {number}"))
        with django_assert_max_num_queries(11):
            assert "Occasion 3" in text(client.get(LIST))

    def test_is_not_the_service_desks(self, client: Client, sign_in: SignIn) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}add/").status_code == 403
