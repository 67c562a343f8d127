"""The rule document: what a marketer publishes, checked here so that no till ever meets a bad one."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta, Struct

from loyalty.earning.conditions import (
    BasketAmount,
    Condition,
    Key,
    MemberSegment,
    Trigger,
    condition_params,
    field_of,
)
from loyalty.earning.effects import (
    Cap,
    Effect,
    Fixed,
    Multiplier,
    PerAmount,
    PerQuantity,
    Reward,
)
from loyalty.earning.limits import Limit
from loyalty.earning.matching import Tests, Worth, compile_effect, compile_tests
from loyalty.earning.terms import ExpiryPolicy
from loyalty.errors import RuleInvalid
from loyalty.types import Terms, Words

_EXPECTED = {
    "trigger": "A trigger is a lower-case word of letters, digits, '_', '.' and '-'.",
    "per": 'An amount is a text such as "1.00", with at most two decimals.',
    "value": 'An amount is a text such as "50.00", with at most two decimals.',
    "factor": 'A factor is a text such as "2" or "1.5", with at most four decimals.',
    "key": "A key is at most 100 characters, without commas, a '+' in front or spaces around it.",
}


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules of one group compete: one of them gives, or (sum) all of them.

    first: the first of them, in the order of their turns, that gives anything. best: the one by
    which this member gets most. A group needs `choose` from one rule only: the first's holds.
    """

    key: Key
    choose: Literal["first", "best", "sum"]


class TermsDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what the rule gives becomes usable and lapses; what is left out is the unit's policy."""

    pending_days: Annotated[int, Meta(ge=0, le=3_660)] = 0
    awaits: Trigger | Literal[""] = ""
    expiry: ExpiryPolicy | None = None


class RuleDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Version 2 of the document: every condition must hold for the effects to be given.

    Version 1, with one `effect` and nothing after it, is still read, as the same rule in version 2.
    """

    schema: Literal[2]
    trigger: Trigger
    conditions: Annotated[tuple[Condition, ...], Meta(max_length=50)] = ()
    effects: Annotated[tuple[Effect, ...], Meta(min_length=1, max_length=5)]
    limits: Annotated[tuple[Limit, ...], Meta(max_length=10)] = ()
    group: Group | None = None
    terms: TermsDocument | None = None
    tier_expiry: dict[Key, ExpiryPolicy] = {}


class Rule(NamedTuple):
    """One immutable version of an earning rule, ready to be evaluated.

    `key` and `version` together name exactly one document. What follows `document` is worked out
    when parsing: `code` and `applied` are those of its first effect's reason, `order` the rule's
    place among all, `terms` those of a member without any tier that has its own expiry.
    """

    key: str
    version: int
    name: Words
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    document: RuleDocument
    tests: Tests
    worth: Worth
    code: str
    applied: dict[str, str]
    order: tuple[int, int, str]  # phase, priority (lower first), key
    limits: tuple[Limit, ...] = ()
    group: Group | None = None
    terms: Terms = Terms()

    def in_force(self, at: datetime) -> bool:
        """Whether this version applies to what happened at that moment."""
        return (self.starts_at is None or self.starts_at <= at) and (
            self.ends_at is None or at < self.ends_at
        )


def parse_rule(
    document: Mapping[str, Any],
    *,
    key: str,
    version: int,
    name: Words,
    priority: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Rule:
    """The rule a document describes, in force when starts_at <= moment < ends_at.

    Raises RuleInvalid, with `field` as the place ("conditions.0.operator"), for anything this
    version of the engine does not know or cannot carry out.
    """
    if not key:
        raise RuleInvalid("A rule needs a key.", field="key")
    _check_period(starts_at, ends_at)
    parsed = _parse(document)
    _check_repetition(parsed)
    worth = compile_effect(parsed.effects[0])
    return Rule(
        key=key,
        version=version,
        name=name,
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        document=parsed,
        tests=compile_tests(parsed.conditions),
        worth=worth,
        code=_word(type(parsed.effects[0])),
        applied=_applied_params(parsed),
        order=(worth.phase, priority, key),
        limits=parsed.limits,
        group=parsed.group,
    )


def _effect_params(document: RuleDocument) -> dict[str, str]:
    match document.effects[0]:
        case PerAmount(points=points, per=per) | PerQuantity(points=points, per=per):
            return {"points": str(points), "per": per}
        case Multiplier(factor=factor):
            return {"factor": factor}
        case Fixed(points=points):
            return {"points": str(points), "trigger": document.trigger}
        case Reward(reward=reward):
            return {"reward": reward}
        case Cap(most=most):
            return {"most": str(most)}


def _applied_params(document: RuleDocument) -> dict[str, str]:
    params = _effect_params(document)
    for condition in document.conditions:
        # what the points were counted on, and the threshold that was reached
        if field_of(condition).startswith(("line.", "basket.")):
            params |= condition_params(condition)
    return params


def _check_period(starts_at: datetime | None, ends_at: datetime | None) -> None:
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment is not None and moment.utcoffset() is None:
            raise RuleInvalid("The moment needs a time zone.", field=field)
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise RuleInvalid("A rule must end after it starts.", field="ends_at")


def _check_repetition(document: RuleDocument) -> None:
    """One condition per field and operator; only segments may be asked for more than once."""
    seen: set[tuple[type[Condition], str]] = set()
    for position, condition in enumerate(document.conditions):
        asked = (type(condition), condition.operator)
        if asked in seen and asked != (MemberSegment, "in"):
            raise RuleInvalid(
                "This field and operator have a condition already; put all values in that one.",
                field=f"conditions.{position}",
            )
        seen.add(asked)


def _parse(document: Mapping[str, Any]) -> RuleDocument:
    if document["schema"] == 1:
        document = {**document, "schema": 2, "effects": [document["effect"]]}
        del document["effect"]
    try:
        return msgspec.convert(document, RuleDocument)
    except msgspec.ValidationError as invalid:
        problem, _, path = str(invalid).partition(" - at `$")
        places = [place.rstrip("]") for place in re.split(r"[.\[]", path.rstrip("`")) if place]
        sentence = _sentence(problem, places, document)
        raise RuleInvalid(sentence, field=".".join(places)) from invalid


def _sentence(problem: str, places: list[str], document: Mapping[str, Any]) -> str:
    """The problem in words, with what would have been right."""
    last = places[-1] if places else ""
    if "matching regex" in problem:
        return _EXPECTED["key" if last.isdigit() else last]
    if problem.startswith("Invalid") and (known := _known_words(places, document)):
        return f"{problem}; known here: {', '.join(known)}."
    return problem if problem.endswith(".") else f"{problem}."


def _known_words(places: list[str], document: Mapping[str, Any]) -> list[str]:
    """What may stand at a place where only certain words may."""
    match places:
        case [*_, "kind"]:
            return sorted(_word(effect) for effect in get_args(Effect))
        case [*_, "field"]:
            return sorted(_word(condition) for condition in get_args(Condition))
        case ["conditions", position, "operator"]:
            field = document["conditions"][int(position)]["field"]
            return ["at_least"] if field == _word(BasketAmount) else ["in", "not_in"]
        case ["schema"]:
            return ["1"]
    return []


def _word(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag)
