"""A segment as a sentence, in Dutch or English."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from members.segments.catalogue import Kind, attribute_of
from members.segments.document import All, Except, Question, Tree, Where

_JOIN = {"nl": (" en ", " of "), "en": (" and ", " or ")}
_BUT = {"nl": "{of}, behalve wie: {without}", "en": "{of}, except who: {without}"}
_TOLD: dict[str, dict[str, str]] = {
    "nl": {
        "at_least": "{it} is minstens {value}",
        "at_most": "{it} is hoogstens {value}",
        "between": "{it} is {first} tot en met {last}",
        "is": "{it} is {value}",
        "is_not": "{it} is niet {value}",
        "one_of": "{it} is {value}",
        "none_of": "{it} is niet {value}",
        "contains": "{it} bevat “{value}”",
        "before": "{it} is voor {value}",
        "after": "{it} is na {value}",
        "within_days": "{it} was in de laatste {value} dagen",
        "longer_ago": "{it} was langer dan {value} dagen geleden",
        "is_known": "{it} is bekend",
        "is_unknown": "{it} is niet bekend",
    },
    "en": {
        "at_least": "{it} is at least {value}",
        "at_most": "{it} is at most {value}",
        "between": "{it} is {first} to {last}",
        "is": "{it} is {value}",
        "is_not": "{it} is not {value}",
        "one_of": "{it} is {value}",
        "none_of": "{it} is not {value}",
        "contains": "{it} contains “{value}”",
        "before": "{it} is before {value}",
        "after": "{it} is after {value}",
        "within_days": "{it} was in the last {value} days",
        "longer_ago": "{it} was longer than {value} days ago",
        "is_known": "{it} is known",
        "is_unknown": "{it} is not known",
    },
}
_NARROWED = {
    "nl": {"days": "de laatste {value} dagen", "": "{value}"},
    "en": {"days": "in the last {value} days", "": "{value}"},
}
_YES = {"nl": ("nee", "ja"), "en": ("no", "yes")}


def sentence(tree: Tree, language: str, names: Mapping[str, str]) -> str:
    """The whole in words, without capital or full stop; `names` says what keys are called."""
    return _told(tree, language, names, is_inside=False)


def _told(tree: Tree, language: str, names: Mapping[str, str], *, is_inside: bool) -> str:
    if isinstance(tree, Where):
        return _where(tree, language, names)
    if isinstance(tree, Except):
        said = _BUT[language].format(
            of=_told(tree.of, language, names, is_inside=True),
            without=_told(tree.without, language, names, is_inside=True),
        )
    else:
        joint = _JOIN[language][0 if isinstance(tree, All) else 1]
        said = joint.join(_told(part, language, names, is_inside=True) for part in tree.parts)
        is_inside = is_inside and len(tree.parts) > 1
    return f"({said})" if is_inside else said


def _where(where: Where, language: str, names: Mapping[str, str]) -> str:
    told = _TOLD[language][where.operator]
    it = question_told(where.question, language, names)
    if where.operator == "between":
        assert isinstance(where.value, tuple)  # noqa: S101  read_value has seen to it
        first, last = (_value(each, where.kind, language, names) for each in where.value)
        return told.format(it=it, first=first, last=last)
    return told.format(it=it, value=_value(where.value, where.kind, language, names))


def question_told(question: Question, language: str, names: Mapping[str, str]) -> str:
    """What is asked: "amount of purchases (Paint, in the last 90 days)"."""
    said = attribute_of(question.attribute).words[language]
    narrowed = [
        _NARROWED[language].get(name, "{value}").format(value=_keys(value, language, names))
        for name, value in question.parameters
    ]
    return f"{said} ({', '.join(narrowed)})" if narrowed else said


def _keys(value: int | tuple[str, ...], language: str, names: Mapping[str, str]) -> str:
    if isinstance(value, int):
        return str(value)
    return _JOIN[language][1].join(names.get(key, key) for key in value)


def _value(value: Any, kind: Kind, language: str, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _YES[language][value]
    if isinstance(value, tuple):
        return _keys(value, language, names)
    if isinstance(value, date):
        return f"{value.day}-{value.month}-{value.year}" if language == "nl" else value.isoformat()
    if isinstance(value, Decimal):
        return _figure(value, kind, language)
    return str(value) if value is not None else ""


def _figure(value: Decimal, kind: Kind, language: str) -> str:
    text = f"{value:,.2f}" if kind is Kind.MONEY else f"{value:,f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text
