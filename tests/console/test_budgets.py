"""A budget: made, chosen in a rule's limit, given out of, and never overdrawn."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Budget, EarningRule
from members.models import Membership
from tests.console.conftest import Buy
from tests.console.rule_forms import NAMES, TWO_PER_EURO, limit
from tests.console.rules import ADD, page, text

LIST = "/console/loyalty/budget/"
AUTUMN = {"name_nl": "Herfst", "name_en": "Autumn", "points": "150"}


class TestBudgets:
    def test_a_rule_draws_on_it_until_it_is_empty(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        sign_in("marketer")
        done = text(client.post(f"{LIST}add/", AUTUMN, follow=True))
        assert "Saved: rules can draw on “Autumn”." in done
        shared = limit(0, of="points", scope="budget", budget="autumn", most="", period="")
        client.post(ADD, {**NAMES, **TWO_PER_EURO, **shared})
        rule = EarningRule.objects.get()
        assert rule.versions.get().document["limits"] == [{"scope": "budget", "budget": "autumn"}]
        client.post(page(rule, "publish"))
        assert buy("50.00", receipt="1").award.points == 100
        assert buy("50.00", receipt="2").award.points == 50
        assert buy("50.00", receipt="3").award.points == 0
        shown = client.get(LIST)
        [row] = shown.context["cl"].result_list
        assert (row.points, row.given) == (150, 150)

    def test_more_is_put_in_and_the_key_stays(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", AUTUMN)
        budget = Budget.objects.get()
        client.post(f"{LIST}{budget.pk}/change/", {**AUTUMN, "name_en": "Fall", "points": "500"})
        budget.refresh_from_db()
        assert (budget.key, budget.name_en, budget.points) == ("autumn", "Fall", 500)

    def test_less_than_nothing_is_refused(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", {**AUTUMN, "points": "-1"})
        assert not Budget.objects.exists()

    def test_is_the_marketers(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 403
        assert client.post(f"{LIST}add/", AUTUMN).status_code == 403
        assert not Budget.objects.exists()

    def test_the_list_costs_few_queries(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(5):
            client.post(f"{LIST}add/", {**AUTUMN, "name_en": f"Budget {number}"})
        with django_assert_max_num_queries(10):
            assert "Budget 4" in text(client.get(LIST))
