from datetime import datetime
from typing import Any

import pytest

from loyalty.earning.document import Rule
from tests.loyalty.earning.linting import AMSTERDAM, BASE, DOUBLE, found, said
from tests.loyalty.earning.shop import Json
from tests.loyalty.earning.telling import a_rule, asks, gives


class TestSeveralRules:
    def test_are_told_what_both_hit_and_that_both_count(self) -> None:
        two = [
            a_rule(asks("line.category", "in", keys), effects=BASE, key=key, named=key.title())
            for key, keys in (("verf", ["paint", "tools"]), ("herfst", ["paint", "stain"]))
        ]
        assert said(*two) == [
            (
                "overlap",
                "WARNING",
                "‘Herfst’ en ‘Verf’ raken allebei buitenverf; ze tellen allebei",
                "‘Herfst’ and ‘Verf’ both hit exterior paint; both count",
            )
        ]
        assert found(*two)[0].rules == ("herfst", "verf")

    @pytest.mark.parametrize(
        ("choose", "nl", "en"),
        [
            ("first", "alleen ‘B’ telt", "only ‘B’ counts"),
            (
                "best",
                "alleen wat het meeste oplevert, telt",
                "only what gives most counts",
            ),
        ],
    )
    def test_of_a_group_are_told_which_counts(self, choose: str, nl: str, en: str) -> None:
        group = {"key": "autumn", "choose": choose}
        first = a_rule(
            asks("line.brand", "in", ["Histor"]),
            effects=BASE, key="b", named="B", group=group, priority=-1,
        )  # fmt: skip
        second = a_rule(effects=BASE, key="a", named="A", group=group)
        assert said(second, first) == [
            (
                "overlap",
                "NOTE",
                f"‘B’ en ‘A’ raken allebei producten van Histor; {nl}",
                f"‘B’ and ‘A’ both hit products by Histor; {en}",
            )
        ]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (asks("line.category", "in", ["paint"]), asks("line.category", "in", ["stain"])),
            (asks("line.category", "in", ["paint"]), asks("line.category", "not_in", ["paint"])),
            (asks("member.tier", "in", ["gold"]), asks("member.tier", "in", ["silver"])),
            (asks("member.tier", "in", ["gold"]), asks("member.tier", "not_in", ["gold"])),
            (asks("basket.amount", "at_least", "50"), asks("basket.amount", "at_most", "49.99")),
            (asks("time.weekday", "in", ["sat"]), asks("time.weekday", "in", ["sun"])),
            (
                asks("time.hours", "between", ["22:00", "02:00"]),
                asks("time.hours", "between", ["02:00", "22:00"]),
            ),
            (
                asks("time.month_day", "between", ["12-01", "02-28"]),
                asks("time.month_day", "between", ["03-01", "11-30"]),
            ),
            (asks("activity.channel", "in", ["app"]), asks("activity.channel", "in", ["web"])),
            (
                asks("count", "equals", 1, of="purchase"),
                asks("count", "at_least", 2, of="purchase"),
            ),
        ],
    )
    def test_that_never_meet_do_not_overlap(self, one: Json, other: Json) -> None:
        rules = [
            a_rule(each, effects=BASE, key=each["operator"] + str(each)) for each in (one, other)
        ]
        assert not [each for each in found(*rules) if each.code == "overlap"]

    def test_tiers_of_two_sets_can_be_held_at_once(self) -> None:
        rules = [
            a_rule(asks("member.tier", "in", [tier]), effects=BASE, key=tier)
            for tier in ("gold", "builder")
        ]
        codes = [
            [each.code for each in found(*rules, tier_keys=tier_keys)]
            for tier_keys in (["gold", "builder"], {"main": ["gold"], "trade": ["builder"]})
        ]
        assert codes == [[], ["overlap"]]

    def test_in_turn_do_not_overlap(self) -> None:
        turn = datetime(2026, 12, 1, tzinfo=AMSTERDAM)
        rules = [
            a_rule(effects=BASE, key="a", ends_at=turn),
            a_rule(effects=BASE, key="b", starts_at=turn),
        ]
        assert not found(*rules)

    @pytest.mark.parametrize(
        "rules",
        [
            [a_rule(effects=DOUBLE, named="Dubbel")],
            [
                a_rule(asks("line.category", "in", ["paint"]), effects=DOUBLE, named="Dubbel"),
                a_rule(asks("line.category", "in", ["stain"]), effects=BASE, key="b"),
            ],
            [
                a_rule(effects=DOUBLE, named="Dubbel"),
                a_rule(effects=[gives("per_amount", points=1, per="1", unit="stamps")], key="b"),
            ],
        ],
    )
    def test_a_multiplier_needs_something_to_multiply(self, rules: list[Rule]) -> None:
        assert said(*rules) == [
            (
                "multiplier_without_base",
                "WARNING",
                "‘Dubbel’ vermenigvuldigt punten, maar geen regel geeft punten "
                "op dezelfde artikelen in dezelfde tijd",
                "‘Dubbel’ multiplies points, but no rule gives points "
                "on the same items at the same time",
            )
        ]
        codes = {each.code for each in found(*rules, a_rule(effects=BASE, key="base"))}
        assert "multiplier_without_base" not in codes

    def test_are_told_of_a_cap_below_what_one_gives_at_once(self) -> None:
        cap = a_rule(effects=[gives("cap", most=100)], key="cap", named="Maximum")
        rule = a_rule(effects=[gives("fixed", points=500)], key="bonus", named="Bonus")
        assert said(cap, rule) == [
            (
                "cap_below",
                "WARNING",
                "‘Bonus’ geeft in één keer 500 punten, "
                "maar ‘Maximum’ laat hoogstens 100 punten per aankoop toe",
                "‘Bonus’ gives 500 points at once, "
                "but ‘Maximum’ allows at most 100 points per purchase",
            )
        ]

    @pytest.mark.parametrize(
        ("choose", "strong", "weak"),
        [
            ("first", {"effects": [gives("fixed", points=1)], "priority": -1}, {}),
            ("best", {"effects": [gives("fixed", points=51)]}, {}),
            (
                "best",
                {"effects": [gives("per_amount", points=2, per="1")], "priority": -1},
                {"effects": BASE},
            ),
        ],
    )
    def test_are_told_of_one_that_never_wins(self, choose: str, strong: Any, weak: Any) -> None:
        group = {"key": "autumn", "choose": choose}
        wide = a_rule(
            asks("line.category", "in", ["paint", "stain"]),
            key="wide", named="Ruim", group=group, **strong,
        )  # fmt: skip
        narrow = a_rule(
            asks("line.category", "in", ["paint"]),
            asks("member.tier", "in", ["gold"]),
            key="narrow", named="Smal", group=group, **weak,
        )  # fmt: skip
        told = [each for each in said(wide, narrow) if each[0] != "overlap"]
        assert told == [
            (
                "never_wins",
                "WARNING",
                "‘Smal’ telt nooit: in de groep autumn gaat ‘Ruim’ altijd voor",
                "‘Smal’ never counts: in the group autumn ‘Ruim’ always comes first",
            )
        ]

    def test_are_told_when_they_choose_differently(self) -> None:
        rules = [
            a_rule(
                trigger="review",
                key=key,
                named=key.title(),
                group={"key": "autumn", "choose": choose},
                effects=[gives("fixed", points=points)],
            )
            for key, choose, points in (("a", "best", 1), ("b", "sum", 2))
        ]
        assert said(*rules)[0] == (
            "group_disagrees",
            "WARNING",
            "‘A’ en ‘B’ kiezen in de groep autumn verschillend; ‘A’ bepaalt het",
            "‘A’ and ‘B’ choose differently in the group autumn; ‘A’ decides",
        )

    def test_are_told_of_a_budget_that_nobody_uses(self) -> None:
        assert said(budgets={"spring": 10}) == [
            (
                "unused_budget",
                "WARNING",
                "Geen enkele regel put uit het budget lente",
                "No rule draws on the budget spring",
            )
        ]

    def test_errors_come_first(self) -> None:
        rules = [
            a_rule(effects=BASE, key="a"),
            a_rule(effects=BASE, key="b"),
            a_rule(asks("member.tier", "in", ["x"]), key="c"),
        ]
        assert [each.code for each in found(*rules)] == ["never_fires", "overlap"]
