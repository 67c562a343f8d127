from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty.earning.document import Rule
from loyalty.types import EarningBase
from tests.loyalty.earning.linting import AMSTERDAM, found, said
from tests.loyalty.earning.shop import Json
from tests.loyalty.earning.telling import a_rule, asks, gives


def never(*conditions: Json, **more: Any) -> list[tuple[str, str]]:
    """What is said of a rule that can never apply; it must be an error and the only finding."""
    told = said(a_rule(*conditions, named="Herfst", **more))
    assert [(code, severity) for code, severity, _, _ in told] == [("never_fires", "ERROR")]
    return [(nl, en) for _, _, nl, en in told]


class TestARuleThatCanNeverApply:
    @pytest.mark.parametrize(
        ("conditions", "nl", "en"),
        [
            (
                [
                    asks("line.category", "in", ["paint"]),
                    asks("line.category", "not_in", ["paint"]),
                ],
                "‘op buitenverf’ en ‘niet op buitenverf’ gaan niet samen",
                "‘on exterior paint’ and ‘not on exterior paint’ do not go together",
            ),
            (
                [asks("basket.amount", "at_least", "100"), asks("basket.amount", "at_most", "50")],
                "‘vanaf € 100’ en ‘tot en met € 50’ gaan niet samen",
                "‘from €100’ and ‘up to €50’ do not go together",
            ),
            (
                [asks("member.joined", "at_least", 30), asks("member.joined", "at_most", 7)],
                "‘voor klanten die minstens 30 dagen lid zijn’ en "
                "‘voor klanten die hoogstens 7 dagen lid zijn’ gaan niet samen",
                "‘for members who joined at least 30 days ago’ and "
                "‘for members who joined at most 7 days ago’ do not go together",
            ),
            (
                [asks("member.joined", "at_most", 90), asks("member.anniversary", "is", "day")],
                "‘voor klanten die hoogstens 90 dagen lid zijn’ en "
                "‘voor klanten op de verjaardag van hun lidmaatschap’ gaan niet samen",
                "‘for members who joined at most 90 days ago’ and "
                "‘for members on the anniversary of their joining’ do not go together",
            ),
            (
                [
                    asks("count", "every", 5, of="purchase"),
                    asks("count", "equals", 7, of="purchase"),
                ],
                "‘bij elke 5e aankoop’ en ‘bij de 7e aankoop’ gaan niet samen",
                "‘for every 5th purchase’ and ‘for the 7th purchase’ do not go together",
            ),
            (
                [
                    asks("count", "every", 5, of="purchase"),
                    asks("count", "at_most", 4, of="purchase"),
                ],
                "‘bij elke 5e aankoop’ en ‘bij de eerste 4 aankopen’ gaan niet samen",
                "‘for every 5th purchase’ and ‘for the first 4 purchases’ do not go together",
            ),
            (
                [
                    asks("time.hours", "between", ["09:00", "12:00"]),
                    asks(
                        "time.weekday", "not_in", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                    ),
                ],
                "‘tussen 09:00 en 12:00’ en ‘niet op maandag t/m zondag’ gaan niet samen",
                "‘between 09:00 and 12:00’ and ‘not on Monday through Sunday’ do not go together",
            ),
            (
                [
                    asks("member.segment", "in", ["painters"]),
                    asks("member.segment", "not_in", ["painters", "parents"]),
                ],
                "‘voor klanten in de groep painters’ en "
                "‘niet voor klanten in de groep painters of parents’ gaan niet samen",
                "‘for members in the group painters’ and "
                "‘not for members in the group painters or parents’ do not go together",
            ),
            (
                [
                    asks("activity.attribute", "at_least", "4", name="rating"),
                    asks("activity.attribute", "in", ["3", "good"], name="rating"),
                ],
                "‘met rating vanaf 4’ en ‘met rating 3 of good’ gaan niet samen",
                "‘with rating from 4’ and ‘with rating 3 or good’ do not go together",
            ),
        ],
    )
    def test_names_the_conditions_that_clash(
        self, conditions: list[Json], nl: str, en: str
    ) -> None:
        assert never(*conditions) == [
            (f"‘Herfst’ kan nooit gelden: {nl}", f"‘Herfst’ can never apply: {en}")
        ]

    def test_names_what_alone_leaves_nothing(self) -> None:
        kinds = asks("line.kind", "not_in", ["GOODS", "GIFT_CARD", "DELIVERY"])
        assert never(kinds) == [
            (
                "‘Herfst’ kan nooit gelden: "
                "‘niet op artikelen, cadeaubonnen en bezorgkosten’ laat niets over",
                "‘Herfst’ can never apply: ‘not on goods, gift cards and delivery’ leaves nothing",
            )
        ]

    def test_names_what_is_outside_the_period(self) -> None:
        assert never(
            asks("time.weekday", "in", ["sun"]),
            starts_at=datetime(2026, 11, 23, tzinfo=AMSTERDAM),
            ends_at=datetime(2026, 11, 28, tzinfo=AMSTERDAM),
        ) == [
            (
                "‘Herfst’ kan nooit gelden: ‘op zondag’ valt buiten de looptijd",
                "‘Herfst’ can never apply: ‘on Sunday’ falls outside its period",
            )
        ]

    @pytest.mark.parametrize(
        ("condition", "key"),
        [
            (asks("member.tier", "in", ["platinum"]), "platinum"),
            (asks("member.segment", "in", ["retired"]), "retired"),
            (asks("line.category", "in", ["garden"]), "garden"),
        ],
    )
    def test_names_keys_that_are_not_there(self, condition: Json, key: str) -> None:
        assert never(condition) == [
            (
                f"‘Herfst’ kan nooit gelden: ‘{key}’ is hier niet bekend",
                f"‘Herfst’ can never apply: ‘{key}’ is not known here",
            )
        ]

    def test_names_kinds_of_line_that_earn_nothing(self) -> None:
        assert never(asks("line.kind", "in", ["GIFT_CARD"])) == [
            (
                "‘Herfst’ kan nooit gelden: "
                "op cadeaubonnen worden in dit programma geen punten verdiend",
                "‘Herfst’ can never apply: no points are earned on gift cards in this programme",
            )
        ]
        earning = EarningBase(gift_cards=True)
        assert not found(a_rule(asks("line.kind", "in", ["GIFT_CARD"])), base=earning)

    def test_takes_what_is_not_known_for_possible(self) -> None:
        anything = a_rule(
            asks("member.tier", "in", ["platinum"]),
            asks("line.category", "in", ["garden"]),
            asks("line.product", "in", ["4711"]),
            asks("member.segment", "in", ["retired"]),
            effects=[gives("fixed", points=5, unit="miles")],
        )
        nothing_known = {"tier_keys": None, "categories": None, "segments": None, "units": None}
        assert not found(anything, **nothing_known)


