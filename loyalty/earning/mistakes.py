"""What is wrong with a rule document, in words, with the place and what would have been right."""

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct

from loyalty.earning.conditions import Condition
from loyalty.earning.effects import Effect
from loyalty.errors import RuleInvalid

_EXPECTED = {
    "trigger": "A trigger is a lower-case word of letters, digits, '_', '.' and '-'.",
    "per": 'An amount is a text such as "1.00", with at most two decimals.',
    "value": 'An amount is a text such as "50.00", with at most two decimals.',
    "factor": 'A factor is a text such as "2" or "1.5", with at most four decimals.',
    "key": "A key is at most 100 characters, without commas, a '+' in front or spaces around it.",
    "unit": "A unit is a word of letters, digits, '_' and '-'.",
    "budget": "A budget is named by a word of letters, digits, '_' and '-'.",
    "hour": 'An hour is a text such as "17:00".',
    "day": 'A day is a text such as "12-31": the month, then the day.',
    "quantity": 'A quantity is a text such as "3" or "2.5", with at most three decimals.',
    "number": 'A number is a text such as "4" or "4.5", with at most four decimals.',
}
_FIELD_EXPECTS = {
    "time.hours": "hour",
    "time.month_day": "day",
    "basket.quantity": "quantity",
    "activity.attribute": "number",
}
_WORDS_OF: dict[str, type[Struct]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Condition)
}


def refusal(invalid: msgspec.ValidationError, document: Mapping[str, Any]) -> RuleInvalid:
    """What the validation objects to, for whoever wrote the document."""
    problem, _, path = str(invalid).partition(" - at `$")
    places = [place.rstrip("]") for place in re.split(r"[.\[]", path.rstrip("`")) if place]
    return RuleInvalid(_sentence(problem, places, document), field=".".join(places))


def _sentence(problem: str, places: list[str], document: Mapping[str, Any]) -> str:
    last = places[-1] if places else ""
    if "matching regex" in problem:
        return _EXPECTED[_expected(places, last, document)]
    if problem.startswith("Invalid") and (known := _known_words(places, document)):
        return f"{problem}; known here: {', '.join(known)}."
    return problem if problem.endswith(".") else f"{problem}."


def _expected(places: list[str], last: str, document: Mapping[str, Any]) -> str:
    if places[:1] == ["conditions"] and "value" in places:
        expects = _FIELD_EXPECTS.get(document["conditions"][int(places[1])]["field"])
        if expects and (last != "value") is (expects in {"hour", "day"}):
            return expects
    if places[:1] == ["effects"] and document["effects"][int(places[1])]["kind"] == "per_quantity":
        return "quantity" if last == "per" else last
    if last in {"of", "awaits"}:
        return "trigger"
    return last if last in _EXPECTED else "key"


def _known_words(places: list[str], document: Mapping[str, Any]) -> list[str]:
    """What may stand at a place where only certain words may."""
    match places:
        case ["effects", _, "kind"]:
            return sorted(str(kind.__struct_config__.tag) for kind in get_args(Effect))
        case [*_, "field"]:
            return sorted(_WORDS_OF)
        case ["conditions", place, "operator"]:
            return _literals(_WORDS_OF[document["conditions"][int(place)]["field"]])
        case ["schema"]:
            return ["1", "2"]
    return []


def _literals(condition: type[Struct]) -> list[str]:
    hints = {field.name: field.type for field in msgspec.structs.fields(condition)}
    return list(get_args(hints["operator"]))
