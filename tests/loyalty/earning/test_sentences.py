from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest

from loyalty.earning.conditions import Condition
from loyalty.earning.document import Rule
from loyalty.earning.effects import Effect
from loyalty.earning.limits import Limit
from loyalty.earning.sentences import describe_rule, wording
from loyalty.earning.wording_en import EN
from loyalty.earning.wording_nl import NL
from tests.loyalty.earning.rule_sentences import CONDITIONS, EFFECTS, LIMITS, REST
from tests.loyalty.earning.shop import Json
from tests.loyalty.earning.telling import LABELS, a_rule, asks, gives

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BASE = [gives("per_amount", points=1, per="1.00")]
DOUBLE = [gives("multiplier", factor="2")]


def both(rule: Rule, **more: Any) -> tuple[str, str]:
    given: dict[str, Any] = {"labels": LABELS, "zone": AMSTERDAM, "budgets": {"spring": 100_000}}
    nl, en = (describe_rule(rule, language, **(given | more)) for language in ("nl", "en"))
    return nl, en


class TestDescribeRule:
    def test_reads_as_a_marketer_would_say_it(self) -> None:
        rule = a_rule(
            asks("line.category", "in", ["paint"]),
            asks("member.tier", "in", ["gold"]),
            effects=[gives("per_amount", points=3, per="1.00")],
            limits=[{"most": 500, "period": "month"}],
            ends_at=datetime(2026, 12, 31, 23, tzinfo=UTC),
        )
        assert both(rule, year=2026) == (
            "klanten met tier Goud krijgen 3 punten per euro op buitenverf, t/m 31 december, "
            "hoogstens 500 per maand",
            "members with tier Gold get 3 points per euro on exterior paint, "
            "through 31 December, at most 500 a month",
        )

    @pytest.mark.parametrize(("condition", "nl", "en"), CONDITIONS)
    def test_tells_each_condition(self, condition: Json, nl: str, en: str) -> None:
        assert both(a_rule(condition, effects=DOUBLE)) == (nl, en)

    @pytest.mark.parametrize(("rule", "nl", "en"), EFFECTS)
    def test_tells_each_effect(self, rule: Rule, nl: str, en: str) -> None:
        assert both(rule) == (nl, en)

    @pytest.mark.parametrize(("limit", "nl", "en"), LIMITS)
    def test_tells_each_limit(self, limit: Json, nl: str, en: str) -> None:
        told = both(a_rule(effects=BASE, limits=[limit]))
        assert told == (f"1 punt per euro, {nl}", f"1 point per euro, {en}")

    @pytest.mark.parametrize(("rest", "nl", "en"), REST)
    def test_tells_groups_and_terms(self, rest: Json, nl: str, en: str) -> None:
        told = both(a_rule(effects=BASE, **rest))
        assert told == (f"1 punt per euro, {nl}", f"1 point per euro, {en}")

    def test_names_the_unit_of_a_limit_when_the_rule_gives_more_than_one(self) -> None:
        rule = a_rule(
            effects=[*BASE, gives("fixed", points=1, unit="stamps")],
            limits=[{"most": 10, "unit": "stamps", "period": "month"}],
        )
        assert both(rule) == (
            "1 punt per euro en 1 stempel, hoogstens 10 stempels per maand",
            "1 point per euro and 1 stamp, at most 10 stamps a month",
        )

    def test_puts_everything_in_its_place(self) -> None:
        rule = a_rule(
            asks("time.weekday", "in", ["sat", "sun"]),
            asks("member.segment", "in", ["painters"]),
            asks("member.segment", "in", ["parents"]),
            asks("basket.quantity", "at_least", "3"),
            asks("line.category", "in", ["paint"]),
            asks("line.brand", "in", ["Histor"]),
            asks("line.product", "not_in", ["4711"]),
            asks("basket.amount", "at_least", "12.5"),
            asks("count", "at_most", 3, of="purchase"),
            effects=[gives("fixed", points=50)],
        )
        assert both(rule) == (
            "klanten in de groep painters en in de groep parents krijgen 50 punten "
            "bij de eerste 3 aankopen met buitenverf van Histor vanaf € 12,50 "
            "met minstens 3 stuks op zaterdag en zondag, behalve op 4711",
            "members in the group painters and in the group parents get 50 points "
            "for the first 3 purchases with exterior paint by Histor from €12.50 "
            "with at least 3 pieces on Saturday and Sunday, except on 4711",
        )

    def test_names_a_few_of_many_keys(self) -> None:
        assert both(a_rule(asks("line.category", "in", list("abcdefg")), effects=DOUBLE)) == (
            "2× punten op a, b, c, d, e en nog 2",
            "2× points on a, b, c, d, e and 2 more",
        )

    def test_tells_the_last_day_in_the_programmes_zone(self) -> None:
        december = a_rule(
            effects=BASE,
            starts_at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC),
            ends_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC),
        )
        assert both(december) == (
            "1 punt per euro, vanaf 1 december 2026 t/m 31 december 2026",
            "1 point per euro, from 1 December 2026 through 31 December 2026",
        )

    def test_tells_the_hour_of_an_end_that_is_not_midnight(self) -> None:
        evening = a_rule(ends_at=datetime(2026, 12, 31, 18, 0, tzinfo=UTC))
        assert both(evening, zone=UTC) == (
            "50 punten bij een aankoop, tot 31 december 2026 18:00",
            "50 points for a purchase, until 31 December 2026 18:00",
        )

    @pytest.mark.parametrize(
        ("currency", "nl", "en"),
        [
            ("EUR", "1.250 punten per € 2.500,50", "1,250 points per €2,500.50"),
            ("CHF", "1.250 punten per CHF 2.500,50", "1,250 points per CHF 2,500.50"),
            ("KWD", "1.250 punten per KWD 2.500,500", "1,250 points per KWD 2,500.500"),
        ],
    )
    def test_shows_currencies_with_their_own_decimals(
        self, currency: str, nl: str, en: str
    ) -> None:
        rule = a_rule(effects=[gives("per_amount", points=1250, per="2500.5")])
        assert both(rule, currency=currency) == (nl, en)

    def test_shows_currencies_without_decimals(self) -> None:
        rule = a_rule(asks("basket.amount", "at_least", "1000.00"), effects=BASE)
        assert both(rule, currency="JPY") == (
            "1 punt per ¥ 1 bij een aankoop vanaf ¥ 1.000",
            "1 point per ¥1 for a purchase from ¥1,000",
        )

    def test_takes_any_dutch_for_dutch_and_all_else_for_english(self) -> None:
        told = [describe_rule(a_rule(effects=BASE), each) for each in ("nl-BE", "en-gb", "de")]
        assert told == ["1 punt per euro", "1 point per euro", "1 point per euro"]


