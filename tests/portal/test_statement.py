"""The statement: filtered, searched, as a file."""

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.services.adjustments import adjust_points
from members.models import Activity, Membership
from members.selectors import account_of
from members.views.statement import safe_cell
from tests.portal.shop import Shop
from tests.portal.test_pages import text

MOST_QUERIES = 10


@pytest.fixture
def history(portal: Client, shop: Shop, anna: Membership, now: datetime) -> Client:
    """Anna bought twice and was corrected once."""
    shop.sell("100.00", at=now - timedelta(days=40))
    shop.sell("20.00", category="paint", at=now - timedelta(days=2))
    adjust_points(
        account_id=account_of(anna),
        points=-5,
        reason='=HYPERLINK("http://evil")',
        actor="staff:1",
        key="sorry",
        at=now,
    )
    return portal


def points_on(client: Client, query: str) -> list[str]:
    page = text(client, f"/statement/{query}")
    return [cell.split("</strong>")[0] for cell in page.split("<strong>")[1:]]


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["−5", "+40", "+100"]),
            ("?show=in", ["+40", "+100"]),
            ("?show=out", ["−5"]),
            ("?show=expired", []),
            ("?show=nonsense", ["−5", "+40", "+100"]),
            ("?from=nonsense&to=9999-99-99", ["−5", "+40", "+100"]),
        ],
    )
    def test_show_what_is_asked(self, history: Client, query: str, found: list[str]) -> None:
        assert points_on(history, query) == found

    def test_by_period_include_both_days(self, history: Client, now: datetime) -> None:
        day = (now - timedelta(days=40)).astimezone().date()
        around = f"?from={day - timedelta(days=1)}&to={day + timedelta(days=1)}"
        assert points_on(history, around) == ["+100"]

    def test_by_receipt_find_part_of_its_number(self, history: Client) -> None:
        sale = Activity.objects.get(amount=100)
        number = sale.external_id.rpartition(":")[2]
        assert points_on(history, f"?receipt={number}") == ["+100"]
        assert points_on(history, "?receipt=%25") == []

    def test_say_so_when_there_is_nothing(self, history: Client) -> None:
        assert "There is no movement like this." in text(history, "/statement/?show=expired")

    def test_htmx_gets_the_rows_alone(self, history: Client) -> None:
        newest = history.get("/statement/").context["movements"][0].transfer
        headers = {"HX-Request": "true"}
        page = history.get(f"/statement/?before={newest}", headers=headers).content.decode()
        assert "<html" not in page
        assert page.count("<tr>") == 2
        assert 'hx-swap-oob="true"' in page

    def test_cost_no_more_queries_with_more_lines(
        self,
        history: Client,
        shop: Shop,
        now: datetime,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _ in range(6):
            shop.sell("10.00", at=now)
        with django_assert_max_num_queries(MOST_QUERIES):
            history.get("/statement/")


class TestFile:
    def test_opens_in_a_spreadsheet_and_holds_no_formula(self, history: Client) -> None:
        response = history.get("/statement.csv")

        content = response.content.decode()
        rows = list(csv.reader(StringIO(content.removeprefix("\ufeff")), delimiter=";"))
        assert content.startswith("\ufeff")
        assert "attachment" in response["Content-Disposition"]
        assert [row[6] for row in rows] == ["Points", "-5", "40", "100"]
        assert [row[7] for row in rows[1:]] == ["135", "140", "100"]
        assert rows[1][3].startswith("'=HYPERLINK")

    def test_holds_what_the_page_was_filtered_by(self, history: Client) -> None:
        content = history.get("/statement.csv?show=out").content.decode()
        assert len(content.strip().splitlines()) == 2

    @pytest.mark.parametrize("text", ["=1+1", "+31", "-5", "@x", "\tx", "\rx"])
    def test_no_cell_begins_as_a_formula(self, text: str) -> None:
        assert safe_cell(text) == f"'{text}"
