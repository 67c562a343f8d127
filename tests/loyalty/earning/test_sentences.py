from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate
from loyalty.earning.sentences import describe_rule, explain
from loyalty.types import Activity, MemberFacts, Outcome, Reason
from tests.loyalty.earning.shop import (
    NOBODY,
    activity,
    at_least,
    fixed,
    line,
    multiplier,
    off,
    on,
    per_amount,
    rule,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LABELS = {
    "paint": {"nl": "verf", "en": "paint"},
    "stain": {"nl": "beits", "en": "stain"},
    "gift_card": {"nl": "cadeaubonnen", "en": "gift cards"},
    "gold": {"nl": "Goud", "en": "Gold"},
}


def both(rule: Rule, **more: Any) -> tuple[str, str]:
    nl, en = (describe_rule(rule, language, labels=LABELS, **more) for language in ("nl", "en"))
    return nl, en


class TestDescribeRule:
    @pytest.mark.parametrize(
        ("described", "nl", "en"),
        [
            (rule(per_amount()), "1 punt per € 1,00", "1 point per €1.00"),
            (
                rule(per_amount(1250, "2500")),
                "1.250 punten per € 2.500,00",
                "1,250 points per €2,500.00",
            ),
            (
                rule(multiplier("2.0"), on("paint", "stain")),
                "2× punten op verf en beits",
                "2× points on paint and stain",
            ),
            (rule(multiplier("1.50")), "1,5× punten", "1.5× points"),
            (rule(multiplier("10")), "10× punten", "10× points"),
            (
                rule(multiplier("3"), on("Histor", field="line.brand")),
                "3× punten op producten van Histor",
                "3× points on products by Histor",
            ),
            (
                rule(multiplier("3"), on("paint"), on("Histor", field="line.brand")),
                "3× punten op verf van Histor",
                "3× points on paint by Histor",
            ),
            (
                rule(multiplier("3"), on("paint"), on("4711", field="line.product")),
                "3× punten op verf (4711)",
                "3× points on paint (4711)",
            ),
            (
                rule(per_amount(), off("gift_card", "wall_paper")),
                "1 punt per € 1,00, behalve op cadeaubonnen en wall paper",
                "1 point per €1.00, except on gift cards and wall paper",
            ),
            (
                rule(fixed(), trigger="review"),
                "50 punten voor een review",
                "50 points for a review",
            ),
            (
                rule(fixed(1), trigger="colour_advice"),
                "1 punt voor colour advice",
                "1 point for colour advice",
            ),
            (
                rule(fixed(), on("paint"), at_least("12.5")),
                "50 punten bij een aankoop met verf vanaf € 12,50",
                "50 points for a purchase with paint from €12.50",
            ),
            (
                rule(per_amount(), at_least("50.00")),
                "1 punt per € 1,00 bij een aankoop vanaf € 50,00",
                "1 point per €1.00 for a purchase from €50.00",
            ),
            (
                rule(
                    multiplier(),
                    on("gold", "silver", field="member.tier"),
                    on("app", "web", "kiosk", field="activity.channel"),
                    on("Utrecht", field="activity.location"),
                    on("painters", field="member.segment"),
                    on("parents", field="member.segment"),
                    off("pensioners", field="member.segment"),
                ),
                "2× punten in de app, in de webshop of via kiosk bij Utrecht voor leden met tier "
                "Goud of silver voor leden in de groep painters en voor leden in de groep parents, "
                "niet voor leden in de groep pensioners",
                "2× points in the app, in the webshop or through kiosk at Utrecht for members with "
                "tier Gold or silver for members in the group painters and for members in the "
                "group parents, not for members in the group pensioners",
            ),
            (
                rule(multiplier(), on(*"abcdefg")),
                "2× punten op a, b, c, d, e en nog 2",
                "2× points on a, b, c, d, e and 2 more",
            ),
        ],
    )
    def test_reads_as_a_marketer_would_say_it(self, described: Rule, nl: str, en: str) -> None:
        assert both(described) == (nl, en)

    def test_tells_the_last_day_in_the_programmes_zone(self) -> None:
        december = rule(
            per_amount(),
            starts_at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC),
            ends_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC),
        )
        assert both(december, zone=AMSTERDAM) == (
            "1 punt per € 1,00, vanaf 1 december 2026 t/m 31 december 2026",
            "1 point per €1.00, from 1 December 2026 through 31 December 2026",
        )

    def test_tells_the_hour_of_an_end_that_is_not_midnight(self) -> None:
        evening = rule(fixed(), ends_at=datetime(2026, 12, 31, 18, 0, tzinfo=UTC))
        assert both(evening) == (
            "50 punten bij een aankoop, tot 31 december 2026 18:00",
            "50 points for a purchase, until 31 December 2026 18:00",
        )

    def test_shows_other_currencies(self) -> None:
        swiss = [describe_rule(rule(per_amount()), each, currency="CHF") for each in ("nl", "en")]
        assert swiss == ["1 punt per CHF 1,00", "1 point per CHF 1.00"]

    def test_takes_any_dutch_for_dutch_and_all_else_for_english(self) -> None:
        told = [describe_rule(rule(per_amount()), each) for each in ("nl-BE", "en-gb", "de")]
        assert told == ["1 punt per € 1,00", "1 point per €1.00", "1 point per €1.00"]


