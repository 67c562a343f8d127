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
from tests.console.rule_forms import (
    NAMES,
    ON_PAINT,
    TWICE_ON_PAINT,
    TWO_PER_EURO,
    condition,
    effect,
    limit,
    sent_by,
)

ADD = "/console/loyalty/earningrule/add/"
LIST = "/console/loyalty/earningrule/"
OLD_DOCUMENT = {
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
EVERYTHING: dict[str, Any] = {
    "schema": 2,
    "trigger": "workshop_attended",
    "conditions": [
        {"field": "line.category", "operator": "in", "value": ["paint"]},
        {"field": "line.product", "operator": "not_in", "value": ["emulsion", "primer"]},
        {"field": "line.brand", "operator": "in", "value": ["Histor"]},
        {"field": "line.kind", "operator": "in", "value": ["GOODS"]},
        {"field": "line.amount", "operator": "at_least", "value": "5.00"},
        {"field": "activity.channel", "operator": "in", "value": ["store", "kiosk"]},
        {"field": "activity.location", "operator": "not_in", "value": ["Utrecht"]},
        {
            "field": "activity.attribute",
            "name": "rating",
            "operator": "at_least",
            "value": "4.5",
        },
        {
            "field": "activity.attribute",
            "name": "mood",
            "operator": "in",
            "value": ["happy", "glad"],
        },
        {"field": "basket.amount", "operator": "at_most", "value": "75.00"},
        {"field": "basket.quantity", "operator": "at_least", "value": "3"},
        {"field": "basket.contains", "operator": "all", "value": ["paint", "brush"]},
        {"field": "time.weekday", "operator": "in", "value": ["mon", "sun"]},
        {"field": "time.hours", "operator": "between", "value": ["17:00", "24:00"]},
        {"field": "time.month_day", "operator": "between", "value": ["12-01", "01-06"]},
        {"field": "member.tier", "operator": "in", "value": ["gold"]},
        {"field": "member.segment", "operator": "not_in", "value": ["staff"]},
        {"field": "member.joined", "operator": "at_most", "value": 30},
        {"field": "member.anniversary", "operator": "is", "value": "month"},
        {"field": "count", "of": "purchase", "operator": "every", "value": 5},
        {"field": "variant", "campaign": "autumn", "operator": "in", "value": ["b"]},
        {"field": "advanced", "operator": "holds", "value": "activity.amount > 10.0"},
    ],
    "effects": [
        {"kind": "per_amount", "points": 2, "per": "1.50"},
        {"kind": "per_quantity", "points": 1, "per": "2.5"},
        {"kind": "multiplier", "factor": "1.25"},
        {"kind": "fixed", "points": 50},
        {"kind": "reward", "reward": "free-brush"},
    ],
    "limits": [
        {"of": "points", "most": 500, "scope": "member", "period": "month"},
        {"of": "times", "most": 1, "scope": "location", "period": "day"},
    ],
    "group": {"key": "autumn", "choose": "first"},
    "terms": {
        "pending_days": 14,
        "awaits": "delivered",
        "expiry": {"kind": "dates", "dates": ["03-31", "09-30"]},
    },
    "tier_expiry": {"gold": {"kind": "never"}},
}


def page(rule: EarningRule, deed: str = "change") -> str:
    return f"{LIST}{rule.pk}/{deed}/"


def text(response: Any) -> str:
    return str(response.content.decode())


def drafted(programme: Programme, document: dict[str, Any], **more: Any) -> EarningRule:
    said = {"key": "much", "name_nl": "Veel", "name_en": "Much", **more}
    return draft_rule(
        programme_id=programme.pk, document=document, actor="staff:1", at=NOON, **said
    )


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


class TestChangingARule:
    def test_saving_what_was_shown_changes_nothing(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        shown = client.get(page(rule)).context["editor"]
        assert client.post(page(rule), sent_by(shown)).status_code == 302
        version = rule.versions.get()
        assert version.document == OLD_DOCUMENT
        assert version.actor == "staff:1"

    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_everything_a_rule_can_say_comes_back_out_of_the_form(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme, language: str
    ) -> None:
        rule = drafted(programme, EVERYTHING)
        sign_in("marketer")
        client.cookies["django_language"] = language
        editor = client.get(page(rule)).context["editor"]
        assert "kept" not in {row.key for row in editor.conditions + editor.effects}
        client.post(page(rule), {**sent_by(editor), "name_en": "Changed", "priority": "7"})
        rule.refresh_from_db()
        version = rule.versions.get()
        assert (rule.name_en, version.priority) == ("Changed", 7)
        assert version.document == EVERYTHING

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
        changed = client.post(page(rule), {**TWICE_ON_PAINT, "effect-0-points": "3"}, follow=True)
        assert "Waiting to be published:" in text(changed)
        assert buy("10.00", receipt="1").award.points == 20
        client.post(page(rule, "publish"))
        assert buy("10.00", receipt="2").award.points == 30
        history = text(client.get(page(rule, "history")))
        assert history.index("3 points per euro") < history.index("2 points per euro")
        assert "marketer@shop.nl" in history

    def test_the_page_says_it_in_both_languages(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        shown = text(client.get(page(rule)))
        assert "1,5× punten op verf" in shown
        assert "1.5× points on paint" in shown


class TestComparingVersions:
    def test_tells_in_words_what_is_different(
        self, client: Client, sign_in: Callable[..., Any], programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(ADD, TWICE_ON_PAINT)
        rule = EarningRule.objects.get()
        client.post(page(rule, "publish"))
        client.post(
            page(rule),
            {
                **NAMES,
                **condition(0, "line.category", operator="in", keys=["paint", "wallpaper"]),
                **condition(1, "basket.amount", operator="at_least", amount="50.00"),
                **TWO_PER_EURO,
                "effect-0-points": "3",
                "ends_on": "2099-12-31",
            },
        )
        told = client.get(page(rule, "history")).context["differences"]
        assert told == [
            "2 points per euro → 3 points per euro",
            "on paint → on paint and wallpaper",
            "Added: from €50",
            "Added: through 31 December 2099",
        ]
        assert client.get(page(rule, "history"), {"earlier": "2", "later": "1"}).context[
            "differences"
        ] == [
            "3 points per euro → 2 points per euro",
            "on paint and wallpaper → on paint",
            "Gone: from €50",
            "Gone: through 31 December 2099",
        ]

    def test_of_one_version_there_is_nothing_to_compare(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        shown = client.get(page(rule, "history"), {"earlier": "8", "later": "x"})
        assert shown.status_code == 200
        assert "Compare" not in text(shown)


class TestCopyingARule:
    def test_gives_a_draft_that_says_the_same(
        self, client: Client, sign_in: Callable[..., Any], rule: EarningRule
    ) -> None:
        sign_in("marketer")
        client.post(page(rule, "copy"))
        copy = EarningRule.objects.exclude(pk=rule.pk).get()
        assert (copy.state, copy.versions.get().document["trigger"]) == ("DRAFT", "purchase")
        assert copy.key != rule.key
        assert "Much" in copy.name_en


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
