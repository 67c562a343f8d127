from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from loyalty.models import EarningRule, OutboxEvent, Programme, Transfer
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Activity, Membership
from tests.console.conftest import NOON, Buy

BASE = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
}
DOUBLE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [
        {"field": "line.category", "operator": "in", "value": ["paint"]},
        {"field": "basket.amount", "operator": "at_least", "value": "50.00"},
    ],
    "effects": [{"kind": "multiplier", "factor": "2"}],
}
BASKET = {
    "deed": "try",
    "member": "2990 0000 00019",
    "channel": "store",
    "location": "Utrecht",
    "lines": "2",
    "line-0-product": "emulsion",
    "line-0-category": "paint",
    "line-0-quantity": "2",
    "line-0-amount": "60.00",
    "line-1-amount": "",
}


def made(programme: Programme, key: str, document: dict[str, Any]) -> EarningRule:
    return draft_rule(
        programme_id=programme.pk,
        key=key,
        name_nl=f"{key} nl",
        name_en=f"{key} en",
        document=document,
        actor="staff:1",
        at=NOON,
    )


@pytest.fixture
def double(programme: Programme) -> EarningRule:
    base = made(programme, "base", BASE)
    publish_rule(rule_id=base.pk, actor="staff:1", at=NOON)
    return made(programme, "double", DOUBLE)


def page(rule: EarningRule) -> str:
    return f"/console/members/member/try/{rule.pk}/"


def told(response: Any) -> list[tuple[str, int, list[str]]]:
    return [
        (each["title"], each["award"].points, [reason["text"] for reason in each["reasons"]])
        for each in response.context["outcomes"]
    ]


class TestTryingARule:
    def test_shows_what_a_draft_would_add_and_why_and_books_nothing(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        double: EarningRule,
    ) -> None:
        sign_in("marketer")
        events = OutboxEvent.objects.count()
        assert told(client.post(page(double), BASKET)) == [
            ("As it is now", 60, ["1 point per euro: 60 points"]),
            (
                "With this draft",
                120,
                ["1 point per euro: 60 points", "2× points on paint: 60 points"],
            ),
        ]
        assert not Transfer.objects.exists()
        assert not Activity.objects.exists()
        assert OutboxEvent.objects.count() == events

    def test_a_live_rule_is_set_against_the_rules_without_it(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        double: EarningRule,
    ) -> None:
        publish_rule(rule_id=double.pk, actor="staff:1", at=NOON)
        sign_in("marketer")
        outcomes = told(client.post(page(double), BASKET))
        assert [(title, points) for title, points, _why in outcomes] == [
            ("Without this rule", 60),
            ("As it is now", 120),
        ]

    def test_says_by_how_much_it_was_missed(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        double: EarningRule,
    ) -> None:
        sign_in("marketer")
        missed = told(client.post(page(double), {**BASKET, "line-0-amount": "45.00"}))
        assert missed[1][1] == 45
        assert any("€5" in sentence for sentence in missed[1][2])

    def test_without_a_member_it_is_what_anybody_would_earn(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("marketer")
        assert told(client.post(page(double), {**BASKET, "member": ""}))[1][1] == 120

    def test_an_unknown_card_is_refused_in_words(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("marketer")
        refused = client.post(page(double), {**BASKET, "member": "nobody@example.nl"})
        assert refused.context["outcomes"] == []
        assert refused.context["trial"].problem == "No member has this identifier."

    def test_a_line_more_keeps_what_was_filled_in(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("marketer")
        drawn = client.post(page(double), {**BASKET, "deed": "add-line"})
        assert len(drawn.context["trial"].lines) == 3
        assert 'value="emulsion"' in drawn.content.decode()
        assert drawn.context["outcomes"] == []

    def test_is_for_who_sees_members_and_rules(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("finance")
        assert client.get(page(double)).status_code == 403
        assert client.post(page(double), BASKET).status_code == 403


def test_products_are_found_among_what_was_sold(
    client: Client,
    sign_in: Callable[..., Any],
    anna: Membership,
    buy: Buy,
    double: EarningRule,
) -> None:
    from tests.console.rule_forms import TWICE_ON_PAINT, condition

    buy(receipt="1")
    sign_in("marketer")
    said = {**TWICE_ON_PAINT, **condition(1, "line.product", operator="in"), "deed": "check"}
    drawn = client.post("/console/loyalty/earningrule/add/", said)
    assert 'name="condition-1-keys" value="emulsion"' in drawn.content.decode()
