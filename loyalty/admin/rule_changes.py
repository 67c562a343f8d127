"""What is different between two versions of a rule, in words: "2 punten per euro → 3 punten per euro"."""

from collections.abc import Iterable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from loyalty.earning.conditions import AnyCondition, condition_params, field_of
from loyalty.earning.document import Rule
from loyalty.earning.limits import Limit
from loyalty.earning.rule_teller import said_by
from loyalty.earning.sentences import teller
from loyalty.earning.teller import LINE_FIELDS
from loyalty.earning.terms import describe_expiry
from loyalty.models import EarningRuleVersion, Programme
from loyalty.services.rules import rule_of
from loyalty.types import Words

_Part = tuple[tuple[str, ...], str]  # what a part is told apart by, and its phrase


def differences(
    before: EarningRuleVersion, after: EarningRuleVersion, language: str, labels: dict[str, Words]
) -> list[str]:
    """What changed from one version to the other, part by part. Raises RuleInvalid."""
    phrases = Phrases(before.rule.programme, language, labels)
    was, now = phrases.of(rule_of(before)), phrases.of(rule_of(after))
    return [told for key in _in_order(was, now) if (told := _told(was.get(key), now.get(key)))]


def _in_order(
    was: dict[tuple[str, ...], str], now: dict[tuple[str, ...], str]
) -> Iterable[tuple[str, ...]]:
    return sorted(dict.fromkeys([*now, *was]), key=lambda key: ORDER.index(key[0]))


def _told(was: str | None, now: str | None) -> str:
    if was == now:
        return ""
    if was is None:
        return _("Added: %s") % now
    if now is None:
        return _("Gone: %s") % was
    return f"{was} → {now}"


ORDER = ("trigger", "effect", "condition", "limit", "group", "terms", "starts", "ends", "turn")


class Phrases:
    """A rule as phrases, each under what it is told apart by."""

    def __init__(self, programme: Programme, language: str, labels: dict[str, Words]) -> None:
        self.teller = teller(language, programme.currency, labels)
        self.language = self.teller.language
        self.words = self.teller.words
        self.zone: tzinfo = ZoneInfo(programme.time_zone)

    def of(self, rule: Rule) -> dict[tuple[str, ...], str]:
        parts: dict[tuple[str, ...], str] = {}
        for key, phrase in self._parts(rule):
            number = 2
            free = key
            while free in parts:  # two of a kind: told apart by their place
                free, number = (*key, str(number)), number + 1
            parts[free] = phrase
        return parts

    def _parts(self, rule: Rule) -> Iterable[_Part]:
        document = rule.document
        yield ("trigger",), self.teller.deed(document.trigger).once
        for effect in document.effects:
            said = {**said_by(effect), "trigger": document.trigger}
            yield ("effect", said["kind"]), self.teller.effect(said["kind"], said)
        for condition in document.conditions:
            yield self._condition(condition)
        for limit in document.limits:
            kind = ("limit", limit.of, limit.scope, limit.budget)
            yield kind, self._limit(limit, document.trigger)
        if document.group:
            label = self.teller.label(document.group.key, "group")
            yield ("group",), self.words.choose[document.group.choose].format(label)
        yield from self._terms(rule)
        if rule.starts_at:
            yield ("starts",), self.teller.since(rule.starts_at, self.zone)
        if rule.ends_at:
            yield ("ends",), self.teller.through(rule.ends_at, self.zone)
        if rule.priority:
            yield ("turn",), _("turn %s") % rule.priority

    def _condition(self, condition: AnyCondition) -> _Part:
        field, params = field_of(condition), condition_params(condition)  # type: ignore[arg-type]
        operator = str(getattr(condition, "operator", ""))
        phrase = self.teller.condition(field, params)
        if operator == "not_in":
            template = self.words.except_ if field in LINE_FIELDS else self.words.not_
            phrase = template.format(phrase)
        if field == "advanced":
            phrase = f"{phrase} ({getattr(condition, 'value', '')})"
        name = str(getattr(condition, "name", "")) or str(getattr(condition, "campaign", ""))
        return ("condition", field, (operator == "not_in" and "not") or "", name), phrase

    def _limit(self, limit: Limit, trigger: str) -> str:
        if limit.scope == "budget":
            return self.words.budget.format(budget=self.teller.label(limit.budget, "budget"))
        said = {**said_by(limit), "trigger": trigger}
        return self.words.at_most.format(self.teller.most(said))

    def _terms(self, rule: Rule) -> Iterable[_Part]:
        terms = rule.document.terms
        if terms and terms.pending_days:
            days = self.teller.counted(self.words.days, terms.pending_days)
            after = self.words.events[""].format(days)
            yield ("terms", "days"), self.words.pending.format(after)
        if terms and terms.awaits:
            other = self.words.other_event.format(self.teller.label(terms.awaits))
            event = self.words.events.get(terms.awaits) or other
            yield ("terms", "awaits"), self.words.pending.format(event)
        if terms and terms.expiry:
            yield ("terms", "expiry"), describe_expiry(terms.expiry, self.language)
        for tier, policy in rule.document.tier_expiry.items():
            said = describe_expiry(policy, self.language)
            label = self.teller.label(tier)
            yield ("terms", "tier", tier), self.words.for_tier.format(tier=label, expiry=said)
