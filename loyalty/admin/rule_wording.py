"""Earning rules in words: what a version says, what a rule does now, what it said before."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loyalty.earning.document import Rule
from loyalty.earning.sentences import describe_rule
from loyalty.errors import RuleInvalid
from loyalty.models import Category, EarningRule, EarningRuleVersion, Programme
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
    return Category.objects.filter(programme=programme).labels()


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


def history(rule: EarningRule) -> list[dict[str, Any]]:
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
