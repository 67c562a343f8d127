"""The award: what was settled, as grants, uses of limits and reasons."""

from collections.abc import Mapping, Sequence
from operator import add

from loyalty.earning.gifts import Of
from loyalty.earning.judging import Verdict
from loyalty.earning.plan import Plan, Turn
from loyalty.earning.reasoning import reasons_for, reasons_given
from loyalty.earning.rooms import Rooms
from loyalty.earning.scene import Scene
from loyalty.earning.settling import Portion, Settlement
from loyalty.types import Award, Grant

POINTS = "points"


def award_of(
    plan: Plan,
    scene: Scene,
    verdicts: Sequence[Verdict],
    rooms: Rooms,
    settlement: Settlement,
    *,
    tells_all: bool,
) -> Award:
    """What is given, under which limits, and why; also why not, if it is to tell all."""
    told = reasons_for if tells_all else reasons_given
    grants = _grants(plan, scene, settlement.given)
    line_points, loose = _points(grants, len(scene.activity.lines))
    uses: dict[str, int] = {}
    if rooms.keys:
        _book_limits(plan, rooms, settlement, uses)
    if plan.ceilings:
        _book_caps(plan, rooms, settlement, uses)
    return Award(
        points=sum(line_points) + loose,
        line_points=line_points,
        loose_points=loose,
        grants=grants,
        uses=uses,
        reasons=told(plan, scene, verdicts, rooms, settlement),
    )


def _points(grants: Sequence[Grant], size: int) -> tuple[tuple[int, ...], int]:
    """On each line and on none, in the unit "points"; its grants stand first."""
    line_points, loose = (0,) * size, 0
    for place, grant in enumerate(grants):
        if grant.unit != POINTS:
            break
        on_lines = grant.line_points
        line_points = tuple(map(add, line_points, on_lines)) if place else on_lines
        loose += grant.loose_points
    return line_points, loose


def _grants(plan: Plan, scene: Scene, given: Sequence[Portion]) -> tuple[Grant, ...]:
    """One for each unit and terms of which anything is given, in the plan's order."""
    size = len(scene.basket.lines)
    rows: list[list[int] | None] = [None] * len(plan.slots)
    loose = [0] * len(plan.slots)
    for portion in given:
        if not portion.points:
            continue
        turn = portion.turn
        slot = _tier_slot(turn, scene.facts.tiers) if turn.tier_slots else turn.slot
        row = rows[slot]
        if row is None:
            row = rows[slot] = [0] * size
        if turn.gift.of is Of.NOTHING:
            loose[slot] += portion.points
        else:
            for at, share in zip(portion.positions, portion.shares, strict=True):
                row[at] += share
    return tuple(
        [
            _grant(plan, slot, row, loose[slot], is_bound=scene.basket.bound)
            for slot, row in enumerate(rows)
            if row is not None
        ]
    )


def _grant(plan: Plan, slot: int, row: Sequence[int], loose: int, *, is_bound: bool) -> Grant:
    unit, terms = plan.slots[slot]
    on_lines = sum(row)
    return Grant(
        points=on_lines + loose,
        unit=unit,
        terms=terms,
        line_points=tuple(row) if is_bound else (),
        loose_points=loose if is_bound else loose + on_lines,
    )


def _tier_slot(turn: Turn, tiers: Mapping[str, str]) -> int:
    for tier, slot in turn.tier_slots:
        if tier in tiers.values():
            return slot
    return turn.slot


def _book_limits(plan: Plan, rooms: Rooms, settlement: Settlement, uses: dict[str, int]) -> None:
    """Under each limit's key what its rule really gave, after all trimming."""
    by_rule: dict[int, list[Portion]] = {}
    for portion in settlement.given:
        is_something = portion.points or not portion.turn.gift.unit
        if is_something and portion.turn.rule in rooms.keys:
            by_rule.setdefault(portion.turn.rule, []).append(portion)
    for index, portions in by_rule.items():
        for bound, key in zip(plan.rules[index].bounds, rooms.keys[index], strict=True):
            amount = 1 if bound.of_times else _total(portions, bound.unit)
            if key and amount:
                uses[key] = uses.get(key, 0) + amount


def _book_caps(plan: Plan, rooms: Rooms, settlement: Settlement, uses: dict[str, int]) -> None:
    for ceiling, key in zip(plan.ceilings, rooms.ceiling_keys, strict=True):
        amount = _total(settlement.given, ceiling.gift.unit)
        if key and amount and settlement.live[ceiling.rule] is not None:
            uses[key] = amount


def _total(portions: Sequence[Portion], unit: str) -> int:
    """The points of the unit, or of every unit when none is named."""
    return sum([p.points for p in portions if not unit or p.turn.gift.unit == unit])
