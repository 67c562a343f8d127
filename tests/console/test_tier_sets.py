"""Tiers: made in fields and rows, read back in words, published and stopped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme, RuleSet, TierSet

NEW = "/console/loyalty/tierset/add/"
SAID = {
    "name_nl": "Kleurklassen",
    "name_en": "Colour classes",
    "measure": "spend",
    "types": "",
    "period": "rolling",
    "months": "12",
    "starts": "",
    "downgrade": "one_level",
    "grace_days": "30",
    "on_return": "period_end",
}


def rows(*tiers: tuple[str, str, str, str]) -> dict[str, str]:
    """The tiers as the form sends them: key, Dutch, English, from."""
    sent = {"tiers-TOTAL_FORMS": str(len(tiers) + 1), "tiers-INITIAL_FORMS": "0"}
    for n, tier in enumerate([*tiers, ("", "", "", "")]):
        names = ("key", "name_nl", "name_en", "begins")
        sent |= {f"tiers-{n}-{name}": said for name, said in zip(names, tier, strict=True)}
    return sent


GOLD, SILVER = ("", "Goud", "Gold", "1.000"), ("", "Zilver", "Silver", "250")


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def made(client: Client, sign_in: Callable[..., Any], programme: Programme) -> TierSet:
    sign_in("marketer")
    client.post(NEW, SAID | rows(GOLD, SILVER))
    return TierSet.objects.get()


def page(tier_set: TierSet, deed: str = "change") -> str:
    return f"/console/loyalty/tierset/{tier_set.pk}/{deed}/"


class TestMakingTiers:
    def test_keeps_them_as_a_draft_the_lowest_first(self, made: TierSet) -> None:
        assert (made.key, made.is_live) == ("colour-classes", False)
        assert made.policy == {
            "measure": {"kind": "spend"},
            "period": {"kind": "rolling", "months": 12},
            "downgrade": "one_level",
            "grace_days": 30,
            "on_return": "period_end",
            "tiers": [
                {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 250},
                {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 1000},
            ],
        }

    @pytest.mark.parametrize("count", ["many", "-1", "²"])
    @pytest.mark.parametrize("deed", ["", "add-tier"])
    def test_takes_nonsense_for_the_number_of_rows_as_no_rows(
        self, client: Client, sign_in: Callable[..., Any], count: str, deed: str
    ) -> None:
        sign_in("marketer")
        sent = SAID | rows(GOLD) | {"tiers-TOTAL_FORMS": count, "deed": deed}
        assert client.post(NEW, sent).status_code == 200
        assert not TierSet.objects.exists()

    def test_says_what_was_made(self, client: Client, made: TierSet) -> None:
        shown = text(client.get(page(made)))
        assert "Members climb by what they spend in the last 12 months." in shown
        assert "Silver from €250.00 and Gold from €1,000.00." in shown
        assert "then they go one tier lower, after 30 days of grace." in shown
        assert "Silver from €250.00" in text(client.get("/console/loyalty/tierset/"))

    def test_keeps_the_keys_when_a_tier_gets_another_name(
        self, client: Client, made: TierSet
    ) -> None:
        renamed = rows(("silver", "Parel", "Pearl", "300"), ("gold", "Goud", "Gold", "1000"))
        client.post(page(made), SAID | renamed)
        made.refresh_from_db()
        tiers = made.policy["tiers"]
        assert [(t["key"], t["name"]["en"], t["threshold"]) for t in tiers] == [
            ("silver", "Pearl", 300),
            ("gold", "Gold", 1000),
        ]

    def test_saving_what_was_shown_changes_nothing(self, client: Client, made: TierSet) -> None:
        shown = client.get(page(made)).context
        sent = {name: value for name, value in shown["form"].initial.items() if value is not None}
        formset = shown["rows"]
        sent |= {"tiers-TOTAL_FORMS": "3", "tiers-INITIAL_FORMS": "2"}
        for n, initial in enumerate(formset.initial):
            sent |= {f"tiers-{n}-{name}": value for name, value in initial.items()}
        before = made.policy
        client.post(page(made), sent)
        made.refresh_from_db()
        assert made.policy == before

    def test_a_row_more_loses_nothing(self, client: Client, made: TierSet) -> None:
        shown = client.post(NEW, SAID | rows(SILVER) | {"deed": "add-tier"})
        assert text(shown).count('name="tiers-2-name_en"') == 1
        assert 'value="Silver"' in text(shown)
        assert TierSet.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"months": ""}, "Fill in a number."),
            ({"types": "Purchase!"}, "Activities are lower-case words."),
            ({"period": "calendar", "starts": "30-2"}, "cannot be carried out"),
            (rows(), "Add at least one tier."),
            (rows(("", "Goud", "", "1000")), "Fill this in."),
            (rows(("", "Goud", "Gold", "veel")), "Fill in a whole number."),
            (rows(SILVER, ("", "Goud", "Gold", "250")), "Another tier begins there."),
        ],
    )
    def test_says_what_is_wrong_and_keeps_nothing(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        programme: Programme,
        changes: dict[str, str],
        said: str,
    ) -> None:
        sign_in("marketer")
        shown = text(client.post(NEW, SAID | rows(SILVER) | changes))
        assert said in shown or "There is no day 02-30" in shown
        assert not TierSet.objects.exists()


class TestPublishingTiers:
    def test_lets_members_climb_and_stops_it_again(self, client: Client, made: TierSet) -> None:
        asked = text(client.get(page(made, "publish")))
        assert "Publish “Colour classes”?" in asked
        assert "Silver from €250.00 and Gold from €1,000.00." in asked
        published = client.post(page(made, "publish"), follow=True)
        assert "Live from now on: Silver from €250.00" in text(published)
        made.refresh_from_db()
        assert made.is_live
        held = RuleSet.objects.latest("number").document["tier_sets"]
        assert [each["key"] for each in held] == ["colour-classes"]

        client.post(page(made, "stop"))
        assert RuleSet.objects.latest("number").document["tier_sets"] == []


class TestWhoMay:
    def test_the_desk_may_look_and_not_change(
        self, client: Client, sign_in: Callable[..., Any], made: TierSet
    ) -> None:
        sign_in("service desk")
        shown = text(client.get(page(made)))
        assert "Members climb by what they spend" in shown
        assert 'name="measure"' not in shown
        assert client.post(page(made), SAID | rows(SILVER)).status_code == 403
        assert client.get(NEW).status_code == 403
        made.refresh_from_db()
        assert len(made.policy["tiers"]) == 2


class TestQueries:
    def test_of_the_list_are_few(
        self, client: Client, made: TierSet, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(12):
            client.get("/console/loyalty/tierset/")
