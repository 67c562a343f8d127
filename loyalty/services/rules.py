"""Earning rules: drafted, published, changed by new versions, stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from loyalty.earning.document import Rule, parse_rule
from loyalty.earning.findings import Finding, Severity
from loyalty.errors import NotFound, RuleContradicts, RuleKeyTaken
from loyalty.events import RuleDrafted, RulePublished, RuleStopped, publish
from loyalty.events.contracts import RuleSaid
from loyalty.models import EarningRule, EarningRuleVersion
from loyalty.services.findings import findings_on
from loyalty.services.rule_sets import keep_rule_set

State = EarningRule.State


class Published(NamedTuple):
    """What became live, and what is good to know about it; the gravest first."""

    version: EarningRuleVersion
    findings: list[Finding]


@transaction.atomic
def draft_rule(
    *,
    programme_id: int,
    key: str,
    name_nl: str,
    name_en: str,
    document: Mapping[str, Any],
    priority: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: str,
    at: datetime,
    source: str = "console",
) -> EarningRule:
    """Store a new rule that earns nothing until it is published.

    Raises RuleInvalid for a document that the engine cannot carry out, and RuleKeyTaken.
    """
    rule = EarningRule(
        programme_id=programme_id, key=key, name_nl=name_nl, name_en=name_en, source=source
    )
    version = EarningRuleVersion(
        rule=rule,
        number=1,
        document=dict(document),
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        actor=actor,
    )
    rule_of(version)
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError as taken:
        raise RuleKeyTaken(f"There is a rule {key} already.", field="key") from taken
    version.save(force_insert=True)
    _say(RuleDrafted, version, actor=actor, at=at)
    return rule


@transaction.atomic
def change_rule(
    *,
    rule_id: int,
    name_nl: str,
    name_en: str,
    document: Mapping[str, Any],
    priority: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: str,
    at: datetime,
) -> EarningRuleVersion:
    """Write down what the rule is to say; it says so from the next publication on.

    A published version never changes: the text goes into the version that waits to be published,
    or into a new one. The same text again makes no new version. Raises RuleInvalid and NotFound.
    """
    rule = _locked(rule_id)
    rule.name_nl, rule.name_en = name_nl, name_en
    rule.save(update_fields=["name_nl", "name_en"])
    said = {
        "document": dict(document),
        "priority": priority,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    version = _latest(rule)
    if any(getattr(version, field) != value for field, value in said.items()):
        version = _rewritten(version, said, actor)
        _say(RuleDrafted, version, actor=actor, at=at)
    keep_rule_set(programme_id=rule.programme_id, actor=actor, at=at)
    return version


@transaction.atomic
def publish_rule(*, rule_id: int, actor: str, at: datetime) -> Published:
    """Let the rule say what its latest version says, from `at` on; the one before retires.

    A stopped rule goes on under a new version. What is live already stays as it is. Raises
    RuleInvalid when this engine no longer knows the document, RuleContradicts when what it says
    cannot be, and NotFound.
    """
    rule = _locked(rule_id)
    version = _latest(rule)
    if rule.state == State.LIVE and version.published_at:
        return Published(version, [])
    if version.published_at:
        version = _rewritten(version, {}, actor)
    findings = findings_on(rule_of(version), programme_id=rule.programme_id, at=at)
    if wrong := [found for found in findings if found.severity is Severity.ERROR]:
        raise RuleContradicts(f"{wrong[0].sentences['en']}.")
    rule.versions.filter(published_at__isnull=False, retired_at=None).update(retired_at=at)
    version.published_at, version.actor = at, actor
    version.save(update_fields=["published_at", "actor"])
    _enter(rule, State.LIVE, actor=actor, at=at)
    _say(RulePublished, version, actor=actor, at=at)
    return Published(version, findings)


@transaction.atomic
def copy_rule(
    *, rule_id: int, key: str, name_nl: str, name_en: str, actor: str, at: datetime
) -> EarningRule:
    """A new draft that says what the rule says in its latest version.

    Raises RuleKeyTaken, RuleInvalid when this engine no longer knows the document, and NotFound.
    """
    version = _latest(_locked(rule_id))
    return draft_rule(
        programme_id=version.rule.programme_id,
        key=key,
        name_nl=name_nl,
        name_en=name_en,
        document=version.document,
        priority=version.priority,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        actor=actor,
        at=at,
        source=version.rule.source,
    )


@transaction.atomic
def stop_rule(*, rule_id: int, actor: str, at: datetime) -> None:
    """Let the rule earn nothing from `at` on. A rule that is not live stays as it is."""
    rule = _locked(rule_id)
    live = rule.versions.filter(published_at__isnull=False, retired_at=None).first()
    if rule.state != State.LIVE or live is None:
        return
    live.retired_at = at
    live.save(update_fields=["retired_at"])
    _enter(rule, State.STOPPED, actor=actor, at=at)
    _say(RuleStopped, live, actor=actor, at=at)


def rule_of(version: EarningRuleVersion) -> Rule:
    """The version as the engine knows it. Raises RuleInvalid."""
    rule = version.rule
    return parse_rule(
        version.document,
        key=rule.key,
        version=version.number,
        name={"nl": rule.name_nl, "en": rule.name_en},
        priority=version.priority,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
    )


def _locked(rule_id: int) -> EarningRule:
    rule = EarningRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFound("There is no such rule.")
    return rule


def _latest(rule: EarningRule) -> EarningRuleVersion:
    version = rule.versions.order_by("-number").first()
    if version is None:
        raise NotFound("The rule says nothing yet.")
    version.rule = rule
    return version


def _rewritten(
    version: EarningRuleVersion, said: Mapping[str, Any], actor: str
) -> EarningRuleVersion:
    """The version with other words in it; when it is published already, the next number."""
    if version.published_at:
        version = EarningRuleVersion(
            rule=version.rule,
            number=version.number + 1,
            document=version.document,
            priority=version.priority,
            starts_at=version.starts_at,
            ends_at=version.ends_at,
        )
    for field, value in said.items():
        setattr(version, field, value)
    version.actor = actor
    rule_of(version)
    version.save()
    return version


def _enter(rule: EarningRule, state: EarningRule.State, *, actor: str, at: datetime) -> None:
    rule.state = state
    rule.save(update_fields=["state"])
    keep_rule_set(programme_id=rule.programme_id, actor=actor, at=at)


def _say(event: type[RuleSaid], version: EarningRuleVersion, *, actor: str, at: datetime) -> None:
    said = event(
        subject=None, occurred_at=at, rule=version.rule.key, version=version.number, actor=actor
    )
    publish(said, at=at)
