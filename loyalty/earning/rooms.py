"""How much the limits of a plan's rules leave for one activity, and under which keys it is booked."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from loyalty.earning.judging import Verdict
from loyalty.earning.limits import Bound
from loyalty.earning.plan import Plan
from loyalty.earning.scene import Scene
from loyalty.types import Reason


class Rooms(NamedTuple):
    """By the rule's index; in the order of its limits."""

    left: Mapping[int, Sequence[int]]
    keys: Mapping[int, Sequence[str]]
    blocked: Mapping[int, Bound]  # the rule may not give once more
    budgets: Mapping[str, int]
    ceilings: Sequence[int]  # in the order of the plan's
    ceiling_keys: Sequence[str]


NO_ROOMS = Rooms({}, {}, {}, {}, (), ())


def rooms_for(
    plan: Plan, scene: Scene, verdicts: Sequence[Verdict], budgets: Mapping[str, int]
) -> Rooms:
    """What is left to the rules that hold or nearly do, of what is known to be used."""
    if not plan.bounded and not plan.ceilings:
        return NO_ROOMS
    left: dict[int, list[int]] = {}
    keys: dict[int, list[str]] = {}
    blocked: dict[int, Bound] = {}
    of_budgets: dict[str, int] = {}
    used = scene.facts.used
    for index in plan.bounded:
        if isinstance(verdicts[index], Reason):
            continue
        bounds = plan.rules[index].bounds
        keys[index] = own = [bound.key(scene) for bound in bounds]
        left[index] = [
            max(
                0, (budgets.get(bound.budget, 0) if bound.budget else bound.most) - used.get(key, 0)
            )
            for bound, key in zip(bounds, own, strict=True)
        ]
        for bound, room in zip(bounds, left[index], strict=True):
            if bound.budget:
                of_budgets[bound.budget] = room
            elif bound.of_times and not room:
                blocked.setdefault(index, bound)
    ceiling_keys = [ceiling.bound.key(scene) for ceiling in plan.ceilings]
    ceilings = [
        max(0, ceiling.bound.most - used.get(key, 0))
        for ceiling, key in zip(plan.ceilings, ceiling_keys, strict=True)
    ]
    return Rooms(left, keys, blocked, of_budgets, ceilings, ceiling_keys)


def shared_ceilings(plan: Plan, scene: Scene, budgets: Mapping[str, int]) -> dict[str, int]:
    """Of every limit shared between members that this activity may touch: key and ceiling."""
    ceilings = {}
    for rule in plan.rules:
        for bound in rule.bounds:
            if bound.is_shared:
                most = budgets.get(bound.budget, 0) if bound.budget else bound.most
                ceilings[bound.key(scene)] = most
    for ceiling in plan.ceilings:
        if ceiling.bound.is_shared:
            ceilings[ceiling.bound.key(scene)] = ceiling.bound.most
    return ceilings
