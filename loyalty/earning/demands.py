"""All that a rule asks for, its conditions sorted by kind and made ready to be looked up."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from loyalty.earning.advanced import compile_expression
from loyalty.earning.conditions import Advanced, Condition
from loyalty.earning.matching import Matcher, matcher_of
from loyalty.earning.situation import Check, check_of
from loyalty.earning.threshold import LargeLine, Threshold, large_line_of, threshold_of
from loyalty.errors import RuleInvalid
from loyalty.types import Reason

Unmet = Callable[[Condition], Reason]


class Demands(NamedTuple):
    """Within a kind in the document's order; each with the reason to give when it fails."""

    checks: tuple[tuple[Check, Reason], ...]
    matchers: tuple[tuple[Matcher, Reason], ...]
    expressions: tuple[tuple[Check, Reason], ...]
    large_lines: tuple[tuple[LargeLine, Reason], ...]
    thresholds: tuple[tuple[Threshold, Reason], ...]
    are_of_lines: bool  # whether any of them chooses lines
    are_more: bool  # whether any comes after the lines


def demands_of(conditions: Sequence[Condition], unmet: Unmet) -> Demands:
    """Do once what every evaluation would repeat. Raises RuleInvalid with the condition's place."""
    demands = Demands((), (), (), (), (), are_of_lines=False, are_more=False)
    for place, condition in enumerate(conditions):
        try:
            demands = _with(demands, condition, unmet(condition))
        except RuleInvalid as invalid:
            field = f"conditions.{place}.value"
            raise RuleInvalid(invalid.detail, field=field) from invalid
    return demands._replace(
        are_of_lines=bool(demands.matchers or demands.large_lines),
        are_more=bool(demands.expressions or demands.large_lines or demands.thresholds),
    )


def _with(demands: Demands, condition: Condition, reason: Reason) -> Demands:
    if isinstance(condition, Advanced):
        asked = (compile_expression(condition.value), reason)
        return demands._replace(expressions=(*demands.expressions, asked))
    if matcher := matcher_of(condition):
        return demands._replace(matchers=(*demands.matchers, (matcher, reason)))
    if large_line := large_line_of(condition):
        return demands._replace(large_lines=(*demands.large_lines, (large_line, reason)))
    if threshold := threshold_of(condition):
        return demands._replace(thresholds=(*demands.thresholds, (threshold, reason)))
    check = check_of(condition)
    assert check is not None, condition  # noqa: S101 - every condition is of some kind
    return demands._replace(checks=(*demands.checks, (check, reason)))
