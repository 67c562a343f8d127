"""What rules do to each other: both hit the same, one never wins, one has nothing to build on."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from operator import attrgetter

from loyalty.earning.conditions import LineBrand, LineCategory, LineProduct, field_of
from loyalty.earning.covering import always_gives, covers, has_lines, outdoes
from loyalty.earning.document import Rule
from loyalty.earning.effects import AnyEffect, Cap, Fixed, Multiplier, PerAmount, PerQuantity
from loyalty.earning.findings import Remark, Say, Severity
from loyalty.earning.lint_alone import least_given, points_said, unit_of
from loyalty.earning.lint_wording import SAME_THINGS
from loyalty.earning.reach import Known, both, by_subject, keys_left, reach_of, why_impossible
from loyalty.earning.rule_teller import said_by
from loyalty.earning.teller import Teller

_in_turn = attrgetter("order")
_NAMED = 5  # of the things that two rules both hit


def remarks_between(rules: Sequence[Rule], known: Known) -> Iterator[Remark]:
    """All that can be said of rules of one trigger by looking at them together."""
    ordered = sorted(rules, key=_in_turn)
    for rule, later in combinations(ordered, 2):
        if rule.key == later.key:  # two versions: of them only one is ever in force
            continue
        if why_impossible(both(reach_of(rule), reach_of(later)), known) is None:
            yield from _pair(rule, later)
        yield from _groups(rule, later)
    yield from _never_winning(ordered)
    yield from _without_base(ordered, known)


# --- Two that meet -----------------------------------------------------------------------------


def _pair(rule: Rule, later: Rule) -> Iterator[Remark]:
    choose = _choice(rule, later)
    if _families(rule) & _families(later):
        template = f"overlap.{choose}" if choose else "overlap"
        severity = Severity.NOTE if choose else Severity.WARNING
        yield Remark(template, severity, [rule, later], {"things": _shared_things(rule, later)})
    for cap, other in ((rule, later), (later, rule)):
        yield from _cap(cap, other)


def _choice(rule: Rule, later: Rule) -> str:
    """How the group that both are in chooses between them; empty when both give."""
    group, other = rule.document.group, later.document.group
    if group is None or other is None or group.key != other.key or group.choose == "sum":
        return ""
    return group.choose


def _families(rule: Rule) -> set[tuple[str, str]]:
    """What the rule counts lines for, and in what unit: two of one family add up."""
    families = set()
    for effect in rule.document.effects:
        if isinstance(effect, PerAmount | PerQuantity):
            families.add(("base", unit_of(effect)))
        elif isinstance(effect, Multiplier):
            families.add(("multiplier", unit_of(effect)))
        elif isinstance(effect, Fixed) and (has_lines(rule) or rule.document.group):
            families.add(("fixed", unit_of(effect)))
    return families


def _shared_things(rule: Rule, later: Rule) -> Say:
    """ "buitenverf", as far as the two name what they both hit."""
    conditions = by_subject(rule.document.conditions + later.document.conditions)
    params: dict[str, str] = {}
    for of_field in conditions.values():
        if isinstance(of_field[0], LineCategory | LineProduct | LineBrand):
            keys = sorted(keys_left(of_field) or ())
            more = [f"+{len(keys) - _NAMED}"] if len(keys) > _NAMED else []
            params[field_of(of_field[0])] = ",".join(keys[:_NAMED] + more)
    named = {field: keys for field, keys in params.items() if keys}

    def say(teller: Teller) -> str:
        return teller.things(named) or SAME_THINGS[teller.language]

    return say


def _cap(cap: Rule, other: Rule) -> Iterator[Remark]:
    for effect in cap.document.effects:
        if isinstance(effect, Cap) and least_given(other, effect.unit) > effect.most:
            told = {**said_by(effect), "trigger": cap.document.trigger}
            said: dict[str, Say] = {
                "points": points_said(least_given(other, effect.unit), effect.unit),
                "most": _most_said(told),
            }
            yield Remark("cap_below", Severity.WARNING, [other, cap], said)


def _most_said(told: Mapping[str, str]) -> Say:
    return lambda teller: teller.most(told)


# --- Groups ------------------------------------------------------------------------------------


def _groups(rule: Rule, later: Rule) -> Iterator[Remark]:
    group, other = rule.document.group, later.document.group
    if group and other and group.key == other.key and group.choose != other.choose:
        yield Remark("group_disagrees", Severity.WARNING, [rule, later], _group_said(rule))


def _group_said(rule: Rule) -> dict[str, Say]:
    key = rule.document.group.key if rule.document.group else ""
    return {"group": lambda teller: teller.label(key, "group")}


def _never_winning(ordered: Sequence[Rule]) -> Iterator[Remark]:
    """Rules that another of their group always beats, whatever happens."""
    multiplied = {
        unit_of(effect)
        for rule in ordered
        for effect in rule.document.effects
        if isinstance(effect, Multiplier)
    }
    for loser in ordered:
        rivals = [rule for rule in ordered if rule.key != loser.key and _choice(rule, loser)]
        same = {rule.document.group for rule in rivals} <= {loser.document.group}
        winner = next((rule for rule in rivals if _beats(rule, loser, multiplied)), None)
        if same and winner:
            yield Remark("never_wins", Severity.WARNING, [winner, loser], _group_said(loser))


def _beats(rule: Rule, loser: Rule, multiplied: set[str]) -> bool:
    if rule.limits or not covers(rule, loser):
        return False
    is_before = _in_turn(rule) < _in_turn(loser)
    if _choice(rule, loser) == "first":
        return is_before and (always_gives(rule) or outdoes(rule, loser, on_ties=True))
    makes_base = any(
        isinstance(effect, PerAmount | PerQuantity) and effect.unit in multiplied
        for effect in rule.document.effects
    )  # then more base points are not surely more points in all
    return not makes_base and outdoes(rule, loser, on_ties=is_before)


# --- Multipliers -------------------------------------------------------------------------------


def _without_base(ordered: Sequence[Rule], known: Known) -> Iterator[Remark]:
    for rule in ordered:
        for effect in rule.document.effects:
            if isinstance(effect, Multiplier) and not any(
                _is_base(other, effect, rule, known) for other in ordered
            ):
                yield Remark("multiplier_without_base", Severity.WARNING, [rule], _units(effect))


def _is_base(other: Rule, effect: Multiplier, rule: Rule, known: Known) -> bool:
    """Whether the other rule may give points that the effect multiplies."""
    if not any(_makes_base(each, effect.unit) for each in other.document.effects):
        return False
    if other.key != rule.key and _choice(other, rule):
        return False
    return why_impossible(both(reach_of(other), reach_of(rule)), known) is None


def _makes_base(effect: AnyEffect, unit: str) -> bool:
    return isinstance(effect, PerAmount | PerQuantity) and effect.unit == unit


def _units(effect: Multiplier) -> dict[str, Say]:
    return {"units": lambda teller: teller.units(effect.unit)}
