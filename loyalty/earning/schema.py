"""The rule document's JSON Schema, for the console's form, the API's schema and anyone's editor.

It is made from the very types that parse a document, so the two cannot drift apart; what parsing
checks beyond the types is added here. A few things no schema can say, and only parsing refuses:
two conditions that ask the same, two limits that are one, a limit of a unit that the rule does not
give, two caps of one unit, an expression that cannot be read, an expiry policy of over 200
characters.
"""

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from inspect import cleandoc
from typing import Any

import msgspec

from loyalty.earning.document import RuleDocument
from loyalty.earning.schema_wording import DEFINITIONS, PROPERTIES

Json = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OF_LINES = ["line.category", "line.product", "line.brand", "line.kind", "line.amount"]
_A_NUMBER_ABOVE_ZERO = r"^(?![0.]+$)"
_A_DAY = (
    r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|[12][0-9]))$(?!\n)"
)


def rule_schema() -> Json:
    """JSON Schema (2020-12) of a rule document of version 2, with titles for an editor."""
    plain: Json = msgspec.json.decode(_rule_schema())
    return plain


@lru_cache(maxsize=1)
def _rule_schema() -> bytes:
    made: Json = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(RuleDocument)))
    definitions: dict[str, Json] = made["$defs"]
    for name, definition in definitions.items():
        _say(name, definition)
        _narrow(definition, _NARROWER.get(name, {}))
    return msgspec.json.encode(
        {"$schema": _DIALECT, "title": DEFINITIONS["RuleDocument"], **made, "$defs": definitions}
    )


# --- Words -------------------------------------------------------------------------------------


def _say(name: str, definition: Json) -> None:
    """Titles and descriptions as an editor shows them."""
    definition["title"] = DEFINITIONS[name]
    definition["description"] = " ".join(cleandoc(definition["description"]).split())
    for field, schema in definition["properties"].items():
        if field in PROPERTIES:
            schema["title"], schema["description"] = PROPERTIES[field]


# --- What parsing checks beyond the types ------------------------------------------------------


def _narrow(definition: Json, narrower: Mapping[str, Any]) -> None:
    """Add what else must hold; to a property of the same name, or to the whole."""
    for field, more in narrower.get("properties", {}).items():
        definition["properties"][field].setdefault("allOf", []).append(more)
    if "allOf" in narrower:
        definition["allOf"] = narrower["allOf"]


def _when(field: str, values: list[str], then: Json, otherwise: Json | None = None) -> Json:
    """If the field is there and one of the values."""
    rule: Json = {"if": {"properties": {field: {"enum": values}}, "required": [field]}}
    rule["then"] = then
    return rule if otherwise is None else {**rule, "else": otherwise}


def _fields(**schemas: Json) -> Json:
    return {"properties": schemas}


_NARROWER: Mapping[str, Mapping[str, Any]] = {
    "ActivityAttribute": {
        "allOf": [
            _when(
                "operator",
                ["in", "not_in"],
                _fields(value={"type": "array"}),
                _fields(value={"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$"}),
            )
        ]
    },
    "ActivityCount": {"allOf": [_when("operator", ["every"], _fields(value={"minimum": 2}))]},
    "TimeHours": {"properties": {"value": {"uniqueItems": True}}},
    "TimeMonthDay": {"properties": {"value": {"items": {"pattern": _A_DAY}}}},
    "PerAmount": {"properties": {"per": {"pattern": _A_NUMBER_ABOVE_ZERO}}},
    "PerQuantity": {"properties": {"per": {"pattern": _A_NUMBER_ABOVE_ZERO}}},
    "Multiplier": {"properties": {"factor": {"pattern": r"^(?!0+(\.|$))"}}},
    "Cap": {
        "allOf": [
            _when(
                "scope",
                ["rule", "location"],
                {**_fields(period={"not": {"const": "activity"}}), "required": ["period"]},
            )
        ]
    },
    "Limit": {
        "allOf": [
            _when(
                "scope",
                ["budget"],
                {
                    **_fields(
                        budget={"minLength": 1},
                        most={"type": "null"},
                        of={"const": "points"},
                        period={"const": "ever"},
                    ),
                    "required": ["budget"],
                },
                {**_fields(budget={"const": ""}, most={"type": "integer"}), "required": ["most"]},
            ),
            _when(
                "scope",
                ["rule", "location", "budget"],
                _fields(period={"not": {"const": "activity"}}),
            ),
        ]
    },
    "Term": {
        "allOf": [
            {
                "oneOf": [
                    {**_fields(days={"type": "integer"}), "required": ["days"]},
                    {**_fields(months={"type": "integer"}), "required": ["months"]},
                ]
            }
        ]
    },
    "Dates": {"properties": {"dates": {"uniqueItems": True, "items": {"pattern": _A_DAY}}}},
    "RuleDocument": {
        "allOf": [
            {
                "if": _fields(
                    effects={
                        "contains": {**_fields(kind={"const": "cap"}), "required": ["kind"]},
                    }
                ),
                "then": _fields(
                    effects={"items": _fields(kind={"const": "cap"})},
                    conditions={"items": _fields(field={"not": {"enum": _OF_LINES}})},
                    limits={"maxItems": 0},
                    group={"type": "null"},
                ),
            }
        ]
    },
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n")
