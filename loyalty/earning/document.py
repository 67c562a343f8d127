"""The rule document: what a marketer publishes, checked here so that no till ever meets a bad one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from loyalty.earning.conditions import (
    ActivityAttribute,
    ActivityCount,
    CampaignVariant,
    Condition,
    Key,
    MemberSegment,
    Trigger,
    condition_params,
    field_of,
)
from loyalty.earning.demands import Demands, demands_of
from loyalty.earning.effects import Cap, Effect
from loyalty.earning.gifts import Gift, gift_of
from loyalty.earning.limits import Bound, Limit, bound_of
from loyalty.earning.mistakes import refusal
from loyalty.earning.terms import ExpiryPolicy, expiry_text, parse_expiry
from loyalty.errors import RuleInvalid
from loyalty.types import Outcome, Reason, Terms, Words

Awaited = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_.-]{0,63})?$(?!\n)", examples=["delivered"])]
_TOLD = ("line.", "basket.", "count")  # fields of conditions that an applied rule's reason repeats


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules of one group compete: one of them gives, or (sum) all of them.

    first: the first of them, in the order of their turns, that gives anything. best: the one by
    which this member gets most. Where rules of a group disagree, the first of them in order says.
    """

    key: Key
    choose: Literal["first", "best", "sum"]


class TermsDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what the rule gives becomes usable and lapses; what is left out is the unit's policy."""

    pending_days: Annotated[int, Meta(ge=0, le=3_660)] = 0
    awaits: Awaited = ""
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
    place among all, `terms` those of a member without a tier in `tier_terms`.
    """

    key: str
    version: int
    name: Words
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    document: RuleDocument
    order: tuple[int, int, str]  # phase of its first turn, priority (lower first), key
    demands: Demands
    gifts: tuple[Gift, ...]
    limits: tuple[Limit, ...]
    bounds: tuple[Bound, ...]  # the same, ready to be kept
    group: Group | None
    terms: Terms
    tier_terms: tuple[tuple[str, Terms], ...]  # by the tier's key; the first that the member has
    code: str
    applied: dict[str, str]

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
    try:
        parsed = _parse(_second(document))
        parts = _parts(parsed, key, version, name)
    except RuleInvalid as invalid:
        if _is_first(document) and invalid.field.startswith("effects.0"):
            field = "effect" + invalid.field.removeprefix("effects.0")
            raise RuleInvalid(invalid.detail, field=field) from invalid
        raise
    return Rule(
        key=key,
        version=version,
        name=name,
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        document=parsed,
        order=(min(gift.phase for gift in parts.gifts), priority, key),
        demands=parts.demands,
        gifts=parts.gifts,
        limits=parsed.limits,
        bounds=parts.bounds,
        group=parsed.group,
        terms=parts.terms,
        tier_terms=parts.tier_terms,
        code=parts.gifts[0].code,
        applied=parts.gifts[0].params,
    )


class _Parts(NamedTuple):
    demands: Demands
    gifts: tuple[Gift, ...]
    bounds: tuple[Bound, ...]
    terms: Terms
    tier_terms: tuple[tuple[str, Terms], ...]


def _parts(document: RuleDocument, key: str, version: int, name: Words) -> _Parts:
    """The document made ready. Raises RuleInvalid."""

    def unmet(condition: Condition) -> Reason:
        return Reason(
            rule=key,
            version=version,
            outcome=Outcome.NOT_MET,
            code=field_of(condition),
            params=condition_params(condition),
            name=name,
        )

    _check_repetition(document)
    demands = demands_of(document.conditions, unmet)
    gifts = _gifts(document)
    _check_cap(document, demands)
    return _Parts(demands, gifts, _bounds(document, key, gifts), *_terms(document))


# --- Reading -----------------------------------------------------------------------------------


def _is_first(document: object) -> bool:
    return isinstance(document, Mapping) and document.get("schema") == 1


def _second(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document of version 1 as one of version 2; any other as it is."""
    if not _is_first(document):
        return document
    if unknown := set(document) - {"schema", "trigger", "conditions", "effect"}:
        raise RuleInvalid(f"Version 1 of the document knows no `{min(unknown)}`.")
    if "effect" not in document:
        raise RuleInvalid("Object missing required field `effect`.")
    more = {name: value for name, value in document.items() if name != "effect"}
    return {**more, "schema": 2, "effects": [document["effect"]]}


