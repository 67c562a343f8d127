"""A rule after its first version: changed, compared, copied."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from loyalty.models import EarningRule, Programme
from loyalty.services.rules import publish_rule
from members.models import Membership
from tests.console.conftest import NOON, Buy
from tests.console.rule_forms import NAMES, TWICE_ON_PAINT, TWO_PER_EURO, condition, sent_by
from tests.console.rules import ADD, EVERYTHING, OLD_DOCUMENT, drafted, page, text


@pytest.fixture
def rule(programme: Programme) -> EarningRule:
    return drafted(programme, OLD_DOCUMENT)


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
