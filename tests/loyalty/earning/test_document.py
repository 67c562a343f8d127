from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from loyalty.earning.document import parse_rule
from loyalty.earning.effects import Phase
from loyalty.errors import RuleInvalid
from tests.loyalty.earning.shop import (
    at_least,
    cap,
    document,
    fixed,
    in_group,
    limited,
    multiplier,
    on,
    per_amount,
    per_quantity,
    reward,
    rule,
    where,
)


def refusal_of(broken: Any) -> tuple[str, str]:
    with pytest.raises(RuleInvalid) as refusal:
        parse_rule(broken, key="rule", version=1, name={})
    assert refusal.value.code == "rule_invalid"
    return refusal.value.field, refusal.value.detail


class TestParseRule:
    def test_takes_the_phase_from_the_effect(self) -> None:
        phases = [rule(effect).order[0] for effect in (per_amount(), multiplier(), fixed())]
        assert phases == [Phase.BASE, Phase.MULTIPLIER, Phase.BONUS]

    def test_conditions_may_be_left_out(self) -> None:
        bare = {"schema": 1, "trigger": "review", "effect": fixed()}
        assert parse_rule(bare, key="k", version=1, name={}).document.conditions == ()

    def test_reads_the_first_version_as_the_same_rule_in_the_second(self) -> None:
        first = {"schema": 1, "trigger": "purchase", "conditions": [on("x")], "effect": fixed()}
        parsed = parse_rule(first, key="k", version=1, name={})
        second = parse_rule(document(fixed(), on("x")), key="k", version=1, name={})
        assert parsed.document == second.document
        assert msgspec.to_builtins(parsed.document)["schema"] == 2

    @pytest.mark.parametrize(
        ("broken", "field"),
        [
            ({"schema": 1, "trigger": "visit"}, ""),
            ({"schema": 1, "trigger": "visit", "effect": fixed(), "limits": []}, ""),
            ({"schema": 1, "trigger": "visit", "effect": fixed(0)}, "effect.points"),
            ({"schema": 1, "trigger": "visit", "effect": multiplier("0.5")}, "effect.factor"),
        ],
    )
    def test_refuses_a_bad_document_of_the_first_version(self, broken: Any, field: str) -> None:
        assert refusal_of(broken)[0] == field

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"effects": []}, "effects"),
            ({"effects": [fixed()] * 6}, "effects"),
            ({"effects": [fixed() | {"unit": "my stamps"}]}, "effects.0.unit"),
            ({"effects": [per_quantity(1, "0")]}, "effects.0.per"),
            ({"effects": [reward(" ")]}, "effects.0.reward"),
            ({"effects": [fixed(), cap(5)]}, "effects.0"),
            ({"effects": [cap(5), cap(6)]}, "effects"),
            ({"effects": [cap(5, scope="budget")]}, "effects.0.scope"),
            ({"effects": [cap(5)], "conditions": [on("x")]}, "conditions"),
            ({"effects": [cap(5)], **limited(3)}, "limits"),
            ({"effects": [cap(5)], **in_group()}, "group"),
            (limited(0), "limits.0.most"),
            (limited(5, scope="family"), "limits.0.scope"),
            (limited(5, period="hour"), "limits.0.period"),
            ({"limits": [{"scope": "member"}]}, "limits.0.most"),
            ({"limits": [{"scope": "budget"}]}, "limits.0.budget"),
            (limited(5, scope="budget", budget="autumn"), "limits.0.most"),
            (limited(5, budget="autumn"), "limits.0.budget"),
            (limited(5, scope="rule", period="activity"), "limits.0.period"),
            (limited(5, unit="stamps"), "limits.0.unit"),
            ({"limits": [{"most": 5}, {"most": 6}]}, "limits.1"),
            ({"effects": [reward()], **limited(5)}, "limits.0.unit"),
            (in_group("worst"), "group.choose"),
            ({"terms": {"pending_days": -1}}, "terms.pending_days"),
            ({"terms": {"awaits": "Delivered!"}}, "terms.awaits"),
            ({"terms": {"expiry": {"kind": "term"}}}, "terms.expiry.days"),
            ({"terms": {"expiry": {"kind": "some day"}}}, "terms.expiry.kind"),
            ({"tier_expiry": {"gold": {"kind": "term"}}}, "tier_expiry.gold.days"),
        ],
    )
    def test_refuses_effects_limits_and_terms_that_make_no_sense(
        self, more: Any, field: str
    ) -> None:
        assert refusal_of(document(fixed()) | more)[0] == field

    @pytest.mark.parametrize(
        ("condition", "field"),
        [
            (where("line.kind", "in", ["goods"]), "value.0"),
            (where("line.amount", "at_most", "5"), "operator"),
            (where("basket.quantity", "at_least", "2.5555"), "value"),
            (where("basket.contains", "any", ["paint"]), "operator"),
            (where("activity.attribute", "in", "5", name="rating"), "value"),
            (where("activity.attribute", "at_least", ["5"], name="rating"), "value"),
            (where("activity.attribute", "at_least", "five", name="rating"), "value"),
            (where("activity.attribute", "in", ["5"]), ""),
            (where("time.weekday", "in", ["monday"]), "value.0"),
            (where("time.hours", "between", ["17:00"]), "value"),
            (where("time.hours", "between", ["17:00", "25:00"]), "value.1"),
            (where("time.hours", "between", ["17:00", "17:00"]), "value"),
            (where("time.month_day", "between", ["12-01", "02-30"]), "value"),
            (where("time.month_day", "between", ["12-01", "13-01"]), "value.1"),
            (where("member.joined", "at_least", -1), "value"),
            (where("member.anniversary", "is", "week"), "value"),
            (where("count", "every", 1, of="purchase"), "value"),
            (where("count", "every", 0, of="purchase"), "value"),
            (where("variant", "in", ["A"]), ""),
            ({"field": "advanced", "value": "true ||"}, "value"),
        ],
    )
    def test_refuses_conditions_that_make_no_sense(self, condition: Any, field: str) -> None:
        place = ".".join(filter(None, ("conditions.0", field)))
        assert refusal_of(document(fixed(), condition))[0] == place

    def test_two_conditions_of_a_field_may_differ_in_their_subject(self) -> None:
        asked = [where("activity.attribute", "in", ["5"], name=name) for name in ("a", "b")]
        assert len(rule(fixed(), *asked).document.conditions) == 2
        assert refusal_of(document(fixed(), asked[0], asked[0]))[0] == "conditions.1"

    @pytest.mark.parametrize(
        ("broken", "field"),
        [
            ({}, ""),
            ([], ""),
            (document(fixed()) | {"schema": 3}, "schema"),
            (document(fixed()) | {"limit": []}, ""),
            (document(fixed(), trigger="Purchase"), "trigger"),
            (document(fixed(), trigger="purchase\n"), "trigger"),
            (document({"kind": "cashback"}), "effects.0.kind"),
            (document(fixed() | {"cap": 3}), "effects.0"),
            (document(fixed(0)), "effects.0.points"),
            (document(fixed(True)), "effects.0.points"),
            (document(fixed(1_000_001)), "effects.0.points"),
            (document(per_amount(per="0.00")), "effects.0.per"),
            (document(per_amount(per="1.005")), "effects.0.per"),
            (document(per_amount(per="-1")), "effects.0.per"),
            (document(per_amount(per="1.00\n")), "effects.0.per"),
            (document(per_amount(per=1.0)), "effects.0.per"),  # type: ignore[arg-type]
            (document(multiplier("0.99")), "effects.0.factor"),
            (document(multiplier("1e3")), "effects.0.factor"),
            (document(multiplier("1.00001")), "effects.0.factor"),
            (document(fixed(), on("x", field="line.colour")), "conditions.0.field"),
            (document(fixed(), on("x"), on("x", field="a")), "conditions.1.field"),
            (document(fixed(), {**on("x"), "operator": "like"}), "conditions.0.operator"),
            (document(fixed(), {**on("x"), "operator": "at_least"}), "conditions.0.operator"),
            (document(fixed(), {**at_least("5"), "operator": "in"}), "conditions.0.operator"),
            (document(fixed(), on()), "conditions.0.value"),
            (document(fixed(), on("paint", "")), "conditions.0.value.1"),
            (document(fixed(), on("a,b")), "conditions.0.value.0"),
            (document(fixed(), on("+7")), "conditions.0.value.0"),
            (document(fixed(), on(" paint")), "conditions.0.value.0"),
            (document(fixed(), {**on("x"), "value": "x"}), "conditions.0.value"),
            (document(fixed(), {**on("x"), "unless": "y"}), "conditions.0"),
            (document(fixed(), at_least("1.234")), "conditions.0.value"),
            (document(fixed(), at_least("5"), at_least("6")), "conditions.1"),
            (document(fixed(), on("a"), on("b")), "conditions.1"),
        ],
    )
    def test_refuses_what_it_cannot_carry_out_and_names_the_place(
        self, broken: Any, field: str
    ) -> None:
        assert refusal_of(broken)[0] == field

    @pytest.mark.parametrize(
        ("broken", "sentence"),
        [
            (
                document({"kind": "cashback"}),
                "Invalid value 'cashback'; known here: cap, fixed, multiplier, per_amount, "
                "per_quantity, reward.",
            ),
            (
                document(fixed(), {**on("x"), "operator": "like"}),
                "Invalid enum value 'like'; known here: in, not_in.",
            ),
            (
                document(fixed(), {**at_least("5"), "operator": "below"}),
                "Invalid enum value 'below'; known here: at_least, at_most.",
            ),
            (
                document(per_amount(per="1,00")),
                'An amount is a text such as "1.00", with at most two decimals.',
            ),
            (
                document(fixed(), on("a,b")),
                "A key is at most 100 characters, without commas, a '+' in front or spaces around "
                "it.",
            ),
            (document(multiplier("0.5")), "The factor must be 1 or more."),
            (
                document(fixed(), where("time.hours", "between", ["5", "17:00"])),
                'An hour is a text such as "17:00".',
            ),
            (
                document(fixed(), where("basket.quantity", "at_least", "two")),
                'A quantity is a text such as "3" or "2.5", with at most three decimals.',
            ),
            (
                document(fixed(), where("count", "never", 5, of="purchase")),
                "Invalid enum value 'never'; known here: every, equals, at_least, at_most.",
            ),
            (
                document(fixed()) | {"schema": 3},
                "Invalid enum value 3; known here: 1, 2.",
            ),
        ],
    )
    def test_says_what_would_have_been_right(self, broken: Any, sentence: str) -> None:
        assert refusal_of(broken)[1] == sentence

    def test_refuses_a_rule_without_a_key(self) -> None:
        with pytest.raises(RuleInvalid) as refusal:
            rule(fixed(), key="")
        assert refusal.value.field == "key"

    def test_refuses_a_period_that_ends_before_it_starts_or_has_no_zone(self) -> None:
        first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
        periods = [(second, first), (first, first), (first.replace(tzinfo=None), None)]
        fields = []
        for starts_at, ends_at in periods:
            with pytest.raises(RuleInvalid) as refusal:
                rule(fixed(), starts_at=starts_at, ends_at=ends_at)
            fields.append(refusal.value.field)
        assert fields == ["ends_at", "ends_at", "starts_at"]
