"""Why every rule gave what it gave, or nothing: its reasons, in the order of the rules."""

from collections.abc import Sequence

from msgspec import structs

from loyalty.earning.judging import Near, Verdict, reason_of
from loyalty.earning.plan import Plan
from loyalty.earning.rooms import Rooms
from loyalty.earning.scene import Scene
from loyalty.earning.settling import NOTHING, Portion, Settlement, Worth
from loyalty.types import Outcome, Reason

POINTS = "points"


def reasons_for(
    plan: Plan,
    scene: Scene,
    verdicts: Sequence[Verdict],
    rooms: Rooms,
    settlement: Settlement,
) -> tuple[Reason, ...]:
    """One for every rule; of a rule that gives, one for every effect."""
    given = _by_rule(plan, scene, settlement)
    reasons: list[Reason] = []
    for index, verdict in enumerate(verdicts):
        if isinstance(verdict, Reason):
            reasons.append(verdict)
        elif index in given:
            reasons += given[index]
        elif isinstance(verdict, Near):
            reasons.append(_near(plan, index, verdict, settlement))
        else:
            reasons += _withheld(plan, index, rooms, settlement)
    return tuple(reasons)


def reasons_given(
    plan: Plan,
    scene: Scene,
    verdicts: Sequence[Verdict],
    rooms: Rooms,
    settlement: Settlement,
) -> tuple[Reason, ...]:
    """Of all those only the ones that gave something, or took something off: APPLIED."""
    given = _by_rule(plan, scene, settlement)
    if plan.ceilings:
        for index, verdict in enumerate(verdicts):
            if index not in given and not isinstance(verdict, Reason | Near):
                given[index] = _withheld(plan, index, rooms, settlement)
    return tuple(
        [
            reason
            for index in sorted(given)
            for reason in given[index]
            if reason.outcome is Outcome.APPLIED
        ]
    )


def _by_rule(plan: Plan, scene: Scene, settlement: Settlement) -> dict[int, list[Reason]]:
    """What each rule that gives has to say, by its place."""
    given: dict[int, list[Reason]] = {}
    for portion in sorted(settlement.given, key=_place) if plan.are_many else settlement.given:
        said, index = _given(scene, portion), portion.turn.rule
        if index in given:
            given[index].append(said)
        else:
            given[index] = [said]
    return given


def _place(portion: Portion) -> int:
    return portion.turn.gift.place


def _given(scene: Scene, portion: Portion) -> Reason:
    turn = portion.turn
    is_of_lines = turn.is_of_lines
    if portion.cut:
        return _cut(scene, portion, is_of_lines=is_of_lines)
    said = turn.said
    if not is_of_lines:
        return said
    return Reason(
        rule=said.rule,
        version=said.version,
        outcome=said.outcome,
        code=said.code,
        points=portion.points,
        unit=said.unit,
        lines=portion.positions if scene.basket.bound else (),
        params=said.params,
        name=said.name,
    )


def _cut(scene: Scene, portion: Portion, *, is_of_lines: bool) -> Reason:
    """What a limit or a cap left of it; with nothing left the limit itself is the reason."""
    said = portion.turn.said
    params = {**portion.limit, "cut": str(portion.cut)}
    changed = structs.replace(
        said,
        points=portion.points,
        lines=portion.positions if is_of_lines and scene.basket.bound else (),
        params=said.params | params,
    )
    if portion.points:
        return changed
    code = "cap" if params["limit"] == "cap" else "limit"
    return structs.replace(changed, outcome=Outcome.LIMITED, code=code, params=params)


def _withheld(plan: Plan, index: int, rooms: Rooms, settlement: Settlement) -> list[Reason]:
    """The reason of a rule that holds and yet has no part in what is given."""
    rule = plan.rules[index]
    if index in rooms.blocked:
        params = dict(rooms.blocked[index].params)
        return [reason_of(rule, Outcome.LIMITED, "limit", params)]
    if loss := settlement.losses.get(index):
        params = {"group": "", "choose": "", "winner": plan.rules[loss.winner].key}
        if rule.group:
            params |= {"group": rule.group.key, "choose": rule.group.choose}
        return [reason_of(rule, Outcome.LOST, "group", params | _would(plan, index, loss.would))]
    return _caps(plan, index, settlement)


def _caps(plan: Plan, index: int, settlement: Settlement) -> list[Reason]:
    """A cap's reason says what it took off; one that took nothing was not reached."""
    reasons = []
    for place, ceiling in enumerate(plan.ceilings):
        if ceiling.rule != index:
            continue
        cut, params = settlement.cap_cuts[place], dict(ceiling.gift.params)
        if ceiling.gift.unit != POINTS:
            params["unit"] = ceiling.gift.unit
        if cut:
            params["cut"] = str(cut)
        outcome = Outcome.APPLIED if cut else Outcome.NOT_MET
        reasons.append(reason_of(plan.rules[index], outcome, "cap", params))
    return reasons


# --- What might have been ----------------------------------------------------------------------


def _near(plan: Plan, index: int, near: Near, settlement: Settlement) -> Reason:
    """What was short and what it would have given besides what is given; if nothing, just that."""
    would = _would_add(plan, index, near, settlement)
    if not any(would):
        return near.unmet
    params = near.unmet.params | {"short": near.short} | _would(plan, index, would)
    return reason_of(plan.rules[index], Outcome.NEAR_MISS, near.unmet.code, params)


def _would(plan: Plan, index: int, worth: Worth) -> dict[str, str]:
    """What a rule would give, told in one unit: points, or else its own."""
    points, others, rewards = worth
    gifts = plan.rules[index].gifts
    params = {"would_earn": str(points or others)}
    if not points and others:
        params["unit"] = next(gift.unit for gift in gifts if gift.unit not in {"", POINTS})
    if rewards:
        params["reward"] = next(gift.params["reward"] for gift in gifts if not gift.unit)
    return params


def _would_add(plan: Plan, index: int, near: Near, settlement: Settlement) -> Worth:
    """What the rule would give, within limits and caps, less what it would take the place of."""
    rivals = _given_by_rivals(plan, index, settlement)
    if rivals is None:
        return NOTHING
    units: dict[str, int] = {}
    rewards = 0
    for portion in settlement.alone(index, near.positions):
        unit = portion.turn.gift.unit
        units[unit] = units.get(unit, 0) + portion.points
        rewards += not unit
    if plan.ceilings:
        units = {unit: _under_caps(settlement, unit, points) for unit, points in units.items()}
    points, others = units.pop(POINTS, 0), sum(units.values())
    return (max(0, points - rivals[0]), max(0, others - rivals[1]), rewards)


def _under_caps(settlement: Settlement, unit: str, points: int) -> int:
    room = settlement.cap_room(unit)
    return points if room is None else min(points, room)


def _given_by_rivals(plan: Plan, index: int, settlement: Settlement) -> Worth | None:
    """What the rule would take the place of in its group; None if its group passes it by."""
    for contest in plan.contests:
        if index not in contest.indexes:
            continue
        for rival in contest.indexes:
            worth = settlement.worth_of(rival)
            if worth > NOTHING:
                return None if contest.choose == "first" and rival < index else worth
    return NOTHING
