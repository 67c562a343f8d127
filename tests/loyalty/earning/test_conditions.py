from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.engine import evaluate
from loyalty.earning.situation import number_of
from loyalty.types import Activity, MemberFacts, Outcome, Reason
from tests.loyalty.earning.shop import NOBODY, NOON, activity, fixed, line, off, on, rule, where

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PAINT = line("12.49", "paint", quantity=Decimal(2))
BRUSH = line("3.99", "tools", product="42")
CARD = line("25.00", kind="GIFT_CARD")


def outcome_of(
    condition: dict[str, Any], happened: Activity, facts: MemberFacts = NOBODY, **given: Any
) -> Reason:
    (reason,) = evaluate([rule(fixed(), condition)], happened, facts, **given).reasons
    return reason


def holds(*asked: Any, **given: Any) -> bool:
    return outcome_of(*asked, **given).outcome is Outcome.APPLIED


def at(moment: str) -> Activity:
    """A purchase at that moment, in UTC."""
    return activity(PAINT, occurred_at=datetime.fromisoformat(moment).replace(tzinfo=UTC))


class TestOfLines:
    def test_a_kind_of_line_may_be_left_out(self) -> None:
        goods = where("line.kind", "in", ["GOODS"])
        reason = outcome_of(goods, activity(BRUSH, line("5.00", kind="DELIVERY"), PAINT))
        assert reason.lines == (0, 2)

    def test_only_lines_that_are_large_enough_count(self) -> None:
        reason = outcome_of(where("line.amount", "at_least", "10.00"), activity(BRUSH, PAINT))
        assert (reason.outcome, reason.lines) == (Outcome.APPLIED, (1,))
        assert reason.params["line.amount"] == "10.00"

    def test_the_quantity_is_that_of_the_matching_lines(self) -> None:
        basket = activity(PAINT, BRUSH, PAINT)
        of_paint = [on("paint"), where("basket.quantity", "at_least", "4")]
        five = where("basket.quantity", "at_least", "5")
        assert evaluate([rule(fixed(), *of_paint)], basket, NOBODY).points == 50
        assert evaluate([rule(fixed(), on("paint"), five)], basket, NOBODY).points == 0
        assert holds(five, basket)

    def test_a_basket_contains_a_category_and_a_product(self) -> None:
        both = where("basket.contains", "all", ["paint", "42"])
        assert holds(both, activity(PAINT, BRUSH))
        assert not holds(both, activity(PAINT))
        assert not holds(both, activity(PAINT, line("0.00", "tools", product="42")))
        assert outcome_of(both, activity(PAINT)).params == {"basket.contains": "paint,42"}

    def test_an_amount_may_not_be_more(self) -> None:
        most = where("basket.amount", "at_most", "16.48")
        assert holds(most, activity(PAINT, BRUSH))
        reason = outcome_of(most, activity(PAINT, BRUSH, line("0.01")))
        assert (reason.outcome, reason.params) == (
            Outcome.NOT_MET,
            {"at_most:basket.amount": "16.48"},
        )


class TestOfAttributes:
    five_stars = activity(what="review", attributes={"rating": "5", "word": "good"})

    @pytest.mark.parametrize(
        ("operator", "value", "expected"),
        [
            ("in", ["4", "5"], True),
            ("in", ["1"], False),
            ("not_in", ["1"], True),
            ("at_least", "5", True),
            ("at_least", "5.0001", False),
            ("at_most", "5", True),
            ("at_most", "-5", False),
        ],
    )
    def test_compares_as_keys_or_as_numbers(
        self, operator: str, value: Any, *, expected: bool
    ) -> None:
        asked = where("activity.attribute", operator, value, name="rating")
        (reason,) = evaluate(
            [rule(fixed(), asked, trigger="review")], self.five_stars, NOBODY
        ).reasons
        assert (reason.outcome is Outcome.APPLIED) is expected

    @pytest.mark.parametrize(("name", "operator"), [("word", "at_least"), ("none", "at_most")])
    def test_what_is_no_number_or_not_there_meets_no_bound(self, name: str, operator: str) -> None:
        asked = where("activity.attribute", operator, "0", name=name)
        (reason,) = evaluate(
            [rule(fixed(), asked, trigger="review")], self.five_stars, NOBODY
        ).reasons
        assert reason.outcome is Outcome.NOT_MET
        assert reason.params == {f"{operator}:activity.attribute": "0", "name": name}

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("5", 50_000),
            ("-0.5", -5_000),
            ("1.23456", 12_345),
            ("-1.23456", -12_346),
            ("", None),
            ("1e5", None),
            ("²", None),
            ("1.", None),
            (".5", None),
            ("9" * 16, None),
        ],
    )
    def test_reads_numbers_without_floats(self, text: str, number: int | None) -> None:
        assert number_of(text) == number


