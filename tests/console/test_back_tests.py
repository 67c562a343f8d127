"""A back-test through its pages: asked for, followed, read, called off."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import BackTest, EarningRule, Programme, Transfer
from loyalty.services.back_tests import run_back_test
from loyalty.services.rules import draft_rule, publish_rule
from members.models import Membership
from tests.console.conftest import NOON, Buy

LIST = "/console/loyalty/backtest/"
ADD = f"{LIST}add/"
BASE = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
}
DOUBLE = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "line.category", "operator": "in", "value": ["paint"]}],
    "effects": [{"kind": "multiplier", "factor": "2"}],
}


def drafted(programme: Programme, key: str, document: dict[str, Any]) -> EarningRule:
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
    base = drafted(programme, "base", BASE)
    publish_rule(rule_id=base.pk, actor="staff:1", at=NOON)
    return drafted(programme, "double", DOUBLE)


@pytest.fixture
def bought(double: EarningRule, anna: Membership, buy: Buy) -> datetime:
    """Until after Anna's two purchases."""
    buy("50.00", receipt="1")
    buy("30.00", receipt="2", category="wallpaper")
    return timezone.now() + timedelta(days=1)


def asked(double: EarningRule, **said: Any) -> dict[str, Any]:
    usual = {
        "title": "What if paint earned double?",
        "rules": [str(double.pk)],
        "since": "2025-01-01",
        "until": (timezone.now() - timedelta(days=1)).date().isoformat(),
    }
    return {**usual, **said}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestAsking:
    def test_starts_one_with_the_draft_among_the_live_rules(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        user = sign_in("marketer")
        client.post(ADD, asked(double))
        back_test = BackTest.objects.get()
        assert (back_test.title, back_test.state, back_test.actor) == (
            "What if paint earned double?",
            BackTest.State.WAITING,
            f"staff:{user.pk}",
        )
        assert [rule["key"] for rule in back_test.draft["rules"]] == ["base", "double"]
        assert back_test.since.isoformat() == "2024-12-31T23:00:00+00:00"
        assert "Waiting for its turn." in text(client.get(f"{LIST}{back_test.pk}/change/"))

    def test_a_rule_leads_to_it_with_the_rule_ticked(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("marketer")
        rule = text(client.get(f"/console/loyalty/earningrule/{double.pk}/change/"))
        assert f"{ADD}?rule={double.pk}" in rule
        form = client.get(f"{ADD}?rule={double.pk}").context["form"]
        assert form["rules"].value() == [str(double.pk)]

    @pytest.mark.parametrize(
        ("said", "complaint"),
        [
            ({"title": ""}, "This field is required."),
            ({"since": "2026-01-02", "until": "2026-01-01"}, "The last day comes before the first"),
            ({"until": "2099-01-01"}, "Choose a day that is over."),
            ({"rules": ["999999"]}, "Select a valid choice."),
        ],
    )
    def test_what_cannot_be_asked_starts_nothing(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        double: EarningRule,
        said: dict[str, Any],
        complaint: str,
    ) -> None:
        sign_in("marketer")
        assert complaint in text(client.post(ADD, asked(double, **said)))
        assert not BackTest.objects.exists()

    def test_is_not_for_the_service_desk(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule
    ) -> None:
        sign_in("service desk")
        assert client.get(LIST).status_code == 403
        assert client.post(ADD, asked(double)).status_code == 403
        assert not BackTest.objects.exists()


class TestFollowing:
    @pytest.fixture
    def waiting(self, client: Client, sign_in: Callable[..., Any], double: EarningRule) -> BackTest:
        sign_in("marketer")
        client.post(ADD, asked(double))
        return BackTest.objects.get()

    def test_the_page_asks_again_by_script_and_without(
        self, client: Client, waiting: BackTest
    ) -> None:
        BackTest.objects.update(state=BackTest.State.RUNNING, done=1200, total=4800)
        shown = text(client.get(f"{LIST}{waiting.pk}/change/"))
        assert "1,200 of 4,800 activities judged." in shown
        assert 'hx-trigger="every 2s"' in shown
        assert "<noscript><p><a" in shown
        assert 'value="25"' in shown

    def test_once_done_a_script_is_told_to_show_the_whole_page(
        self, client: Client, waiting: BackTest
    ) -> None:
        page = f"{LIST}{waiting.pk}/change/"
        BackTest.objects.update(state=BackTest.State.CANCELLED)
        answer = client.get(page, headers={"HX-Request": "true"})
        assert answer.headers["HX-Refresh"] == "true"
        assert "It was called off" in text(client.get(page))

    def test_a_failure_is_shown(self, client: Client, waiting: BackTest) -> None:
        BackTest.objects.update(state=BackTest.State.FAILED, problem="KeyError: 'x'")
        assert "It did not come to an end." in text(client.get(f"{LIST}{waiting.pk}/change/"))

    def test_it_can_be_called_off(self, client: Client, waiting: BackTest) -> None:
        client.post(f"{LIST}{waiting.pk}/call_off/")
        waiting.refresh_from_db()
        assert waiting.state == BackTest.State.CANCELLED
        assert "call_off" not in text(client.get(f"{LIST}{waiting.pk}/change/"))


class TestReading:
    @pytest.fixture
    def done(
        self, client: Client, sign_in: Callable[..., Any], double: EarningRule, bought: datetime
    ) -> BackTest:
        sign_in("marketer")
        client.post(ADD, asked(double))
        BackTest.objects.update(until=bought)
        back_test = BackTest.objects.get()
        run_back_test(back_test_id=back_test.pk, clock=timezone.now)
        back_test.refresh_from_db()
        return back_test

    def test_tells_the_answer_in_a_sentence_and_in_charts(
        self, client: Client, done: BackTest
    ) -> None:
        before = Transfer.objects.count()
        shown = client.get(f"{LIST}{done.pk}/change/")
        assert shown.context["summary"] == (
            "130 points instead of 80 (+62.5 %): €1.30 instead of €0.80. "
            "Members with more: 1; with fewer: 0."
        )
        page = text(shown)
        assert page.count("<svg") >= 2
        assert "Anna de Vries" in page
        assert "base en + double en" in page
        assert Transfer.objects.count() == before

    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_opens_in_both_languages_in_few_queries(
        self,
        client: Client,
        done: BackTest,
        django_assert_max_num_queries: DjangoAssertNumQueries,
        language: str,
    ) -> None:
        client.cookies["django_language"] = language
        with django_assert_max_num_queries(14):
            assert client.get(f"{LIST}{done.pk}/change/").status_code == 200
        with django_assert_max_num_queries(10):
            assert done.title in text(client.get(LIST))