def told(rule_: Rule, activity_: Activity, facts: MemberFacts = NOBODY) -> tuple[str, str]:
    base = rule(per_amount(), key="base", priority=-1)
    rules = [base, rule_] if rule_.code == "multiplier" else [rule_]
    reason = evaluate(rules, activity_, facts).reasons[-1]
    nl, en = (explain(reason, each, labels=LABELS, zone=AMSTERDAM) for each in ("nl", "en"))
    return nl, en


class TestExplain:
    basket = activity(line("12.49", "paint"), line("1234.41", "tools"), channel="web")

    @pytest.mark.parametrize(
        ("applied", "nl", "en"),
        [
            (
                rule(per_amount()),
                "1 punt per € 1,00: 1.246 punten",
                "1 point per €1.00: 1,246 points",
            ),
            (rule(multiplier(), on("paint")), "2× punten op verf: 12 punten", None),
            (
                rule(fixed(1), on("paint")),
                "Bij een aankoop met verf: 1 punt",
                "For a purchase with paint: 1 point",
            ),
            (rule(fixed()), "Bij een aankoop: 50 punten", "For a purchase: 50 points"),
            (
                rule(fixed(), at_least("1000")),
                "Bij een aankoop vanaf € 1.000,00: 50 punten",
                "For a purchase from €1,000.00: 50 points",
            ),
        ],
    )
    def test_says_what_gave_the_points(self, applied: Rule, nl: str, en: str | None) -> None:
        assert told(applied, self.basket) == (nl, en or "2× points on paint: 12 points")

    @pytest.mark.parametrize(
        ("points", "nl", "en"),
        [
            (50, "50 punten extra", "50 extra points"),
            (1, "1 punt extra", "1 extra point"),
        ],
    )
    def test_says_how_near_it_was(self, points: int, nl: str, en: str) -> None:
        near = told(rule(fixed(points), at_least("1250")), self.basket)
        assert near == (
            f"Nog € 3,10 meer en je had {nl} verdiend",
            f"€3.10 more would have earned you {en}",
        )

    def test_says_before_the_purchase_what_more_would_do(self) -> None:
        near = evaluate([rule(fixed(), at_least("1250"))], self.basket, NOBODY).reasons[0]
        assert (
            explain(near, "nl", is_ahead=True) == "Nog € 3,10 meer en je verdient 50 punten extra"
        )
        assert explain(near, "en", is_ahead=True) == "€3.10 more earns you 50 extra points"

    @pytest.mark.parametrize(
        ("unmet", "nl", "en"),
        [
            (rule(fixed(), on("stain")), "Geldt alleen op beits", "Only on stain"),
            (
                rule(fixed(), off("paint", "tools")),
                "Geldt niet op verf en tools",
                "Not on paint and tools",
            ),
            (
                rule(fixed(), on("Histor", field="line.brand")),
                "Geldt alleen op producten van Histor",
                "Only on products by Histor",
            ),
            (
                rule(fixed(), on("app", field="activity.channel")),
                "Geldt alleen in de app",
                "Only in the app",
            ),
            (
                rule(fixed(), off("web", field="activity.channel")),
                "Geldt niet in de webshop",
                "Not in the webshop",
            ),
            (
                rule(fixed(), on("gold", field="member.tier")),
                "Geldt alleen voor leden met tier Goud",
                "Only for members with tier Gold",
            ),
            (
                rule(fixed(), starts_at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
                "Geldt pas vanaf 1 december 2026",
                "Only from 1 December 2026",
            ),
            (
                rule(fixed(), ends_at=datetime(2026, 10, 31, 23, 0, tzinfo=UTC)),
                "Gold t/m 31 oktober 2026",
                "Applied through 31 October 2026",
            ),
        ],
    )
    def test_says_which_condition_failed(self, unmet: Rule, nl: str, en: str) -> None:
        assert told(unmet, self.basket) == (nl, en)

    def test_says_that_there_was_no_amount(self) -> None:
        assert told(rule(per_amount()), activity(amount=Decimal(0))) == (
            "Er was geen bedrag om punten over te geven",
            "There was no amount to earn points on",
        )

    def test_says_from_what_amount_when_nothing_was_missed(self) -> None:
        assert told(rule(per_amount(), at_least("5")), activity(line("0.10"))) == (
            "Geldt alleen vanaf € 5,00",
            "Only from €5.00",
        )

    def test_tells_reasons_of_a_newer_engine_by_their_name(self) -> None:
        newer = Reason(
            rule="stamps",
            version=1,
            outcome=Outcome.APPLIED,
            code="stamps",
            points=3,
            name={"nl": "Stempels"},
        )
        unknown = Reason(rule="moon", version=1, outcome=Outcome.NOT_MET, code="sky.moon")
        sentences = [explain(newer, "nl"), explain(newer, "en"), explain(unknown, "en")]
        assert sentences == ["Stempels: 3 punten", "Stamps: 3 points", "Does not apply here"]
