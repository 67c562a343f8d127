"""Whether a rule holds for an activity: on which lines, what it misses, or why not at all."""

from msgspec import Struct

from loyalty.earning.basket import Positions
from loyalty.earning.document import Rule
from loyalty.earning.effects import Phase
from loyalty.earning.scene import Scene
from loyalty.earning.threshold import BEYOND
from loyalty.types import Outcome, Reason


class Near(Struct, frozen=True):
    """All but one number is met: what it would give on these lines can still be said."""

    positions: Positions
    unmet: Reason
    short: str


Verdict = Positions | Near | Reason  # positions: it holds, on these lines


def judge(rule: Rule, scene: Scene) -> Verdict:
    """Whether the rule holds; the first that fails is the reason, looked at in this order: period,
    situation, lines, expressions, numbers to be reached. So a near miss means all else was right.
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
    if demands.matchers:
        for match, unmet in demands.matchers:
            positions = match(scene.basket, positions)
            if not positions:
                return unmet
    return _reach(rule, scene, positions) if demands.are_more else positions


def _reach(rule: Rule, scene: Scene, positions: Positions) -> Verdict:
    """Expressions, then the numbers to be reached; two that are short are no near miss any more."""
    demands = rule.demands
    for check, unmet in demands.expressions:
        if not check(scene):
            return unmet
    near: Near | None = None
    for large_line, unmet in demands.large_lines:
        positions, said = large_line.choose(scene, positions)
        if said:
            near = Near(positions, unmet, said)
    for threshold, unmet in demands.thresholds:
        missing = threshold.missing(scene, positions)
        if missing and (near or missing == BEYOND):
            return near.unmet if near else unmet
        if missing:
            near = Near(positions, unmet, threshold.said(missing))
    return positions if near is None else near


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
