"""With several programmes: every page is of the one that was chosen, and says which."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loyalty.models import ApiClient, Category, EarningRule, Location, Programme
from loyalty.services.accounts import open_programme
from loyalty.services.rules import draft_rule
from members.models import Membership
from members.services.enrolment import enrol_member
from rewards.models import Reward
from tests.console.conftest import NOON
from tests.console.rule_forms import NAMES, TWO_PER_EURO
from tests.console.test_rewards import SAMPLES

HOME = "/console/"
RULES = "/console/loyalty/earningrule/"


@pytest.fixture
def second(programme: Programme) -> Programme:
    return open_programme(
        programme=Programme(slug="club", name="De Club", point_worth=Decimal("0.02")),
        at=NOON - timedelta(days=1),
    ).programme


@pytest.fixture
def rule(second: Programme) -> EarningRule:
    return draft_rule(
        programme_id=second.pk,
        key="club",
        name_nl="Clubregel",
        name_en="Club rule",
        document={"schema": 2, "trigger": "review", "effects": [{"kind": "fixed", "points": 5}]},
        actor="staff:1",
        at=NOON,
    )


def choose(client: Client, programme: Programme, back: str = RULES) -> Any:
    said = {"programme": str(programme.pk), "next": back}
    return client.post("/console/programme/", said, follow=True)


def text(response: Any) -> str:
    return str(response.content.decode())


class TestOneProgramme:
    def test_has_nothing_to_choose(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("administrator")
        assert "console-switch" not in text(client.get(HOME))


class TestSeveralProgrammes:
    def test_the_first_is_looked_at_until_another_is_chosen(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule, second: Programme
    ) -> None:
        sign_in("administrator")
        assert "Club rule" not in text(client.get(RULES))
        shown = choose(client, second)
        assert "Club rule" in text(shown)
        assert shown.context["console_programme"] == second
        assert "Club rule" in text(client.get(RULES))

    def test_opening_what_is_of_another_is_choosing_that(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule, second: Programme
    ) -> None:
        sign_in("administrator")
        shown = client.get(f"{RULES}{rule.pk}/change/")
        assert shown.context["console_programme"] == second
        assert "Club rule" in text(client.get(RULES))

    def test_what_is_made_is_of_the_chosen_one(
        self, client: Client, sign_in: Callable[..., Any], second: Programme
    ) -> None:
        sign_in("administrator")
        choose(client, second)
        client.post(f"{RULES}add/", {**NAMES, **TWO_PER_EURO})
        client.post("/console/rewards/reward/add/", SAMPLES)
        client.post("/console/loyalty/category/add/", {"key": "k", "name_nl": "K", "name_en": "K"})
        client.post("/console/loyalty/location/add/", {"name": "Gouda"})
        client.post(
            "/console/loyalty/apiclient/add/",
            {"name": "till", "kind": "TILL", "scopes": ["members:read"]},
        )
        of = [
            model.objects.latest("pk").programme_id
            for model in (EarningRule, Reward, Category, Location, ApiClient)
        ]
        assert of == [second.pk] * 5

    def test_members_are_those_of_the_chosen_one(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        second: Programme,
    ) -> None:
        enrol_member(
            programme_id=second.pk,
            identifiers=["email:club@example.nl"],
            given_name="Cleo",
            touchpoint="api",
            actor="t",
            at=NOON,
        )
        sign_in("service desk")
        members = "/console/members/member/"
        assert "Anna" in text(client.get(members))
        choose(client, second)
        shown = text(client.get(members))
        assert "Cleo" in shown
        assert "Anna" not in shown

    @pytest.mark.parametrize(
        "address",
        [
            "loyalty/transfer/",
            "loyalty/transfer/movements/",
            "loyalty/backtest/",
            "loyalty/backtest/add/",
            "members/activity/",
            "rewards/redemption/",
            "",
        ],
    )
    def test_every_list_opens_for_each_and_says_which(
        self, client: Client, sign_in: Callable[..., Any], second: Programme, address: str
    ) -> None:
        sign_in("administrator")
        choose(client, second)
        shown = client.get(f"{HOME}{address}")
        assert shown.status_code == 200
        assert f'value="{second.pk}" selected' in text(shown)

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", ""])
    def test_the_way_back_stays_here(
        self, client: Client, sign_in: Callable[..., Any], second: Programme, back: str
    ) -> None:
        sign_in("marketer")
        said = {"programme": str(second.pk), "next": back}
        assert client.post("/console/programme/", said).headers["Location"] == HOME

    @pytest.mark.parametrize("said", ["0", "x", ""])
    def test_an_unknown_one_changes_nothing(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        second: Programme,
        said: str,
    ) -> None:
        sign_in("marketer")
        client.post("/console/programme/", {"programme": said})
        assert client.get(RULES).context["console_programme"] == programme