def _parse(document: Mapping[str, Any]) -> RuleDocument:
    try:
        return msgspec.convert(document, RuleDocument)
    except msgspec.ValidationError as invalid:
        raise refusal(invalid, document) from invalid


def _gifts(document: RuleDocument) -> tuple[Gift, ...]:
    """The effects, each with what its reason says: what was counted and what was reached."""
    conditions: dict[str, str] = {}
    for condition in document.conditions:
        if field_of(condition).startswith(_TOLD):
            conditions |= condition_params(condition)
    gifts = [gift_of(each, at, document.trigger) for at, each in enumerate(document.effects)]
    return tuple([replace(gift, params=gift.params | conditions) for gift in gifts])


def _bounds(document: RuleDocument, key: str, gifts: Sequence[Gift]) -> tuple[Bound, ...]:
    units = {gift.unit for gift in gifts if gift.unit}
    bounds: list[Bound] = []
    for place, limit in enumerate(document.limits):
        try:
            bound = bound_of(limit, key)
        except RuleInvalid as invalid:
            raise RuleInvalid(invalid.detail, field=f"limits.{place}.{invalid.field}") from invalid
        if limit.of == "points" and (bound.unit not in units if bound.unit else not units):
            raise RuleInvalid("The rule gives nothing of this unit.", field=f"limits.{place}.unit")
        if any(_is_same(bound, other) for other in bounds):
            raise RuleInvalid("This is limited already.", field=f"limits.{place}")
        bounds.append(bound)
    return tuple(bounds)


def _is_same(bound: Bound, other: Bound) -> bool:
    """Whether both count the same thing in the same windows."""
    return replace(bound, params={}, most=0) == replace(other, params={}, most=0)


def _terms(document: RuleDocument) -> tuple[Terms, tuple[tuple[str, Terms], ...]]:
    said = document.terms or TermsDocument()
    own = _expiry(said.expiry, "terms.expiry")
    plain = Terms(pending_days=said.pending_days, awaits=said.awaits, expiry=own)
    by_tier = [
        (tier, msgspec.structs.replace(plain, expiry=_expiry(policy, f"tier_expiry.{tier}")))
        for tier, policy in sorted(document.tier_expiry.items())
    ]
    return plain, tuple(by_tier)


def _expiry(policy: ExpiryPolicy | None, field: str) -> str:
    """The policy as a lot keeps it, checked as closely as one that is read from a lot."""
    if policy is None:
        return ""
    text = expiry_text(policy)
    try:
        parse_expiry(text)
    except RuleInvalid as invalid:
        place = ".".join(filter(None, (field, invalid.field)))
        raise RuleInvalid(invalid.detail, field=place) from invalid
    return text


# --- Checking ----------------------------------------------------------------------------------


def _check_period(starts_at: datetime | None, ends_at: datetime | None) -> None:
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment is not None and moment.utcoffset() is None:
            raise RuleInvalid("The moment needs a time zone.", field=field)
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise RuleInvalid("A rule must end after it starts.", field="ends_at")


def _check_repetition(document: RuleDocument) -> None:
    """One condition per field and operator; only segments may be asked for more than once."""
    seen: set[tuple[str, ...]] = set()
    for place, condition in enumerate(document.conditions):
        asked = (field_of(condition), condition.operator, _subject(condition))
        if asked in seen and not (isinstance(condition, MemberSegment) and asked[1] == "in"):
            raise RuleInvalid(
                "This field and operator have a condition already; put all values in that one.",
                field=f"conditions.{place}",
            )
        seen.add(asked)


def _subject(condition: Condition) -> str:
    match condition:
        case ActivityAttribute(name=name):
            return name
        case ActivityCount(of=of):
            return of
        case CampaignVariant(campaign=campaign):
            return campaign
    return ""


def _check_cap(document: RuleDocument, demands: Demands) -> None:
    """A cap counts what all rules of the trigger gave, so nothing can narrow or limit it."""
    units = [effect.unit for effect in document.effects if isinstance(effect, Cap)]
    if not units:
        return
    others = [at for at, effect in enumerate(document.effects) if not isinstance(effect, Cap)]
    if others:
        raise RuleInvalid("A cap stands alone in its rule.", field=f"effects.{others[0]}")
    if len(set(units)) < len(units):
        raise RuleInvalid("This unit has a cap already.", field="effects")
    if demands.are_of_lines:
        raise RuleInvalid("A cap counts every line.", field="conditions")
    if document.limits or document.group:
        field = "limits" if document.limits else "group"
        raise RuleInvalid("A cap has no limits and no group.", field=field)
