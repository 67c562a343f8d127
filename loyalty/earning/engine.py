"""The earning engine: rules, what happened and what is known, in; points and reasons, out.

The same function answers the live purchase, the batch, the quote at checkout, the trial of a
rule on last year's sales and the question "why did I get this?".
"""

from collections.abc import Sequence
from operator import attrgetter

from loyalty.earning.basket import Basket, read_basket
from loyalty.earning.conditions import Condition, condition_params, field_of
from loyalty.earning.document import Rule
from loyalty.earning.effects import Phase
from loyalty.types import Activity, Award, MemberFacts, Outcome, Reason, Rounding

_in_turn = attrgetter("order")


def evaluate(
    rules: Sequence[Rule],
    activity: Activity,
    facts: MemberFacts,
    *,
    rounding: Rounding = Rounding.FLOOR,
) -> Award:
    """What the activity earns under these rules, and why; the order of `rules` does not matter.

    Rules have their turn by phase, priority and key. Of several versions of one rule the newest
    in force counts and the others are silent. Every other rule whose trigger is the activity's
    type gives one reason, also when it gives no points. Lines of zero or less earn nothing.
    Raises InvalidRequest when an amount is not a usable number.
    """
    turn = _Turn(activity, facts, rounding)
    reasons = tuple([turn.play(rule) for rule in _to_evaluate(rules, activity)])
    line_points, loose = tuple(turn.line_points), turn.loose_points
    if not turn.basket.bound:
        line_points, loose = (), loose + sum(line_points)
    return Award(
        points=sum(line_points) + loose,
        line_points=line_points,
        loose_points=loose,
        reasons=reasons,
    )


def _to_evaluate(rules: Sequence[Rule], activity: Activity) -> list[Rule]:
    """One version of each rule that this type of activity triggers, in order."""
    chosen: dict[str, Rule] = {}
    at = activity.occurred_at
    for rule in rules:
        if rule.document.trigger != activity.type:
            continue
        rival = chosen.get(rule.key)
        if rival is None or (rule.in_force(at), rule.version) > (rival.in_force(at), rival.version):
            chosen[rule.key] = rule
    return sorted(chosen.values(), key=_in_turn)


class _Turn:
    """One evaluation under way: what the rules so far have given to each line."""

    __slots__ = ("activity", "base", "basket", "facts", "line_points", "loose_points", "rounding")

    def __init__(self, activity: Activity, facts: MemberFacts, rounding: Rounding) -> None:
        self.activity = activity
        self.facts = facts
        self.rounding = rounding
        self.basket: Basket = read_basket(activity)
        self.base = [0] * len(self.basket.lines)  # of the base phase alone: what is multiplied
        self.line_points = [0] * len(self.basket.lines)
        self.loose_points = 0

    def play(self, rule: Rule) -> Reason:
        """Give what the rule gives, and say so or say why not.

        Looked at in this order, the first that fails being the reason: period, situation,
        lines, amount. So a near miss means that all else was right.
        """
        if not rule.in_force(self.activity.occurred_at):
            return _not_in_force(rule, self.activity)
        for situation in rule.tests.situation:
            if not situation.holds(self.activity, self.facts):
                return _unmet(rule, situation.condition)
        positions = self.basket.paid
        if not positions and (rule.tests.lines or rule.worth.phase is not Phase.BONUS):
            return _reason(rule, Outcome.NOT_MET, "no_amount", {})
        for line_test in rule.tests.lines:
            positions = line_test.lines(self.basket, positions)
            if not positions:
                return _unmet(rule, line_test.condition)
        shares = rule.worth.shares(positions, self.basket, self.base, self.rounding)
        if rule.tests.amounts and (short := self._shortest(rule, sum(shares))):
            return short
        return self._give(rule, positions, shares)

    def _shortest(self, rule: Rule, would_earn: int) -> Reason | None:
        """The reason when the basket's amount is short, told by the threshold furthest away."""
        test = max(rule.tests.amounts, key=attrgetter("cents"))
        short = test.short_cents(self.basket)
        if not short:
            return None
        if not would_earn:
            return _unmet(rule, test.condition)
        params = condition_params(test.condition)
        params["short"] = f"{short // 100}.{short % 100:02d}"
        params["would_earn"] = str(would_earn)
        return _reason(rule, Outcome.NEAR_MISS, field_of(test.condition), params)

    def _give(self, rule: Rule, positions: tuple[int, ...], shares: list[int]) -> Reason:
        phase = rule.worth.phase
        if phase is Phase.BONUS:
            self.loose_points += shares[0]
            positions = positions if rule.tests.lines else ()
        else:
            for at, points in zip(positions, shares, strict=True):
                self.line_points[at] += points
                if phase is Phase.BASE:
                    self.base[at] += points
        return Reason(
            rule=rule.key,
            version=rule.version,
            outcome=Outcome.APPLIED,
            code=rule.code,
            points=sum(shares),
            lines=positions if self.basket.bound else (),
            params=rule.applied,
            name=rule.name,
        )


def _unmet(rule: Rule, condition: Condition) -> Reason:
    return _reason(rule, Outcome.NOT_MET, field_of(condition), condition_params(condition))


def _not_in_force(rule: Rule, activity: Activity) -> Reason:
    params = {}
    if rule.starts_at is not None and activity.occurred_at < rule.starts_at:
        params["starts_at"] = rule.starts_at.isoformat()
    elif rule.ends_at is not None:
        params["ends_at"] = rule.ends_at.isoformat()
    return _reason(rule, Outcome.NOT_MET, "period", params)


def _reason(rule: Rule, outcome: Outcome, code: str, params: dict[str, str]) -> Reason:
    return Reason(
        rule=rule.key,
        version=rule.version,
        outcome=outcome,
        code=code,
        params=params,
        name=rule.name,
    )
