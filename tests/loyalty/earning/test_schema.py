import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from loyalty.earning.schema import rule_schema
from tests.loyalty.earning.shop import at_least, document, fixed, multiplier, on, per_amount


class TestRuleSchema:
    def test_names_every_field_effect_and_operator_of_the_document(self) -> None:
        definitions = rule_schema()["$defs"]

        fields = {
            tag
            for definition in definitions.values()
            for tag in definition["properties"].get("field", {}).get("enum", [])
        }
        assert fields == {
            "line.category",
            "line.product",
            "line.brand",
            "activity.channel",
            "activity.location",
            "member.tier",
            "member.segment",
            "basket.amount",
        }
        assert definitions["LineCategory"]["properties"]["operator"] == {"enum": ["in", "not_in"]}
        assert definitions["PerAmount"]["required"] == ["kind", "points", "per"]

    def test_allows_no_unknown_fields_and_is_plain_json(self) -> None:
        schema = rule_schema()
        assert all(not each["additionalProperties"] for each in schema["$defs"].values())
        assert json.loads(json.dumps(schema)) == schema

    @pytest.mark.parametrize(
        "good",
        [
            document(per_amount(), on("paint"), at_least("5")),
            document(multiplier("1.5")),
            document(fixed(), trigger="review"),
        ],
    )
    def test_accepts_what_the_engine_accepts(self, good: Any) -> None:
        Draft202012Validator(rule_schema()).validate(good)

    @pytest.mark.parametrize(
        "bad",
        [
            document(per_amount(per="1,00")),
            document(fixed(0)),
            document({"kind": "cashback"}),
            document(fixed(), on("x", field="line.colour")),
            document(fixed(), {**on("x"), "operator": "at_least"}),
            document(fixed()) | {"limits": []},
        ],
    )
    def test_refuses_what_the_engine_refuses(self, bad: Any) -> None:
        assert not Draft202012Validator(rule_schema()).is_valid(bad)
