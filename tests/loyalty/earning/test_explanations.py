from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest

from loyalty.earning.conditions import Condition, condition_params, field_of
from loyalty.earning.document import Rule
from loyalty.earning.engine import evaluate
from loyalty.earning.sentences import explain
from loyalty.types import Activity, EarningBase, Line, LineKind, MemberFacts, Outcome
from tests.loyalty.earning.explaining import BASKET, FIFTY, both, judged
from tests.loyalty.earning.rule_sentences import BASE, CONDITIONS
from tests.loyalty.earning.shop import NOON, Json, activity
from tests.loyalty.earning.telling import LABELS, a_reason, a_rule, asks, gives


class TestWhatGavePoints:
    @pytest.mark.parametrize(
        ("rule", "nl", "en"),
        [
            (
                a_rule(effects=BASE),
                "1 punt per euro: 1.246 punten",
                "1 point per euro: 1,246 points",
            ),
            (
                a_rule(asks("line.category", "in", ["paint"]), effects=BASE),
                "1 punt per euro op buitenverf: 12 punten",
                "1 point per euro on exterior paint: 12 points",
            ),
            (
                a_rule(effects=[gives("per_quantity", points=1, unit="stamps")]),
                "1 stempel per stuk: 2 stempels",
                "1 stamp per piece: 2 stamps",
            ),
            (
                a_rule(asks("line.category", "in", ["paint"]), effects=[gives("fixed", points=1)]),
                "Bij een aankoop met buitenverf: 1 punt",
                "For a purchase with exterior paint: 1 point",
            ),
            (
                a_rule(asks("basket.amount", "at_least", "1000"), effects=FIFTY),
                "Bij een aankoop vanaf € 1.000: 50 punten",
                "For a purchase from €1,000: 50 points",
            ),
            (
                a_rule(asks("count", "equals", 1, of="purchase"), effects=FIFTY),
                "Bij de eerste aankoop: 50 punten",
                "For the first purchase: 50 points",
            ),
            (
                a_rule(effects=[gives("reward", reward="brush")]),
                "De beloning Gratis kwast",
                "The reward Free brush",
            ),
        ],
    )
    def test_is_told_to_the_member(self, rule: Rule, nl: str, en: str) -> None:
        assert both(judged(rule)) == (nl, en)

    def test_is_told_of_a_multiplier(self) -> None:
        double = a_rule(
            asks("line.category", "in", ["paint"]), effects=[gives("multiplier", factor="2.0")]
        )
        reason = judged(a_rule(effects=BASE, key="base"), double)
        assert both(reason) == (
            "2× punten op buitenverf: 12 punten",
            "2× points on exterior paint: 12 points",
        )
        assert both(reason, audience="cashier") == (
            "+12 punten: 2× punten op buitenverf",
            "+12 points: 2× points on exterior paint",
        )
        assert both(reason, audience="desk") == (
            "2× punten op buitenverf: 12 punten "
            "(rule v1, regel 1, factor=2.0, line.category=paint)",
            "2× points on exterior paint: 12 points "
            "(rule v1, line 1, factor=2.0, line.category=paint)",
        )

    @pytest.mark.parametrize(
        ("limit", "nl", "en"),
        [
            (
                {"most": 1000, "period": "month"},
                "het maximum van 1.000 punten per maand",
                "the maximum of 1,000 points a month",
            ),
            (
                {"most": 1000, "period": "week", "scope": "rule"},
                "het maximum van 1.000 punten per week voor alle klanten samen",
                "the maximum of 1,000 points a week for all members together",
            ),
            ({"scope": "budget", "budget": "spring"}, "het budget lente", "the budget spring"),
        ],
    )
    def test_is_told_with_the_limit_that_cut_it(self, limit: Any, nl: str, en: str) -> None:
        reason = judged(a_rule(effects=BASE, limits=[limit]), budgets={"spring": 1000})
        assert both(reason) == (
            f"1 punt per euro: 1.000 punten, 246 minder door {nl}",
            f"1 point per euro: 1,000 points, 246 less because of {en}",
        )
        assert both(reason, audience="cashier") == (
            "+1.000 punten: 1 punt per euro (maximum)",
            "+1,000 points: 1 point per euro (maximum)",
        )

    def test_is_told_with_the_cap_that_cut_it(self) -> None:
        cap = a_rule(effects=[gives("cap", most=1000)], key="autumn")
        rules = (a_rule(effects=BASE), cap)
        assert both(judged(*rules)) == (
            "1 punt per euro: 1.000 punten, 246 minder door het maximum ‘Herfstkleuren’",
            "1 point per euro: 1,000 points, 246 less because of the maximum ‘Autumn colours’",
        )
        reason = judged(*rules, about="autumn")
        assert both(reason) == (
            "Alle acties samen hoogstens 1.000 punten per keer: 246 punten minder",
            "All offers together at most 1,000 points each time: 246 points less",
        )
        assert both(reason, audience="cashier") == (
            "-246 punten: alle acties samen hoogstens 1.000 punten per keer",
            "-246 points: all offers together at most 1,000 points each time",
        )

    def test_a_cap_that_is_not_reached_says_so(self) -> None:
        cap = a_rule(effects=[gives("cap", most=9, unit="stars", period="week")])
        assert both(judged(cap)) == (
            "Alle acties samen hoogstens 9 sterren per week: niet bereikt",
            "All offers together at most 9 stars a week: not reached",
        )


