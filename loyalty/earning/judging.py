"""Whether a rule holds for an activity: on which lines, what it misses, or why not at all."""

from msgspec import Struct

from loyalty.earning.basket import Positions
from loyalty.earning.document import Rule
from loyalty.earning.effects import Phase
from loyalty.earning.scene import Scene
from loyalty.earning.threshold import BEYOND, money_said
from loyalty.types import Outcome, Reason


class Near(Struct, frozen=True):
    """All but one number is met: what it would give on these lines can still be said."""

    positions: Positions
    unmet: Reason
    short: str


Verdict = Positions | Near | Reason  # positions: it holds, on these lines


def judge(rule: Rule, scene: Scene) -> Verdict:
    """Looked at in this order, the first that fails being the reason: period, situation, lines,
    expressions, numbers to be reached. So a near miss means that all else was right.
    """
    if (rule.starts_at or rule.ends_at) and not rule.in_force(scene.activity.occurred_at):
        return _out_of_period(rule, scene)
    demands = rule.demands
    for check, unmet in demands.checks:
        if not check(scene):
            return unmet
    positions = scene.basket.paid
    if not positions and (demands.are_of_lines or rule.order[0] < Phase.BONUS):
        code = "excluded" if scene.basket.is_reduced else "no_amount"
        return reason_of(rule, Outcome.NOT_MET, code, {})
    for match, unmet in demands.matchers:
        positions = match(scene.basket, positions)
        if not positions:
            return unmet
    for check, unmet in demands.expressions:
        if not check(scene):
            return unmet
    if demands.large_lines or demands.thresholds:
        return _reach(rule, scene, positions)
    return positions


def _reach(rule: Rule, scene: Scene, positions: Positions) -> Verdict:
    """The numbers to be reached. Two that are short are more than a near miss: the first says."""
    short: list[Near] = []
    beyond: list[Reason] = []
    for large_line, unmet in rule.demands.large_lines:
        large = large_line.lines(scene, positions)
        if not large:
            position = large_line.largest(scene, positions)
            said = money_said(large_line.missing(scene, position))
            short.append(Near((position,), unmet, said))
            large = (position,)
        positions = large
    for threshold, unmet in rule.demands.thresholds:
        missing = threshold.missing(scene, positions)
        if missing == BEYOND:
            beyond.append(unmet)
        elif missing:
            short.append(Near(positions, unmet, threshold.said(missing)))
    if beyond:
        return beyond[0]
    if short:
        return short[0] if len(short) == 1 else short[0].unmet
    return positions


def _out_of_period(rule: Rule, scene: Scene) -> Reason:
    params = {}
    if rule.starts_at is not None and scene.activity.occurred_at < rule.starts_at:
        params["starts_at"] = rule.starts_at.isoformat()
    elif rule.ends_at is not None:
        params["ends_at"] = rule.ends_at.isoformat()
    return reason_of(rule, Outcome.NOT_MET, "period", params)


def reason_of(rule: Rule, outcome: Outcome, code: str, params: dict[str, str]) -> Reason:
    """A reason without points."""
    return Reason(
        rule=rule.key,
        version=rule.version,
        outcome=outcome,
        code=code,
        params=params,
        name=rule.name,
    )
