from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty.earning.document import parse_rule
from loyalty.earning.effects import Phase
from loyalty.errors import RuleInvalid
from tests.loyalty.earning.shop import at_least, document, fixed, multiplier, on, per_amount, rule


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
