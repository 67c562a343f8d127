from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from loyalty.models import EarningRule, Programme
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Membership
from tests.console.conftest import NOON, Buy

ADD = "/console/loyalty/earningrule/add/"
LIST = "/console/loyalty/earningrule/"
TWICE_ON_PAINT = {
    "name_nl": "Dubbel op verf",
    "name_en": "Double on paint",
    "trigger": "purchase",
    "effect": "per_amount",
    "points": "2",
    "per": "1.00",
    "factor": "",
    "categories": ["paint"],
    "minimum": "",
    "starts_on": "",
    "ends_on": "",
}
DOCUMENT = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [
        {"field": "line.category", "operator": "in", "value": ["paint"]},
        {"field": "line.category", "operator": "not_in", "value": ["wallpaper"]},
        {"field": "activity.channel", "operator": "in", "value": ["store"]},
        {"field": "activity.location", "operator": "in", "value": ["Utrecht"]},
        {"field": "basket.amount", "operator": "at_least", "value": "20.00"},
        {"field": "member.segment", "operator": "in", "value": ["painters"]},
    ],
    "effect": {"kind": "multiplier", "factor": "1.5"},
}


def page(rule: EarningRule, deed: str = "change") -> str:
    return f"{LIST}{rule.pk}/{deed}/"


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def rule(programme: Programme) -> EarningRule:
    return draft_rule(
        programme_id=programme.pk,
        key="much",
        name_nl="Veel",
        name_en="Much",
        document=DOCUMENT,
        actor="staff:1",
        at=NOON,
    )


class TestMakingARule:
    def test_a_marketer_makes_and_publishes_it_and_the_next_purchase_earns_by_it(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        sign_in("marketer")
        saved = client.post(ADD, TWICE_ON_PAINT, follow=True)
        rule = EarningRule.objects.get()
        assert (rule.key, rule.state) == ("double-on-paint", EarningRule.State.DRAFT)
        assert "Saved, not live yet: 2 points per €1.00 on paint." in text(saved)
        assert buy(receipt="1").award.points == 0

        asked = client.get(page(rule, "publish"))
        assert "2 points per €1.00 on paint." in text(asked)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.DRAFT

        published = client.post(page(rule, "publish"), follow=True)
        assert "Live from now on: 2 points per €1.00 on paint." in text(published)
        assert buy("50.00", receipt="2").award.points == 100

        client.post(page(rule, "stop"))
        assert buy("50.00", receipt="3").award.points == 0

    def test_the_form_makes_the_very_document(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        client.post(
            ADD,
            {
                **TWICE_ON_PAINT,
                "effect": "multiplier",
                "points": "",
                "per": "",
                "factor": "1.5",
                "excluded_categories": ["wallpaper"],
                "channels": ["store", "web"],
                "locations": ["Utrecht"],
                "minimum": "75.00",
                "starts_on": "2026-12-01",
                "ends_on": "2026-12-31",
            },
        )
        version = EarningRule.objects.get().versions.get()
        assert version.document == {
            "schema": 1,
            "trigger": "purchase",
            "conditions": [
                {"field": "line.category", "operator": "in", "value": ["paint"]},
                {"field": "line.category", "operator": "not_in", "value": ["wallpaper"]},
                {"field": "activity.channel", "operator": "in", "value": ["store", "web"]},
                {"field": "activity.location", "operator": "in", "value": ["Utrecht"]},
                {"field": "basket.amount", "operator": "at_least", "value": "75.00"},
            ],
            "effect": {"kind": "multiplier", "factor": "1.5"},
        }
        assert version.starts_at is not None
        assert version.ends_at is not None
        assert version.starts_at.isoformat() == "2026-11-30T23:00:00+00:00"
        assert version.ends_at.isoformat() == "2026-12-31T23:00:00+00:00"

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"points": ""}, "Fill in a number."),
            ({"trigger": "review"}, "Only a purchase has an amount; give a fixed number."),
            ({"excluded_categories": ["paint"]}, "Also under “Only on”: paint"),
            (
                {"starts_on": "2026-12-31", "ends_on": "2026-12-01"},
                "The last day comes before the first.",
            ),
            ({"per": "0.00"}, "greater than or equal to 0.01"),
        ],
    )
    def test_what_makes_no_rule_is_said_beside_the_field_and_nothing_is_stored(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        changes: dict[str, Any],
        complaint: str,
    ) -> None:
        sign_in("marketer")
        response = client.post(ADD, {**TWICE_ON_PAINT, **changes})
        assert response.status_code == 200
        assert complaint in text(response)
        assert not EarningRule.objects.exists()


class TestChangingARule:
    def test_the_form_shows_the_document_and_saving_it_untouched_changes_nothing(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        shown = client.get(page(rule)).context["adminform"].form
        assert {name: shown[name].initial for name in ("trigger", "effect", "categories")} == {
            "trigger": "purchase",
            "effect": "multiplier",
            "categories": ["paint"],
        }
        said = {name: shown[name].value() for name in shown.fields}
        client.post(page(rule), {n: v for n, v in said.items() if v is not None})
        version = rule.versions.get()
        assert version.document == DOCUMENT
        assert version.actor == "staff:1"

    def test_a_live_rule_goes_on_as_it_was_until_the_change_is_published(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        anna: Membership,
        buy: Buy,
    ) -> None:
        sign_in("marketer")
        client.post(ADD, TWICE_ON_PAINT)
        rule = EarningRule.objects.get()
        client.post(page(rule, "publish"))
        changed = client.post(page(rule), {**TWICE_ON_PAINT, "points": "3"}, follow=True)
        assert "Waiting to be published:" in text(changed)
        assert buy("10.00", receipt="1").award.points == 20
        client.post(page(rule, "publish"))
        assert buy("10.00", receipt="2").award.points == 30
        history = text(client.get(page(rule, "history")))
        assert history.index("3 points per €1.00") < history.index("2 points per €1.00")
        assert "marketer@shop.nl" in history

    def test_the_page_says_it_in_both_languages_and_shows_no_document(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        shown = text(client.get(page(rule)))
        assert "1,5× punten op verf" in shown
        assert "1.5× points on paint" in shown
        assert "schema" not in shown
        assert "line.category" not in shown


class TestWhoMay:
    @pytest.mark.parametrize("address", [LIST, ADD])
    def test_nobody_is_sent_to_sign_in(self, client: Client, programme: Any, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("admin:login"))

    def test_staff_without_the_right_is_refused_and_nothing_changes(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 200
        assert client.get(ADD).status_code == 403
        assert client.post(page(rule, "publish")).status_code == 403
        assert client.post(page(rule), TWICE_ON_PAINT).status_code == 403
        rule.refresh_from_db()
        assert (rule.name_en, rule.state) == ("Much", EarningRule.State.DRAFT)

    def test_staff_without_a_role_sees_nothing(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in()
        assert client.get(LIST).status_code == 403
        assert client.get(page(rule)).status_code == 403


def test_the_list_costs_as_many_queries_for_many_rules_as_for_one(
    client: Client,
    sign_in: Callable[..., Any],
    programme: Programme,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    sign_in("marketer")
    for number in range(5):
        draft_rule(
            programme_id=programme.pk,
            key=f"rule-{number}",
            name_nl=f"Regel {number}",
            name_en=f"Rule {number}",
            document=DOCUMENT,
            actor="staff:1",
            at=NOON,
        )
    with django_assert_max_num_queries(10):
        response = client.get(LIST)
    assert text(response).count("1.5× points on paint") == 5
