"""The rules of one trigger put in order once, so that each activity only walks along them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal, Protocol

from loyalty.earning.document import Rule
from loyalty.earning.effects import Cap, Phase
from loyalty.earning.gifts import Gift, Of
from loyalty.earning.limits import Bound, Limit, bound_of
from loyalty.types import Outcome, Reason, Terms

_MOST_KEPT = 256  # plans in the memory of a process
_in_order = attrgetter("order")


class Indexed(Protocol):
    """A rule set that has its rules sorted by trigger already."""

    @property
    def by_trigger(self) -> Mapping[str, Sequence[Rule]]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One effect when it is given: of which rule, and into which of the plan's slots. `rule` is its place in the plan."""

    rule: int
    gift: Gift
    slot: int
    tier_slots: tuple[tuple[str, int], ...]
    is_of_lines: bool  # whether its reason names lines
    said: Reason  # what it says of itself, uncut, to be completed with points and lines


@dataclass(frozen=True, slots=True)
class Contest:
    """The rules of one group, in order. `is_apart`: who wins touches nothing outside the group."""

    key: str
    choose: Literal["first", "best"]
    indexes: tuple[int, ...]
    is_apart: bool


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One effect of a cap, and the rule whose it is."""

    rule: int
    gift: Gift
    bound: Bound


@dataclass(frozen=True, slots=True)
class Plan:
    """All rules of one trigger that may be in force at one moment, one version of each."""

    rules: tuple[Rule, ...]
    turns: tuple[Turn, ...]
    turns_of: tuple[tuple[Turn, ...], ...]  # by rule
    slots: tuple[tuple[str, Terms], ...]  # unit and terms of what will be one grant
    multiplied: frozenset[str]  # units that a multiplier looks at
    contests: tuple[Contest, ...]
    contest_of: Mapping[int, Contest]  # by rule, of those that are apart
    entangled: tuple[Contest, ...]  # those that are not
    ceilings: tuple[Ceiling, ...]
    bounded: tuple[int, ...]  # rules with limits
    are_many: bool  # whether any rule has more effects than one
    are_shared: bool  # whether any limit is shared between members


class Versions:
    """The rules of one trigger with all their versions; of each the newest in force counts."""

    __slots__ = ("_plans", "_rules", "_single")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        is_single = len({rule.key for rule in rules}) == len(rules)
        self._single = plan_of(rules) if is_single else None
        self._plans: dict[tuple[int, ...], Plan] = {}

    def at(self, moment: datetime) -> Plan:
        """The plan for what happened at that moment."""
        if self._single is not None:
            return self._single
        chosen: dict[str, int] = {}
        for place, rule in enumerate(self._rules):
            rival = chosen.get(rule.key)
            if rival is None or self._beats(rule, self._rules[rival], moment):
                chosen[rule.key] = place
        places = tuple(chosen.values())
        plan = self._plans.get(places)
        if plan is None:
            plan = self._plans[places] = plan_of([self._rules[place] for place in places])
        return plan

    @staticmethod
    def _beats(rule: Rule, rival: Rule, moment: datetime) -> bool:
        return (rule.in_force(moment), rule.version) > (rival.in_force(moment), rival.version)


_kept: dict[int, tuple[Sequence[Rule], dict[str, Versions]]] = {}


def versions_for(rules: Indexed | Sequence[Rule], trigger: str) -> Versions:
    """The rules of that trigger, kept ready as long as the same tuple of rules is asked for.

    A tuple does not change, so the plan made of it holds; it is found by the tuple's identity and
    kept together with the tuple, so that no other can come by that identity.
    """
    of_trigger = rules if isinstance(rules, Sequence) else rules.by_trigger.get(trigger, ())
    if not isinstance(of_trigger, tuple):
        return Versions([rule for rule in of_trigger if rule.document.trigger == trigger])
    known = _kept.get(id(of_trigger))
    if known is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        known = _kept[id(of_trigger)] = (of_trigger, {})
    versions = known[1].get(trigger)
    if versions is None:
        chosen = [rule for rule in of_trigger if rule.document.trigger == trigger]
        versions = known[1][trigger] = Versions(chosen)
    return versions


def plan_of(rules: Sequence[Rule]) -> Plan:
    """The rules in the order of their turns, whatever the order in which they are given."""
    ordered = tuple(sorted(rules, key=_in_order))
    slots = _slots(ordered)
    turns_of = tuple([_turns(index, rule, slots) for index, rule in enumerate(ordered)])
    turns = [turn for turns in turns_of for turn in turns]
    turns.sort(key=lambda turn: (turn.gift.phase, turn.rule, turn.gift.place))
    gifts = [turn.gift for turn in turns]
    multiplied = frozenset({gift.unit for gift in gifts if gift.phase is Phase.MULTIPLIER})
    contests = _contests(ordered, multiplied)
    ceilings = _ceilings(ordered)
    bounds = [bound for rule in ordered for bound in rule.bounds]
    bounds += [ceiling.bound for ceiling in ceilings]
    return Plan(
        rules=ordered,
        turns=tuple(turns),
        turns_of=turns_of,
        slots=slots,
        multiplied=multiplied,
        contests=contests,
        contest_of={index: c for c in contests if c.is_apart for index in c.indexes},
        entangled=tuple([contest for contest in contests if not contest.is_apart]),
        ceilings=ceilings,
        bounded=tuple([index for index, rule in enumerate(ordered) if rule.bounds]),
        are_many=any(len(rule.gifts) > 1 for rule in ordered),
        are_shared=any(bound.is_shared for bound in bounds),
    )


def _slots(rules: Sequence[Rule]) -> tuple[tuple[str, Terms], ...]:
    """Every unit and terms that may be granted, "points" first, in an order of their own."""
    slots = {
        (gift.unit, terms)
        for rule in rules
        for gift in rule.gifts
        for terms in (rule.terms, *(terms for _, terms in rule.tier_terms))
        if gift.unit and gift.phase is not Phase.CAP
    }
    return tuple(sorted(slots, key=_slot_order))


def _slot_order(slot: tuple[str, Terms]) -> tuple[bool, str, int, str, str]:
    unit, terms = slot
    return (unit != "points", unit, terms.pending_days, terms.awaits, terms.expiry)


def _turns(index: int, rule: Rule, slots: Sequence[tuple[str, Terms]]) -> tuple[Turn, ...]:
    turns = []
    for gift in sorted(rule.gifts, key=attrgetter("phase", "place")):
        if gift.phase is Phase.CAP:
            continue
        if not gift.unit:
            turns.append(_turn(index, rule, gift, -1))
            continue
        by_tier = [(tier, slots.index((gift.unit, terms))) for tier, terms in rule.tier_terms]
        slot = slots.index((gift.unit, rule.terms))
        turns.append(_turn(index, rule, gift, slot, tuple(by_tier)))
    return tuple(turns)


def _turn(
    index: int, rule: Rule, gift: Gift, slot: int, tier_slots: tuple[tuple[str, int], ...] = ()
) -> Turn:
    is_of_lines = gift.of is not Of.NOTHING or rule.demands.are_of_lines
    said = Reason(
        rule=rule.key,
        version=rule.version,
        outcome=Outcome.APPLIED,
        code=gift.code,
        points=gift.numerator if gift.of is Of.NOTHING else 0,
        unit=gift.unit or "points",
        params=gift.params,
        name=rule.name,
    )
    return Turn(index, gift, slot, tier_slots, is_of_lines, said)


def _ceilings(rules: Sequence[Rule]) -> tuple[Ceiling, ...]:
    return tuple(
        Ceiling(index, gift, bound_of(_limit(effect), rule.key))
        for index, rule in enumerate(rules)
        for gift, effect in zip(rule.gifts, rule.document.effects, strict=True)
        if isinstance(effect, Cap)
    )


def _limit(cap: Cap) -> Limit:
    return Limit(most=cap.most, unit=cap.unit, scope=cap.scope, period=cap.period)


def _contests(rules: Sequence[Rule], multiplied: frozenset[str]) -> tuple[Contest, ...]:
    members: dict[str, list[int]] = {}
    for index, rule in enumerate(rules):
        if rule.group is not None:
            members.setdefault(rule.group.key, []).append(index)
    contests = []
    for key, indexes in members.items():
        group = rules[indexes[0]].group
        if group is None or group.choose == "sum" or len(indexes) == 1:
            continue
        is_apart = _is_apart(rules, indexes, multiplied)
        contests.append(Contest(key, group.choose, tuple(indexes), is_apart))
    return tuple(contests)


def _is_apart(rules: Sequence[Rule], indexes: Sequence[int], multiplied: frozenset[str]) -> bool:
    """Whether nothing that another rule gives depends on which of these gives, and what each
    gives can be told when the first of them has its turn.

    Not so when they make base points that a multiplier looks at, when some make base points and
    some multiply, and when they draw on a budget on which another rule draws too.
    """
    inside = [rules[index] for index in indexes]
    outside = [rule for index, rule in enumerate(rules) if index not in indexes]
    gifts = [gift for rule in inside for gift in rule.gifts]
    base = {gift.unit for gift in gifts if gift.phase is Phase.BASE}
    multiplies = any(gift.phase is Phase.MULTIPLIER for gift in gifts)
    if not base.isdisjoint(multiplied) or (base and multiplies):
        return False
    return _budgets(inside).isdisjoint(_budgets(outside))


def _budgets(rules: Sequence[Rule]) -> set[str]:
    return {bound.budget for rule in rules for bound in rule.bounds if bound.budget}
