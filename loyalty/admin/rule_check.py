"""What a rule in the making says, in both languages, and what is found in it and around it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

from loyalty.admin.rule_wording import as_sentence, labels_of
from loyalty.earning.document import Rule
from loyalty.earning.lint import lint
from loyalty.errors import RuleInvalid
from loyalty.forms import RuleEditor
from loyalty.forms.rows import Sent
from loyalty.models import Budget, Category, EarningRule, Programme, TierSet, Unit
from loyalty.selectors import published_rules
from loyalty.types import EarningBase, Words

UNFINISHED: dict[str, Any] = {"draft_sentences": [], "findings": [], "is_unfinished": True}


def said_and_found(editor: RuleEditor, rule: EarningRule | None) -> dict[str, Any]:
    """The sentences and the findings, or nothing while the form makes no sense yet."""
    judged = RuleEditor(_named(editor.sent), around=editor.around, is_judged=True)
    if not judged.is_valid:
        return UNFINISHED
    try:
        parsed = judged.rule(key=rule.key if rule else "draft", version=1)
    except RuleInvalid:
        return UNFINISHED
    programme = editor.around.programme
    labels = labels_of(programme)
    return {
        "draft_sentences": [as_sentence(parsed, programme, each, labels) for each in ("nl", "en")],
        "findings": findings_on(parsed, programme, labels, at=timezone.now()),
        "is_unfinished": False,
    }


def findings_on(
    rule: Rule, programme: Programme, labels: dict[str, Words], *, at: datetime
) -> list[dict[str, str]]:
    """What is, or may be, wrong with the rule beside those that are live; the gravest first."""
    others = [other for other in published_rules(programme.pk) if other.key != rule.key]
    categories = set(Category.objects.filter(programme=programme).values_list("key", flat=True))
    found = lint(
        [*others, rule],
        budgets=dict(Budget.objects.filter(programme=programme).values_list("key", "points")),
        tier_keys=_tier_keys(programme),
        categories=categories or None,
        units=set(Unit.objects.filter(programme=programme).values_list("code", flat=True)),
        base=EarningBase(
            points_tender=programme.earns_on_points_tender,
            gift_cards=programme.earns_on_gift_cards,
            delivery=programme.earns_on_delivery,
        ),
        zone=ZoneInfo(programme.time_zone),
        currency=programme.currency,
        labels=labels,
        now=at,
    )
    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return [
        {"weight": finding.severity.value.lower(), "text": f"{finding.sentences[language]}."}
        for finding in found
        if rule.key in finding.rules
    ]


def _tier_keys(programme: Programme) -> dict[str, list[str]]:
    live = TierSet.objects.filter(programme=programme, is_live=True).values_list("key", "policy")
    return {key: [tier["key"] for tier in policy["tiers"]] for key, policy in live}


def _named(sent: Sent) -> Sent:
    """What was sent, with a name where it has none yet: the sentence does not need one."""
    named = sent.copy()
    for name in ("name_nl", "name_en"):
        if not named.get(name):
            named[name] = "–"
    return named
