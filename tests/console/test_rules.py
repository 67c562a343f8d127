from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from loyalty.models import EarningRule, Programme
from members.models import Membership
from tests.console.conftest import Buy
from tests.console.rule_forms import (
    NAMES,
    ON_PAINT,
    TWICE_ON_PAINT,
    condition,
    effect,
    limit,
)
from tests.console.rules import ADD, LIST, OLD_DOCUMENT, drafted, page, text


@pytest.fixture
def rule(programme: Programme) -> EarningRule:
    return drafted(programme, OLD_DOCUMENT)


class TestMakingARule:
    def test_a_marketer_makes_and_publishes_it_and_the_next_purchase_earns_by_it(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, buy: Buy
    ) -> None:
        sign_in("marketer")
        saved = client.post(ADD, TWICE_ON_PAINT, follow=True)
        rule = EarningRule.objects.get()
        assert (rule.key, rule.state) == ("double-on-paint", EarningRule.State.DRAFT)
        assert "Saved, not live yet: 2 points per euro on paint." in text(saved)
        assert buy(receipt="1").award.points == 0

        asked = client.get(page(rule, "publish"))
        assert "2 points per euro on paint." in text(asked)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.DRAFT

        published = client.post(page(rule, "publish"), follow=True)
        assert "Live from now on: 2 points per euro on paint." in text(published)
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
                **NAMES,
                **ON_PAINT,
                **condition(1, "line.category", operator="not_in", keys=["wallpaper"]),
                **condition(3, "activity.channel", operator="in", keys=["store", "web"]),
                **condition(4, "basket.amount", operator="at_least", amount="75.00"),
                **effect(0, "multiplier", factor="1.5"),
                **effect(2, "fixed", points="10"),
                **limit(0, of="points", most="500", scope="member", period="month"),
                "starts_on": "2026-12-01",
                "ends_on": "2026-12-31",
                "pending_days": "14",
                "expiry_kind": "months",
                "expiry_number": "6",
                "group_key": "autumn",
                "group_choose": "best",
                "priority": "3",
            },
        )
        version = EarningRule.objects.get().versions.get()
        assert version.document == {
            "schema": 2,
            "trigger": "purchase",
            "conditions": [
                {"field": "line.category", "operator": "in", "value": ["paint"]},
                {"field": "line.category", "operator": "not_in", "value": ["wallpaper"]},
                {"field": "activity.channel", "operator": "in", "value": ["store", "web"]},
                {"field": "basket.amount", "operator": "at_least", "value": "75.00"},
            ],
            "effects": [
                {"kind": "multiplier", "factor": "1.5"},
                {"kind": "fixed", "points": 10},
            ],
            "limits": [{"of": "points", "most": 500, "scope": "member", "period": "month"}],
            "group": {"key": "autumn", "choose": "best"},
            "terms": {"pending_days": 14, "expiry": {"kind": "term", "months": 6}},
        }
        assert version.priority == 3
        assert version.starts_at is not None
        assert version.ends_at is not None
        assert version.starts_at.isoformat() == "2026-11-30T23:00:00+00:00"
        assert version.ends_at.isoformat() == "2026-12-31T23:00:00+00:00"

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"effect-0-points": ""}, "This field is required."),
            ({"effect-0-per": "0.00"}, "greater than or equal to 0.01"),
            ({"condition-0-keys": []}, "Choose at least one."),
            ({"trigger": "other"}, "Fill in which activity."),
            (
                {"starts_on": "2026-12-31", "ends_on": "2026-12-01"},
                "The last day comes before the first.",
            ),
            ({"expiry_kind": "days"}, "Fill in a number."),
            ({"expiry_kind": "dates", "expiry_dates": "31-2"}, "look at the numbers and the days"),
            (limit(0, of="points", scope="member", most="", period="month"), "Fill in a number."),
            (
                condition(1, "line.category", operator="in", keys=["wallpaper"]),
                "There is such a condition already",
            ),
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

    def test_a_rule_without_an_effect_is_refused(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        assert "Say what it gives" in text(client.post(ADD, {**NAMES, **ON_PAINT}))
        assert not EarningRule.objects.exists()

    def test_a_refusal_is_said_in_dutch(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        client.cookies["django_language"] = "nl"
        twice = {**TWICE_ON_PAINT, **condition(1, "line.category", operator="in", keys=["x"])}
        assert "zo’n voorwaarde" in text(client.post(ADD, twice))


class TestRowsByClicks:
    def sent(self, client: Client, deed: str, said: dict[str, Any], **headers: str) -> Any:
        return client.post(ADD, {**said, "deed": deed}, headers=headers)

    def test_a_condition_is_added_with_nothing_lost_and_nothing_stored(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        said = {**TWICE_ON_PAINT, "name_nl": "", "new-condition": "time.weekday"}
        drawn = self.sent(client, "add-condition", said)
        editor = drawn.context["editor"]
        assert [row.key for row in editor.conditions] == ["line.category", "time.weekday"]
        assert [row.key for row in editor.effects] == ["per_amount"]
        assert editor.sent["name_en"] == "Double on paint"
        assert 'value="paint" checked' in text(drawn)
        assert "This field is required." not in text(drawn)
        assert not EarningRule.objects.exists()

    @pytest.mark.parametrize(
        ("deed", "left"),
        [
            ("remove-condition-0", ([], ["per_amount"])),
            ("remove-effect-0", (["line.category"], [])),
            ("add-limit", (["line.category"], ["per_amount"])),
        ],
    )
    def test_a_row_is_removed_or_added(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        deed: str,
        left: tuple[list[str], list[str]],
    ) -> None:
        sign_in("marketer")
        editor = self.sent(client, deed, TWICE_ON_PAINT).context["editor"]
        assert ([r.key for r in editor.conditions], [r.key for r in editor.effects]) == left
        assert len(editor.limits) == (deed == "add-limit")

    def test_a_script_gets_only_the_form(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        drawn = text(self.sent(client, "check", TWICE_ON_PAINT, **{"HX-Request": "true"}))
        assert drawn.strip().startswith("<form")
        assert "2 points per euro on paint." in drawn
        assert "2 punten per euro op verf." in drawn

    def test_what_is_not_finished_has_no_sentence_yet(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("marketer")
        said = {**TWICE_ON_PAINT, "effect-0-points": ""}
        assert "Not finished yet." in text(self.sent(client, "check", said))

    def test_a_category_is_found_by_a_word(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        from loyalty.services.registry import register_categories

        words = {
            f"c{number}": {"nl": f"Soort {number}", "en": f"Kind {number}"} for number in range(20)
        }
        register_categories(programme_id=programme.pk, words=words)
        sign_in("marketer")
        assert "Kind 7" not in text(self.sent(client, "search", TWICE_ON_PAINT))
        found = text(
            self.sent(client, "search", {**TWICE_ON_PAINT, "condition-0-keys-search": "kind 7"})
        )
        assert "Kind 7" in found
        assert 'value="paint" checked' in found

    def test_a_segment_is_written_freely(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("marketer")
        segments = condition(1, "member.segment", operator="in")
        client.post(ADD, {**TWICE_ON_PAINT, **segments, "condition-1-keys-other": "painters, pros"})
        document = EarningRule.objects.get().versions.get().document
        assert document["conditions"][1]["value"] == ["painters", "pros"]

    @pytest.mark.parametrize("deed", ["add-condition", "add-effect", "remove-nothing-9", "x", ""])
    def test_nonsense_harms_nothing(
        self, client: Client, sign_in: Callable[..., Any], deed: str
    ) -> None:
        sign_in("marketer")
        said = {**TWICE_ON_PAINT, "new-condition": "no.such", "new-effect": "none", "kept": "{"}
        drawn = self.sent(client, deed, {**said, "condition-7-about": "kept"})
        assert drawn.status_code == 200
        assert not EarningRule.objects.exists()


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
        shown = text(client.get(page(rule)))
        assert "1.5× points on paint" in shown
        assert "rule-form" not in shown
        assert client.get(ADD).status_code == 403
        assert client.post(page(rule, "publish")).status_code == 403
        assert client.post(page(rule), TWICE_ON_PAINT).status_code == 403
        assert client.post(page(rule, "copy")).status_code == 403
        rule.refresh_from_db()
        assert (rule.name_en, rule.state) == ("Much", EarningRule.State.DRAFT)
        assert EarningRule.objects.count() == 1

    def test_staff_without_a_role_sees_nothing(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in()
        assert client.get(LIST).status_code == 403
        assert client.get(page(rule)).status_code == 403


class TestQueries:
    def test_of_the_list_are_as_many_for_many_rules_as_for_one(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for number in range(5):
            drafted(programme, OLD_DOCUMENT, key=f"rule-{number}")
        with django_assert_max_num_queries(12):
            response = client.get(LIST)
        assert text(response).count("1.5× points on paint") == 5

    def test_of_the_form_are_few(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        rule: EarningRule,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        with django_assert_max_num_queries(40):
            client.get(page(rule))