class TestOfTime:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-06-15T14:59:59", False),  # 16:59 in Amsterdam, in summer
            ("2026-06-15T15:00:00", True),
            ("2026-06-15T18:59:59", True),
            ("2026-06-15T19:00:00", False),
            ("2026-12-15T16:00:00", True),  # 17:00, in winter
            ("2026-12-15T15:59:59", False),
        ],
    )
    def test_hours_are_those_of_the_programmes_clock(self, moment: str, *, expected: bool) -> None:
        evening = where("time.hours", "between", ["17:00", "21:00"])
        assert holds(evening, at(moment), zone=AMSTERDAM) is expected

    @pytest.mark.parametrize(("hour", "expected"), [(21, False), (22, True), (1, True), (2, False)])
    def test_hours_may_wrap_midnight(self, hour: int, *, expected: bool) -> None:
        night = where("time.hours", "between", ["22:00", "02:00"])
        assert holds(night, at(f"2026-06-15T{hour:02d}:00:00")) is expected

    def test_a_day_may_end_at_24(self) -> None:
        late = where("time.hours", "between", ["22:00", "24:00"])
        assert holds(late, at("2026-06-15T23:59:59"))
        assert not holds(late, at("2026-06-15T00:00:00"))

    def test_weekdays_are_those_of_the_programmes_calendar(self) -> None:
        sunday = where("time.weekday", "in", ["sun"])
        saturday_night = at("2026-06-13T22:30:00")  # past midnight in Amsterdam
        assert holds(sunday, saturday_night, zone=AMSTERDAM)
        assert not holds(sunday, saturday_night)
        assert holds(where("time.weekday", "not_in", ["sun"]), saturday_night)

    @pytest.mark.parametrize(
        ("days", "moment", "expected"),
        [
            (["12-01", "12-31"], "2026-12-31T22:59:59", True),
            (["12-01", "12-31"], "2026-12-31T23:00:00", False),  # new year in Amsterdam
            (["12-15", "01-06"], "2027-01-06T12:00:00", True),
            (["12-15", "01-06"], "2026-12-14T12:00:00", False),
            (["12-15", "01-06"], "2027-01-07T12:00:00", False),
            (["02-29", "02-29"], "2028-02-29T12:00:00", True),
        ],
    )
    def test_days_of_the_year_include_the_last_and_may_wrap(
        self, days: list[str], moment: str, *, expected: bool
    ) -> None:
        asked = where("time.month_day", "between", days)
        assert holds(asked, at(moment), zone=AMSTERDAM) is expected


class TestOfTheMember:
    @pytest.mark.parametrize(
        ("operator", "days", "expected"),
        [("at_least", 52, True), ("at_least", 53, False), ("at_most", 52, True)],
    )
    def test_days_since_joining(self, operator: str, days: int, *, expected: bool) -> None:
        joined = MemberFacts(joined_on=date(2026, 10, 1))  # 52 days before noon
        assert holds(where("member.joined", operator, days), activity(PAINT), joined) is expected

    @pytest.mark.parametrize("operator", ["at_least", "at_most"])
    def test_who_joined_at_an_unknown_moment_meets_no_number_of_days(self, operator: str) -> None:
        assert not holds(where("member.joined", operator, 0), activity(PAINT))

    @pytest.mark.parametrize(
        ("joined", "moment", "day", "month"),
        [
            (date(2025, 11, 22), "2026-11-22", True, True),
            (date(2025, 11, 1), "2026-11-22", False, True),
            (date(2026, 11, 22), "2026-11-22", False, False),  # the day of joining itself
            (date(2024, 2, 29), "2026-02-28", True, True),
            (date(2024, 2, 29), "2028-02-28", False, True),
            (date(2024, 2, 29), "2028-02-29", True, True),
            (date(2025, 10, 22), "2026-11-22", False, False),
            (None, "2026-11-22", False, False),
        ],
    )
    def test_the_anniversary_is_a_day_or_a_month(
        self, joined: date | None, moment: str, *, day: bool, month: bool
    ) -> None:
        facts, happened = MemberFacts(joined_on=joined), at(f"{moment}T12:00:00")
        found = [
            holds(where("member.anniversary", "is", v), happened, facts) for v in ("day", "month")
        ]
        assert found == [day, month]

    @pytest.mark.parametrize(
        ("operator", "number", "nths"),
        [
            ("every", 3, [3, 6]),
            ("equals", 2, [2]),
            ("at_least", 4, [4, 5, 6]),
            ("at_most", 2, [1, 2]),
        ],
    )
    def test_counts_activities_with_this_one(
        self, operator: str, number: int, nths: list[int]
    ) -> None:
        asked = where("count", operator, number, of="purchase")
        found = [
            nth
            for nth in range(1, 7)
            if holds(asked, activity(PAINT), MemberFacts(counts={"purchase": nth - 1}))
        ]
        assert found == nths

    def test_counts_other_activities_without_this_one(self) -> None:
        asked = where("count", "every", 2, of="review")
        found = [holds(asked, activity(PAINT), MemberFacts(counts={"review": n})) for n in range(4)]
        assert found == [False, False, True, False]

    def test_a_tier_of_any_tier_set_counts(self) -> None:
        facts = MemberFacts(tiers={"main": "gold", "painters": "master"})
        assert holds(on("master", field="member.tier"), activity(), facts)
        assert not holds(off("gold", field="member.tier"), activity(), facts)

    def test_a_variant_is_that_of_one_campaign(self) -> None:
        facts = MemberFacts(variants={"spring": "A", "autumn": "B"})
        in_b = where("variant", "in", ["B"], campaign="autumn")
        assert holds(in_b, activity(), facts)
        assert not holds(where("variant", "in", ["B"], campaign="spring"), activity(), facts)
        assert not holds(in_b, activity())
        assert holds(where("variant", "not_in", ["B"], campaign="autumn"), activity())
        assert outcome_of(in_b, activity()).params == {"variant": "B", "campaign": "autumn"}


class TestOrder:
    def test_the_first_that_fails_is_the_reason_and_situation_comes_before_lines(self) -> None:
        asked = [on("stain"), on("Assen", field="activity.location")]
        (reason,) = evaluate([rule(fixed(), *asked)], activity(PAINT), NOBODY).reasons
        assert reason.code == "activity.location"

    def test_no_clock_is_read_but_the_activitys(self) -> None:
        assert holds(where("time.month_day", "between", ["11-22", "11-22"]), activity(PAINT))
        assert activity(PAINT).occurred_at == NOON
