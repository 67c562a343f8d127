"""Earning rules in words: what a version says, what a rule does now, what it said before."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.admin.rule_changes import differences
from loyalty.earning.document import Rule
from loyalty.earning.sentences import describe_rule
from loyalty.errors import RuleInvalid
from loyalty.models import (
    Budget,
    Category,
    EarningRule,
    EarningRuleVersion,
    Programme,
    TierSet,
    Unit,
)
from loyalty.reports import rule_use
from loyalty.services.rules import rule_of
from loyalty.templatetags.figures import number
from loyalty.types import Words

State = EarningRule.State
STATES = {
    State.DRAFT: gettext_lazy("Draft"),
    State.LIVE: gettext_lazy("Live"),
    State.STOPPED: gettext_lazy("Stopped"),
}
COLOURS = {"DRAFT": "warning", "LIVE": "success", "STOPPED": "default"}
PERIOD = timedelta(days=30)


def sentence(version: EarningRuleVersion, language: str, labels: dict[str, Words]) -> str:
    """What a version says, as people read it."""
    try:
        return as_sentence(rule_of(version), version.rule.programme, language, labels)
    except RuleInvalid as refusal:
        return _("This version cannot be read: %s") % refusal.detail


def as_sentence(rule: Rule, programme: Programme, language: str, labels: dict[str, Words]) -> str:
    """What a rule says, with a capital and a full stop."""
    said = describe_rule(
        rule,
        language,
        currency=programme.currency,
        labels=labels,
        zone=ZoneInfo(programme.time_zone),
    )
    return f"{said[:1].upper()}{said[1:]}."


def said_by(rule: EarningRule, language: str) -> str:
    """What the rule's latest version says."""
    version = versions_of(rule).last()
    return sentence(version, language, labels_of(rule.programme)) if version else ""


def versions_of(rule: EarningRule) -> QuerySet[EarningRuleVersion]:
    return rule.versions.select_related("rule__programme").order_by("number")


def labels_of(programme: Programme) -> dict[str, Words]:
    """What the keys in the programme's rules are called."""
    named = Category.objects.filter(programme=programme).labels()
    for unit in Unit.objects.filter(programme=programme).exclude(code="points"):
        named[f"unit:{unit.code}"] = {"nl": unit.name_nl, "en": unit.name_en}
    for budget in Budget.objects.filter(programme=programme):
        named[f"budget:{budget.key}"] = {"nl": budget.name_nl, "en": budget.name_en}
    for policy in TierSet.objects.filter(programme=programme).values_list("policy", flat=True):
        for tier in policy["tiers"]:
            named.setdefault(tier["key"], tier.get("name", {}))
    return named


def standing(rule: EarningRule) -> dict[str, Any]:
    """The rule's sentences and what it has given lately."""
    labels = labels_of(rule.programme)
    versions = list(versions_of(rule))
    live = next((v for v in versions if v.published_at and not v.retired_at), None)
    waiting = next((v for v in versions if not v.published_at), None)
    use = rule_use(rule.programme, rule.key, since=timezone.now() - PERIOD)
    language = get_language() or "nl"
    return {
        "rule": rule,
        "state": STATES[State(rule.state)],
        "state_colour": COLOURS[rule.state],
        "sentences": [sentence(live or versions[-1], each, labels) for each in ("nl", "en")],
        "waiting": sentence(waiting, language, labels) if waiting and live else "",
        "times": number(use.times),
        "points": number(use.points),
        "was_live": any(v.published_at for v in versions),
    }


def compared(rule: EarningRule, earlier: str, later: str) -> dict[str, Any]:
    """What is different between two versions; the last two unless others were asked for."""
    versions = {str(version.number): version for version in versions_of(rule)}
    if len(versions) <= 1:
        return {}
    before, after = list(versions)[-2:]
    chosen = (
        earlier if earlier in versions else before,
        later if later in versions else after,
    )
    language, labels = get_language() or "nl", labels_of(rule.programme)
    try:
        told = differences(versions[chosen[0]], versions[chosen[1]], language, labels)
    except RuleInvalid as refusal:
        told = [_("This version cannot be read: %s") % refusal.detail]
    return {"between": [int(number) for number in chosen], "differences": told}


def history(rule: EarningRule) -> list[dict[str, Any]]:
    """Every version of the rule in words, the newest first."""
    versions = list(versions_of(rule).reverse())
    labels = labels_of(rule.programme)
    staff = {v.actor.removeprefix("staff:") for v in versions if v.actor.startswith("staff:")}
    names = {
        f"staff:{user.pk}": str(user)
        for user in get_user_model().objects.filter(pk__in=[s for s in staff if s.isdigit()])
    }
    return [
        {
            "number": v.number,
            "sentence": sentence(v, get_language() or "nl", labels),
            "published_at": v.published_at,
            "retired_at": v.retired_at,
            "by": names.get(v.actor, v.actor.removeprefix("system:")),
        }
        for v in versions
    ]
