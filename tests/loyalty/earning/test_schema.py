import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from loyalty.earning.conditions import Condition
from loyalty.earning.document import parse_rule
from loyalty.earning.effects import Effect
from loyalty.earning.schema import rule_schema
from loyalty.errors import RuleInvalid
from tests.loyalty.earning.documents import documents
from tests.loyalty.earning.shop import Json
from tests.loyalty.earning.telling import asks, gives

PUBLISHED = Path(__file__).parents[3] / "docs" / "rule.schema.json"
VALIDATOR = Draft202012Validator(rule_schema())


def is_taken(document: Any) -> bool:
    try:
        parse_rule(document, key="rule", version=1, name={})
    except RuleInvalid:
        return False
    return True


def with_(*conditions: Json, effects: list[Json] | None = None, **more: Any) -> Json:
    return {
        "schema": 2,
        "trigger": "purchase",
        "conditions": list(conditions),
        "effects": effects or [gives("fixed", points=5)],
        **more,
    }


class TestRuleSchema:
    def test_is_a_schema_and_plain_json(self) -> None:
        Draft202012Validator.check_schema(rule_schema())
        assert json.loads(json.dumps(rule_schema())) == rule_schema()

    def test_is_published_as_it_is(self) -> None:
        """To renew: `python -m loyalty.earning.schema > docs/rule.schema.json`."""
        assert json.loads(PUBLISHED.read_text()) == rule_schema()

    def test_names_every_condition_and_effect_of_the_document(self) -> None:
        definitions = rule_schema()["$defs"].values()
        for name, kinds in (("field", Condition), ("kind", Effect)):
            named = {
                tag
                for definition in definitions
                for tag in definition["properties"].get(name, {}).get("enum", [])
            }
            assert named >= {str(kind.__struct_config__.tag) for kind in get_args(kinds)}

    def test_calls_every_part_by_a_name_and_says_what_it_is(self) -> None:
        for name, definition in rule_schema()["$defs"].items():
            assert definition["title"] != name or name in {
                "Multiplier",
                "Reward",
                "Cap",
                "Limit",
                "Group",
            }
            assert definition["description"].endswith((".", ")."))
            assert not definition["additionalProperties"]
            for field, schema in definition["properties"].items():
                assert field == "value" or (schema["title"] and schema["description"]), field

    @settings(max_examples=200, deadline=None)
    @given(documents())
    def test_accepts_what_the_engine_takes(self, document: Json) -> None:
        plain = json.loads(json.dumps(document))
        assert is_taken(plain)
        assert list(VALIDATOR.iter_errors(plain)) == []

    @settings(max_examples=300, deadline=None)
    @given(documents(), st.data())
    def test_refuses_what_the_engine_refuses(self, document: Json, data: st.DataObject) -> None:
        """A document with one thing spoilt: dropped, of another type, renamed or out of range."""
        spoilt = json.loads(json.dumps(document))
        spoil(spoilt, data)
        assert VALIDATOR.is_valid(spoilt) <= is_taken(spoilt)

    @pytest.mark.parametrize(
        "bad",
        [
            {},
            with_() | {"schema": 1},
            with_() | {"schema": 3},
            with_(trigger="Purchase"),
            with_(effects=[]) | {"effects": []},
            with_(effects=[gives("fixed", points=5)] * 6),
            with_(effects=[gives("fixed", points=0)]),
            with_(effects=[gives("fixed", points="5")]),
            with_(effects=[gives("cashback")]),
            with_(effects=[gives("per_amount", points=1, per="1,00")]),
            with_(effects=[gives("per_amount", points=1, per="0.00")]),
            with_(effects=[gives("per_quantity", points=1, per="0")]),
            with_(effects=[gives("multiplier", factor="0.5")]),
            with_(effects=[gives("multiplier", factor="0")]),
            with_(effects=[gives("cap", most=5), gives("fixed", points=5)]),
            with_(effects=[gives("cap", most=5, scope="rule")]),
            with_(asks("line.brand", "in", ["x"]), effects=[gives("cap", most=5)]),
            with_(effects=[gives("cap", most=5)], limits=[{"most": 5}]),
            with_(effects=[gives("cap", most=5)], group={"key": "a", "choose": "best"}),
            with_(asks("line.colour", "in", ["x"])),
            with_(asks("line.brand", "at_least", ["x"])),
            with_(asks("line.brand", "in", [])),
            with_(asks("line.brand", "in", ["a,b"])),
            with_(asks("line.kind", "in", ["BOOK"])),
            with_(asks("activity.attribute", "in", "4", name="rating")),
            with_(asks("activity.attribute", "at_least", ["4"], name="rating")),
            with_(asks("activity.attribute", "at_least", "four", name="rating")),
            with_(asks("count", "every", 1, of="purchase")),
            with_(asks("time.hours", "between", ["09:00", "09:00"])),
            with_(asks("time.hours", "between", ["9:00", "12:00"])),
            with_(asks("time.month_day", "between", ["02-30", "03-01"])),
            with_(asks("time.weekday", "in", ["monday"])),
            with_(asks("member.joined", "at_least", -1)),
            with_(limits=[{}]),
            with_(limits=[{"most": 5, "scope": "rule", "period": "activity"}]),
            with_(limits=[{"scope": "budget"}]),
            with_(limits=[{"scope": "budget", "budget": "spring", "most": 5}]),
            with_(limits=[{"most": 5, "budget": "spring"}]),
            with_(group={"key": "a"}),
            with_(terms={"pending_days": -1}),
            with_(terms={"expiry": {"kind": "term"}}),
            with_(terms={"expiry": {"kind": "term", "days": 3, "months": 1}}),
            with_(terms={"expiry": {"kind": "dates", "dates": ["02-30"]}}),
            with_(terms={"expiry": {"kind": "dates", "dates": ["03-31", "03-31"]}}),
            with_(colour="red"),
        ],
    )
    def test_refuses_with_the_engine(self, bad: Json) -> None:
        assert not VALIDATOR.is_valid(bad)
        if bad.get("schema") != 1:
            assert not is_taken(bad)

    @pytest.mark.parametrize(
        "bad",
        [
            with_(asks("line.brand", "in", ["x"]), asks("line.brand", "in", ["y"])),
            with_(limits=[{"most": 5}, {"most": 6}]),
            with_(limits=[{"most": 5, "unit": "stamps"}]),
            with_(effects=[gives("cap", most=5), gives("cap", most=6)]),
            with_(asks("advanced", "holds", "activity.")),
        ],
    )
    def test_leaves_to_the_engine_what_no_schema_can_say(self, bad: Json) -> None:
        assert VALIDATOR.is_valid(bad)
        assert not is_taken(bad)


def spoil(document: Any, data: st.DataObject) -> None:
    """Change one thing somewhere in the document."""
    place = document
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inside = place[key]
        if isinstance(inside, dict | list) and inside and data.draw(st.booleans()):
            place = inside
            continue
        break
    how = data.draw(st.sampled_from(("drop", "null", "text", "number", "list", "rename")))
    if how == "drop":
        del place[key]
    elif how == "rename" and isinstance(place, dict):
        place["colour"] = place.pop(key)
    else:
        place[key] = {"null": None, "text": "?", "number": -7, "list": []}.get(how, {})
