"""What is, or may be, wrong with a rule beside those that are live."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loyalty.earning.document import Rule
from loyalty.earning.findings import Finding
from loyalty.earning.lint import lint
from loyalty.earning.ruleset import parse_rule_set
from loyalty.labels import labels_of
from loyalty.models import Category
from loyalty.services.rule_sets import document_of


def findings_on(rule: Rule, *, programme_id: int, at: datetime) -> list[Finding]:
    """What lint finds of the rule if it became live at that moment, the gravest first."""
    holds = parse_rule_set(document_of(programme_id))
    categories = Category.objects.filter(programme_id=programme_id).values_list("key", flat=True)
    found = lint(
        [*(other for other in holds.rules if other.key != rule.key), rule],
        budgets=holds.budgets,
        tier_keys=_tier_keys(holds.tier_sets),
        categories=set(categories) or None,
        units=set(holds.units),
        base=holds.base,
        zone=holds.zone,
        currency=holds.currency,
        labels=labels_of(programme_id),
        now=at,
    )
    return [finding for finding in found if rule.key in finding.rules]


def _tier_keys(tier_sets: Any) -> Mapping[str, list[str]]:
    return {tier_set.key: list(tier_set.levels) for tier_set in tier_sets}
