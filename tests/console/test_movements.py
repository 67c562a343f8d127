"""Finance's report, through its page: every column, the proof, the file."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme, Unit
from loyalty.movements import Column, Moment, Step, movement_report
from loyalty.services.adjustments import adjust_points
from loyalty.services.rules import draft_rule, publish_rule
from loyalty.services.spending import spend_points
from members.models import Membership
from members.selectors import account_of
from tests.console.conftest import NOON, Buy

PAGE = "/console/loyalty/transfer/movements/"
PERIOD = {"since": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture
def unit(programme: Programme) -> Unit:
    return Unit.objects.select_related("programme").get(programme=programme)


def adjust(anna: Membership, points: int, *, at: datetime, key: str) -> None:
    adjust_points(account_id=account_of(anna), points=points, reason="x", actor="t", at=at, key=key)


@pytest.fixture
def moved(programme: Programme, anna: Membership, buy: Buy) -> None:
    """100 at first; then 50 earned, 30 spent, 5 taken; and 7 later."""
    rule = draft_rule(
        programme_id=programme.pk,
        key="base",
        name_nl="Basis",
        name_en="Base",
        document={
            "schema": 2,
            "trigger": "purchase",
            "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
        },
        actor="staff:1",
        at=NOON,
    )
    publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
    adjust(anna, 100, at=NOON - timedelta(days=40), key="1")
    buy("50.00")
    spend_points(
        account_id=account_of(anna),
        points=30,
        source="reward",
        external_id="r1",
        actor="member",
        reasons=[],
        at=NOON,
    )
    adjust(anna, -5, at=NOON + timedelta(days=1), key="2")
    adjust(anna, 7, at=NOON + timedelta(days=20), key="3")


@pytest.mark.usefixtures("moved")
class TestTheReport:
    def test_says_what_came_and_went_and_ties_out(self, unit: Unit) -> None:
        report = movement_report(unit, since=date(2026, 11, 1), until=date(2026, 11, 30))
        assert (report.opening, report.closing, report.held) == (100, 115, 122)
        assert (report.since_then, report.difference) == (7, 0)
        assert [(line.day, line.opening, line.points, line.closing) for line in report.lines] == [
            (date(2026, 11, 22), 100, {Column.GRANTED: 50, Column.REDEEMED: -30}, 120),
            (date(2026, 11, 23), 120, {Column.CORRECTED: -5}, 115),
        ]

    def test_by_month(self, unit: Unit) -> None:
        report = movement_report(
            unit, since=date(2026, 10, 1), until=date(2026, 12, 31), step=Step.MONTH
        )
        assert [(line.day, line.closing) for line in report.lines] == [
            (date(2026, 10, 1), 100),
            (date(2026, 11, 1), 115),
            (date(2026, 12, 1), 122),
        ]
        assert report.difference == 0

    def test_by_when_it_was_booked(self, unit: Unit) -> None:
        report = movement_report(
            unit, since=date(2026, 11, 1), until=date(2026, 11, 30), by=Moment.BOOKED
        )
        assert report.difference == 0

    def test_a_day_is_the_programmes_day(self, anna: Membership, unit: Unit) -> None:
        adjust(anna, 11, at=NOON.replace(hour=23, minute=30), key="late")
        report = movement_report(unit, since=date(2026, 11, 23), until=date(2026, 11, 23))
        assert report.totals[Column.CORRECTED] == 6


class TestThePage:
    @pytest.mark.usefixtures("moved")
    def test_shows_the_lines_the_total_and_the_proof(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("finance")
        shown = client.get(PAGE, PERIOD)
        text = " ".join(shown.content.decode().split())
        assert shown.context["ties_out"]
        assert "It ties out: 115 at the end and 7 since then is the 122" in text
        assert "+50" in text
        assert "−30" in text

    def test_opens_without_anything_in_both_languages(
        self, client: Client, sign_in: Callable[..., Any]
    ) -> None:
        sign_in("finance")
        for language in ("nl", "en"):
            client.cookies["django_language"] = language
            assert client.get(PAGE).context["ties_out"]

    @pytest.mark.parametrize(
        "asked",
        [
            {"since": "2026-12-01", "until": "2026-11-01"},
            {"since": "2001-01-01", "until": "2026-11-01"},
            {"since": "nonsense"},
            {"unit": "99999"},
            {"step": "century"},
        ],
    )
    def test_nonsense_is_told_beside_the_field(
        self, client: Client, sign_in: Callable[..., Any], asked: dict[str, str]
    ) -> None:
        sign_in("finance")
        shown = client.get(PAGE, asked)
        assert shown.status_code == 200
        assert shown.context["report"] is None
        assert shown.context["form"].errors

    @pytest.mark.usefixtures("moved")
    def test_costs_one_statement_over_the_ledger(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("finance")
        with django_assert_max_num_queries(10) as asked:
            client.get(PAGE, PERIOD)
        over = [q["sql"] for q in asked.captured_queries if "loyalty_transfer t" in q["sql"]]
        assert len(over) == 1

    @pytest.mark.parametrize("role", ["marketer", "service desk", ""])
    def test_is_for_finance(self, client: Client, sign_in: Callable[..., Any], role: str) -> None:
        sign_in(role)
        assert client.get(PAGE).status_code == 403
        assert client.get(PAGE, {"format": "csv"}).status_code == 403


class TestTheFile:
    @pytest.mark.usefixtures("moved")
    def test_has_the_same_figures(self, client: Client, sign_in: Callable[..., Any]) -> None:
        sign_in("finance")
        answer = client.get(PAGE, {**PERIOD, "format": "csv"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert "movements-points-2026-11-01-2026-11-30.csv" in answer["Content-Disposition"]
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines == [
            "Day;Unit;Opening;Granted;Redeemed;Lapsed;Returned;Corrected;Closing",
            "2026-11-22;Points;100;50;-30;0;0;0;120",
            "2026-11-23;Points;120;0;0;0;0;-5;115",
        ]

    @pytest.mark.usefixtures("moved")
    def test_is_never_taken_for_a_formula(
        self, client: Client, sign_in: Callable[..., Any], unit: Unit
    ) -> None:
        Unit.objects.filter(pk=unit.pk).update(name_en='=cmd|"/c calc"!A1')
        sign_in("finance")
        answer = client.get(PAGE, {**PERIOD, "format": "csv"}).content.decode()
        assert "'=cmd" in answer
        assert ";=cmd" not in answer
        assert ';"=cmd' not in answer