class TestWording:
    """A type that is added must be told too: these fail until it has its words and its case."""

    def test_every_condition_with_every_operator_is_told(self) -> None:
        told = {(asked["field"], asked["operator"]) for asked, _, _ in CONDITIONS}
        known = {
            (str(kind.__struct_config__.tag), operator)
            for kind in get_args(Condition)
            for field in msgspec.inspect.type_info(kind).fields
            if field.name == "operator"
            for operator in field.type.values
        }
        assert told == known

    def test_every_effect_is_told(self) -> None:
        told = {type(effect) for rule, _, _ in EFFECTS for effect in rule.document.effects}
        assert told == set(get_args(Effect))

    def test_every_limit_is_told(self) -> None:
        limits = [msgspec.convert(limit, Limit) for limit, _, _ in LIMITS]
        fields = {field.name: field for field in msgspec.structs.fields(Limit)}
        for name in ("of", "scope", "period"):
            assert {getattr(limit, name) for limit in limits} == set(get_args(fields[name].type))

    def test_nothing_is_said_twice_for_different_conditions(self) -> None:
        sentences = [nl for asked, nl, _ in CONDITIONS if asked["value"] != 1]
        assert len(sentences) == len(set(sentences))

    def test_both_languages_have_the_same_templates(self) -> None:
        for name in ("fields", "channels", "deeds", "units", "kinds", "counts", "periods"):
            assert getattr(NL.rule, name).keys() == getattr(EN.rule, name).keys(), name
        assert NL.reason.cashier.keys() == EN.reason.cashier.keys()
        assert wording("nl") is NL

    def test_no_sentence_shouts(self) -> None:
        assert "!" not in repr(NL) + repr(EN)