class TestOneRule:
    @pytest.mark.parametrize(
        ("rule", "code", "severity", "nl", "en"),
        [
            (
                a_rule(ends_at=datetime(2026, 10, 31, 23, tzinfo=UTC), named="Herfst"),
                "period_over",
                "WARNING",
                "‘Herfst’ is voorbij: de regel gold t/m 31 oktober 2026",
                "‘Herfst’ is over: it applied through 31 October 2026",
            ),
            (
                a_rule(asks("line.category", "in", ["paint", "garden"]), named="Herfst"),
                "unknown_key",
                "WARNING",
                "‘Herfst’ noemt ‘garden’, maar dat is hier niet bekend",
                "‘Herfst’ names ‘garden’, which is not known here",
            ),
            (
                a_rule(effects=[gives("fixed", points=5, unit="miles")], named="Herfst"),
                "unknown_unit",
                "ERROR",
                "‘Herfst’ geeft ‘miles’, maar die eenheid is er niet",
                "‘Herfst’ gives ‘miles’, but there is no such unit",
            ),
            (
                a_rule(limits=[{"scope": "budget", "budget": "spring"}], named="Herfst"),
                "unknown_budget",
                "ERROR",
                "‘Herfst’ put uit het budget lente, maar dat is er niet",
                "‘Herfst’ draws on the budget spring, but there is none",
            ),
            (
                a_rule(asks("line.category", "in", ["paint"]), trigger="review", named="Herfst"),
                "lines_unlikely",
                "WARNING",
                "‘Herfst’ telt artikelen, maar die zijn er voor een review meestal niet",
                "‘Herfst’ counts items, but for a review there usually are none",
            ),
            (
                a_rule(
                    effects=[gives("fixed", points=500)],
                    limits=[{"most": 100, "period": "month"}],
                    named="Herfst",
                ),
                "limit_below",
                "WARNING",
                "‘Herfst’ geeft in één keer 500 punten, maar hoogstens 100 per maand",
                "‘Herfst’ gives 500 points at once, but at most 100 a month",
            ),
            (
                a_rule(
                    asks("basket.amount", "at_least", "150.50"),
                    effects=[gives("per_amount", points=2, per="1.00")],
                    limits=[{"most": 300, "scope": "rule", "period": "day"}],
                    named="Herfst",
                ),
                "limit_below",
                "WARNING",
                "‘Herfst’ geeft in één keer 301 punten, "
                "maar hoogstens 300 per dag voor alle klanten samen",
                "‘Herfst’ gives 301 points at once, but at most 300 a day for all members together",
            ),
            (
                a_rule(
                    effects=[gives("fixed", points=1)],
                    terms={"expiry": {"kind": "end_of", "period": "month"}},
                    named="Herfst",
                ),
                "short_life",
                "WARNING",
                "Wat ‘Herfst’ geeft, kan al na 1 dag vervallen",
                "What ‘Herfst’ gives may lapse after 1 day",
            ),
        ],
    )
    def test_is_told_what_is_odd_about_it(
        self, rule: Rule, code: str, severity: str, nl: str, en: str
    ) -> None:
        assert said(rule) == [(code, severity, nl, en)]

    def test_is_told_that_a_budget_holds_less_than_it_gives_at_once(self) -> None:
        rule = a_rule(
            effects=[gives("fixed", points=500)],
            limits=[{"scope": "budget", "budget": "spring"}],
            named="Herfst",
        )
        assert said(rule, budgets={"spring": 499}) == [
            (
                "budget_below",
                "WARNING",
                "‘Herfst’ geeft in één keer 500 punten; het budget lente heeft er 499",
                "‘Herfst’ gives 500 points at once; the budget spring has 499",
            )
        ]
        assert not said(rule, budgets={"spring": 500})

    def test_is_left_alone_when_all_is_well(self) -> None:
        well = a_rule(
            asks("line.category", "in", ["paint"]),
            asks("basket.amount", "at_least", "50.00"),
            asks("member.tier", "in", ["gold"]),
            asks("time.weekday", "in", ["sat", "sun"]),
            limits=[{"most": 500, "period": "month"}],
            terms={"pending_days": 14, "expiry": {"kind": "term", "months": 6}},
            starts_at=datetime(2026, 11, 23, tzinfo=AMSTERDAM),
            ends_at=datetime(2026, 12, 23, tzinfo=AMSTERDAM),
        )
        assert not found(well)