class TestWhatGaveNothing:
    @pytest.mark.parametrize(
        ("limit", "used", "nl", "en"),
        [
            (
                {"most": 1, "of": "times", "period": "month"},
                {"rule|member.times|month:2026-11": 1},
                "Het maximum van 1 keer per maand is bereikt",
                "The maximum of once a month is reached",
            ),
            (
                {"most": 100, "period": "year"},
                {"rule|member|year:2026": 100},
                "Het maximum van 100 punten per jaar is bereikt",
                "The maximum of 100 points a year is reached",
            ),
        ],
    )
    def test_because_of_a_limit_names_it(
        self, limit: Json, used: dict[str, int], nl: str, en: str
    ) -> None:
        reason = judged(a_rule(effects=FIFTY, limits=[limit]), by=MemberFacts(used=used))
        assert reason.outcome is Outcome.LIMITED
        assert both(reason) == both(reason, audience="cashier") == (nl, en)

    def test_because_of_a_budget_names_it(self) -> None:
        rule = a_rule(effects=FIFTY, limits=[{"scope": "budget", "budget": "spring"}])
        used = MemberFacts(used={"!budget:spring|ever:": 10})
        reason = judged(rule, by=used, budgets={"spring": 10})
        assert both(reason) == ("Het budget lente is op", "The budget spring is used up")
        assert both(reason, audience="cashier") == (
            "Budget op: lente",
            "Budget used up: spring",
        )

    def test_because_of_a_cap_names_it(self) -> None:
        cap = a_rule(effects=[gives("cap", most=100, period="day")], key="autumn")
        by = MemberFacts(used={"autumn|member|day:2026-11-22": 100})
        reason = judged(a_rule(effects=FIFTY), cap, by=by)
        assert both(reason) == (
            "Het maximum ‘Herfstkleuren’ is bereikt",
            "The maximum ‘Autumn colours’ is reached",
        )

    @pytest.mark.parametrize(
        ("choose", "nl", "en"),
        [
            (
                "best",
                "Herfstkleuren leverde meer op dan de 50 punten van deze actie",
                "Autumn colours gave more than the 50 points of this offer",
            ),
            (
                "first",
                "Herfstkleuren ging voor; deze actie had 50 punten gegeven",
                "Autumn colours came first; this offer would have given 50 points",
            ),
        ],
    )
    def test_because_another_won_names_the_winner(self, choose: str, nl: str, en: str) -> None:
        group = {"key": "g", "choose": choose}
        winner = a_rule(effects=[gives("fixed", points=60)], key="autumn", group=group)
        reason = judged(a_rule(effects=FIFTY, group=group), winner)
        assert reason.outcome is Outcome.LOST
        assert both(reason) == (nl, en)
        assert both(reason, audience="cashier") == (
            "Andere actie geldt: Herfstkleuren",
            "Another offer counts: Autumn colours",
        )

    @pytest.mark.parametrize("condition", [condition for condition, _, _ in CONDITIONS])
    def test_every_condition_says_what_it_asks(self, condition: Json) -> None:
        asked = a_rule(condition, effects=FIFTY).document.conditions[0]
        params = condition_params(asked)
        nl, en = both(a_reason(Outcome.NOT_MET, field_of(asked), params))
        excludes = any(name.startswith("not:") for name in params)
        assert nl.startswith("Geldt niet " if excludes else "Geldt alleen ")
        assert en.startswith("Not " if excludes else "Only ")

    def test_no_condition_is_left_out(self) -> None:
        told = {condition["field"] for condition, _, _ in CONDITIONS}
        assert told == {str(kind.__struct_config__.tag) for kind in get_args(Condition)}

    @pytest.mark.parametrize(
        ("rule", "nl", "en", "short_nl", "short_en"),
        [
            (
                a_rule(asks("line.category", "in", ["stain"])),
                "Geldt alleen op beits",
                "Only on stain",
                "Alleen op beits",
                "Only on stain",
            ),
            (
                a_rule(asks("line.category", "not_in", ["paint", "tools"])),
                "Geldt niet op buitenverf en tools",
                "Not on exterior paint and tools",
                "Niet op buitenverf en tools",
                "Not on exterior paint and tools",
            ),
            (
                a_rule(asks("activity.channel", "in", ["app"])),
                "Geldt alleen in de app",
                "Only in the app",
                "Alleen in de app",
                "Only in the app",
            ),
            (
                a_rule(asks("member.tier", "in", ["gold"])),
                "Geldt alleen voor klanten met tier Goud",
                "Only for members with tier Gold",
                "Alleen voor klanten met tier Goud",
                "Only for members with tier Gold",
            ),
            (
                a_rule(asks("time.weekday", "in", ["sat"])),
                "Geldt alleen op zaterdag",
                "Only on Saturday",
                "Alleen op zaterdag",
                "Only on Saturday",
            ),
            (
                a_rule(asks("basket.amount", "at_most", "50")),
                "Geldt alleen tot en met € 50",
                "Only up to €50",
                "Alleen tot en met € 50",
                "Only up to €50",
            ),
            (
                a_rule(starts_at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
                "Geldt pas vanaf 1 december 2026",
                "Only from 1 December 2026",
                "Pas vanaf 1 december 2026",
                "Only from 1 December 2026",
            ),
            (
                a_rule(ends_at=datetime(2026, 10, 31, 23, 0, tzinfo=UTC)),
                "Gold t/m 31 oktober 2026",
                "Applied through 31 October 2026",
                "Was t/m 31 oktober 2026",
                "Was through 31 October 2026",
            ),
        ],
    )
    def test_names_the_condition_that_failed(
        self, rule: Rule, nl: str, en: str, short_nl: str, short_en: str
    ) -> None:
        reason = judged(rule)
        assert reason.outcome is Outcome.NOT_MET
        assert both(reason) == (nl, en)
        assert both(reason, audience="cashier") == (short_nl, short_en)

    def test_tells_the_desk_the_rule_the_version_and_the_params(self) -> None:
        unmet = judged(a_rule(asks("activity.attribute", "at_least", "4.5", name="rating")))
        assert both(unmet, audience="desk") == (
            "Geldt alleen met rating vanaf 4,5 "
            "(rule v1, at_least:activity.attribute=4.5, name=rating)",
            "Only with rating from 4.5 (rule v1, at_least:activity.attribute=4.5, name=rating)",
        )

    def test_because_nothing_was_paid(self) -> None:
        reason = judged(a_rule(effects=BASE), of=activity(amount=Decimal(0)))
        assert both(reason) == (
            "Er was geen bedrag om punten over te geven",
            "There was no amount to earn points on",
        )
        assert both(reason, audience="cashier") == ("Geen bedrag", "No amount")

    def test_because_what_was_bought_earns_nothing(self) -> None:
        card = Line(product="card", amount=Decimal(25), kind=LineKind.GIFT_CARD)
        reason = judged(a_rule(effects=BASE), of=activity(card), base=EarningBase())
        assert both(reason) == (
            "Wat er gekocht is, telt niet mee voor punten",
            "What was bought does not count for points",
        )
        assert both(reason, audience="cashier") == ("Telt niet mee", "Does not count")

    def test_of_a_newer_engine_is_told_as_well_as_can_be(self) -> None:
        newer = a_reason(Outcome.APPLIED, "raffle", {}, points=3)
        unknown = a_reason(Outcome.NOT_MET, "sky.moon", {"sky.moon": "full"})
        near = a_reason(Outcome.NEAR_MISS, "sky.moon", {"short": "1", "would_earn": "5"})
        lost = a_reason(Outcome.LOST, "group", {})
        limited = a_reason(Outcome.LIMITED, "limit", {"limit": "moon"})
        assert both(newer) == ("Herfst: 3 punten", "Autumn: 3 points")
        for reason in (unknown, near, lost, limited):
            assert both(reason) == ("Hier niet van toepassing", "Does not apply here")


def test_members_are_never_told_what_only_the_desk_needs() -> None:
    facts = MemberFacts(joined_on=date(2026, 1, 1))
    rules = [
        a_rule(condition, effects=FIFTY, key=f"r{n}")
        for n, (condition, *_) in enumerate(CONDITIONS)
    ]
    award = evaluate(rules, Activity(type="purchase", occurred_at=NOON, lines=BASKET.lines), facts)
    for reason in award.reasons:
        for audience in ("member", "cashier"):
            told = explain(reason, "nl", labels=LABELS, audience=audience)
            assert reason.rule not in told.split()
            assert "=" not in told
