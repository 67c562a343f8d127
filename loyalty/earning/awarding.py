"""The award: what was settled, as grants, uses of limits and a reason for every rule."""

from collections.abc import Mapping, Sequence

from loyalty.earning.gifts import Of
from loyalty.earning.judging import Near, Verdict, reason_of
from loyalty.earning.plan import Plan, Turn
from loyalty.earning.rooms import Rooms
from loyalty.earning.scene import Scene
from loyalty.earning.settling import Portion, Settlement, Worth
from loyalty.types import Award, Grant, Outcome, Reason

POINTS = "points"


def award_of(
    plan: Plan,
    scene: Scene,
    verdicts: Sequence[Verdict],
    rooms: Rooms,
    settlement: Settlement,
) -> Award:
    """What is given, under which limits, and why."""
    grants = _grants(plan, scene, settlement.given)
    size = len(scene.activity.lines)
    line_points, loose = (0,) * size, 0
    for place, grant in enumerate(grants):
        if grant.unit == POINTS:
            line_points = (
                grant.line_points
                if place == 0
                else tuple(map(sum, zip(line_points, grant.line_points, strict=True)))
            )
            loose += grant.loose_points
    return Award(
        points=sum(line_points) + loose,
        line_points=line_points,
        loose_points=loose,
        grants=grants,
        uses=_uses(plan, rooms, settlement) if plan.bounded or plan.ceilings else {},
        reasons=_reasons(plan, scene, verdicts, rooms, settlement),
    )


# --- Grants ------------------------------------------------------------------------------------


def _grants(plan: Plan, scene: Scene, given: Sequence[Portion]) -> tuple[Grant, ...]:
    """One for each unit and terms of which anything is given, in the plan's order."""
    size, bound = len(scene.basket.lines), scene.basket.bound
    tiers = scene.facts.tiers
    lines: list[list[int] | None] = [None] * len(plan.slots)
    loose = [0] * len(plan.slots)
    for portion in given:
        if not portion.points:
            continue
        turn = portion.turn
        slot = _tier_slot(turn, tiers) if turn.tier_slots else turn.slot
        row = lines[slot]
        if row is None:
            row = lines[slot] = [0] * size
        if turn.gift.of is Of.NOTHING:
            loose[slot] += portion.points
        else:
            for at, share in zip(portion.positions, portion.shares, strict=True):
                row[at] += share
    return tuple(
        [
            _grant(plan, slot, row, loose[slot], is_bound=bound)
            for slot, row in enumerate(lines)
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


# --- Uses of limits ----------------------------------------------------------------------------


def _uses(plan: Plan, rooms: Rooms, settlement: Settlement) -> dict[str, int]:
    """What is booked under each limit's key: what was really given, after all trimming."""
    uses: dict[str, int] = {}
    by_rule: dict[int, list[Portion]] = {}
    for portion in settlement.given:
        if portion.points or not portion.turn.gift.unit:
            by_rule.setdefault(portion.turn.index, []).append(portion)
    for index, portions in by_rule.items():
        for bound, key in zip(plan.rules[index].bounds, rooms.keys.get(index, ()), strict=True):
            amount = 1 if bound.of_times else _points(portions, bound.unit)
            if key and amount:
                uses[key] = uses.get(key, 0) + amount
    for ceiling, key in zip(plan.ceilings, rooms.ceiling_keys, strict=True):
        if key and settlement.live[ceiling.index] is not None:
            if amount := _points(settlement.given, ceiling.gift.unit):
                uses[key] = amount
    return uses


def _points(portions: Sequence[Portion], unit: str) -> int:
    """The points of the unit, or of every unit when none is named."""
    return sum([p.points for p in portions if not unit or p.turn.gift.unit == unit])


# --- Reasons -----------------------------------------------------------------------------------


def _reasons(
    plan: Plan,
    scene: Scene,
    verdicts: Sequence[Verdict],
    rooms: Rooms,
    settlement: Settlement,
) -> tuple[Reason, ...]:
    portions: list[list[Portion]] = [[] for _ in plan.rules]
    for portion in settlement.given:
        portions[portion.turn.index].append(portion)
    reasons: list[Reason] = []
    for index, verdict in enumerate(verdicts):
        if isinstance(verdict, Reason):
            reasons.append(verdict)
        elif isinstance(verdict, Near):
            reasons.append(_near(plan, index, verdict, settlement))
        elif index in settlement.losses:
            reasons.append(_lost(plan, index, settlement))
        elif index in rooms.blocked:
            params = {**rooms.blocked[index].params}
            reasons.append(reason_of(plan.rules[index], Outcome.LIMITED, "limit", params))
        else:
            given = portions[index]
            if len(given) > 1:
                given.sort(key=lambda portion: portion.turn.gift.place)
            reasons += [_given(plan, scene, portion) for portion in given]
    if plan.ceilings:
        _add_caps(plan, settlement, reasons)
    return tuple(reasons)


def _given(plan: Plan, scene: Scene, portion: Portion) -> Reason:
    rule, gift = plan.rules[portion.turn.index], portion.turn.gift
    outcome, code, params = Outcome.APPLIED, gift.code, gift.params
    if portion.cut:
        said = {**portion.limit, "cut": str(portion.cut)}
        if portion.points:
            params = params | said
        else:
            outcome, params = Outcome.LIMITED, said
            code = "cap" if said["limit"] == "cap" else "limit"
    names_lines = scene.basket.bound and (gift.of is not Of.NOTHING or rule.demands.are_of_lines)
    return Reason(
        rule=rule.key,
        version=rule.version,
        outcome=outcome,
        code=code,
        points=portion.points,
        unit=gift.unit or POINTS,
        lines=portion.positions if names_lines else (),
        params=params,
        name=rule.name,
    )


def _lost(plan: Plan, index: int, settlement: Settlement) -> Reason:
    rule, loss = plan.rules[index], settlement.losses[index]
    params = {
        "group": rule.group.key if rule.group else "",
        "choose": rule.group.choose if rule.group else "",
        "winner": plan.rules[loss.winner].key,
    }
    return reason_of(rule, Outcome.LOST, "group", params | _would(plan, index, loss.would))


def _would(plan: Plan, index: int, worth: Worth) -> dict[str, str]:
    """What a rule would give, told in one unit: points, or else its own."""
    points, others, rewards = worth
    rule = plan.rules[index]
    params = {"would_earn": str(points or others)}
    if not points and others:
        params["unit"] = next(g.unit for g in rule.gifts if g.unit not in {"", POINTS})
    if rewards:
        params["reward"] = next(g.params["reward"] for g in rule.gifts if not g.unit)
    return params


def _near(plan: Plan, index: int, near: Near, settlement: Settlement) -> Reason:
    """What was short and what it would have given besides what is given; if nothing, just that."""
    would = _would_add(plan, index, near, settlement)
    if not any(would):
        return near.unmet
    params = near.unmet.params | {"short": near.short} | _would(plan, index, would)
    return reason_of(plan.rules[index], Outcome.NEAR_MISS, near.unmet.code, params)


def _would_add(plan: Plan, index: int, near: Near, settlement: Settlement) -> Worth:
    portions = settlement.alone(index, near.positions)
    units: dict[str, int] = {}
    rewards = 0
    for portion in portions:
        unit = portion.turn.gift.unit
        if unit:
            units[unit] = units.get(unit, 0) + portion.points
        else:
            rewards += 1
    for unit in units:
        room = settlement.cap_room(unit)
        if room is not None:
            units[unit] = min(units[unit], room)
    points, others = units.pop(POINTS, 0), sum(units.values())
    given = _given_by_rivals(plan, index, settlement)
    if given is None:
        return (0, 0, 0)
    return (max(0, points - given[0]), max(0, others - given[1]), rewards)


def _given_by_rivals(plan: Plan, index: int, settlement: Settlement) -> Worth | None:
    """What the rule would have to take the place of in its group; None if it never could."""
    for contest in plan.contests:
        if index not in contest.indexes:
            continue
        for rival in contest.indexes:
            worth = settlement.worth_of(rival)
            if worth > (0, 0, 0):
                return None if contest.choose == "first" and rival < index else worth
    return (0, 0, 0)


def _add_caps(plan: Plan, settlement: Settlement, reasons: list[Reason]) -> None:
    """A cap's reason says what it took off; one that took nothing was not reached."""
    for place, ceiling in enumerate(plan.ceilings):
        if settlement.live[ceiling.index] is None:
            continue
        cut, params = settlement.cap_cuts[place], dict(ceiling.gift.params)
        if ceiling.gift.unit != POINTS:
            params["unit"] = ceiling.gift.unit
        outcome = Outcome.APPLIED if cut else Outcome.NOT_MET
        if cut:
            params["cut"] = str(cut)
        reasons.append(reason_of(plan.rules[ceiling.index], outcome, "cap", params))
