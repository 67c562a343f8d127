"""A whole rule as one sentence: who gets what, on what, when and where, until when, at most."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from loyalty.earning.conditions import (
    AnyCondition,
    condition_params,
    field_of,
)
from loyalty.earning.document import Rule, RuleDocument
from loyalty.earning.effects import AnyEffect, Cap, Fixed, Reward
from loyalty.earning.figures import listing
from loyalty.earning.limits import Limit
from loyalty.earning.teller import LINE_FIELDS, WHO, Params, Teller
from loyalty.earning.terms import ExpiryPolicy, describe_expiry

_IN_ORDER = (
    "count",
    "basket.amount",
    "basket.quantity",
    "basket.contains",
    "activity.attribute",
    "activity.channel",
    "activity.location",
    "time.weekday",
    "time.hours",
    "time.month_day",
    "advanced",
)
_THRESHOLDS = ("basket.amount", "basket.quantity")


class RuleTeller:
    """Puts the phrases of one rule together."""

    def __init__(self, teller: Teller, rule: Rule, budgets: Mapping[str, int]) -> None:
        self.teller = teller
        self.words = teller.words
        self.rule = rule
        self.document: RuleDocument = rule.document
        self.budgets = budgets
        self.asked = [(field_of(c), condition_params(c)) for c in self.document.conditions]
        self.wanted = [told for told in self.asked if not _excludes(told[1])]

    def sentence(self, zone: tzinfo) -> str:
        """The rule, without a capital and a full stop."""
        parts = [self._who_gets_what(), *self._exceptions(), *self._period(zone)]
        parts += [self._limit(limit) for limit in self.document.limits]
        return ", ".join([*parts, *self._group(), *self._terms()])

    # --- Who gets what -------------------------------------------------------------------------

    def _who_gets_what(self) -> str:
        what = self._what()
        who = self._who()
        return self.words.members_get.format(who=who, what=what) if who else what

    def _who(self) -> str:
        """ "met tier Goud in de groep a en in de groep b"; several groups must all hold."""
        said: dict[str, list[str]] = {}
        for field, params in sorted(self.wanted, key=_place_of_who):
            if field in WHO:
                said.setdefault(field, []).append(self.teller.who(field, params))
        return " ".join(f" {self.words.conjunction} ".join(told) for told in said.values())

    def _what(self) -> str:
        effects = self.document.effects
        given = listing([self._effect(effect) for effect in effects], self.words.conjunction)
        things = self.teller.things(self._line_params())
        trigger = self._trigger()
        if all(isinstance(effect, Fixed | Reward) for effect in effects):
            parts = [given, trigger, self.words.with_.format(things) if things else ""]
        else:
            on = self.words.on.format(things) if things else ""
            parts = [given, on, trigger if self._is_trigger_told() else ""]
        return " ".join(part for part in [*parts, *self._situations()] if part)

    def _effect(self, effect: AnyEffect) -> str:
        params = said_by(effect)
        kind = params["kind"]
        return self.teller.effect(kind, {**params, "trigger": self.document.trigger})

    def _line_params(self) -> dict[str, str]:
        params: dict[str, str] = {}
        for field, told in self.wanted:
            if field in LINE_FIELDS:
                params |= told
        return params

    def _trigger(self) -> str:
        """The deed that earns: "bij een aankoop", or "bij elke vijfde aankoop"."""
        counted = [self.teller.condition(*told) for told in self.wanted if self._is_nth(told[1])]
        return " ".join(counted) or self.teller.deed(self.document.trigger).once

    def _is_nth(self, params: Params) -> bool:
        return params.get("of") == self.document.trigger

    def _is_trigger_told(self) -> bool:
        """A purchase goes without saying, unless a threshold or a cap speaks of it."""
        first = self.document.effects[0]
        if isinstance(first, Cap):
            return first.period != "activity"
        is_asked = any(
            field in _THRESHOLDS or self._is_nth(params) for field, params in self.wanted
        )
        return self.document.trigger != "purchase" or is_asked

    def _situations(self) -> list[str]:
        told = [
            (field, params)
            for field, params in self.wanted
            if field in _IN_ORDER and not self._is_nth(params)
        ]
        return [
            self.teller.condition(field, params)
            for field, params in sorted(told, key=lambda each: _IN_ORDER.index(each[0]))
        ]

    # --- What it leaves out, and until when ----------------------------------------------------

    def _exceptions(self) -> list[str]:
        """ "behalve op cadeaubonnen", "niet in de winkel"."""
        told = []
        for field, params in self.asked:
            if _excludes(params):
                template = self.words.except_ if field in LINE_FIELDS else self.words.not_
                told.append(template.format(self.teller.condition(field, params)))
        return told

    def _period(self, zone: tzinfo) -> list[str]:
        """From when, and up to and including which day; nothing for what has no bounds."""
        parts = []
        if self.rule.starts_at:
            parts.append(self.teller.since(self.rule.starts_at, zone))
        if self.rule.ends_at:
            parts.append(self.teller.through(self.rule.ends_at, zone))
        return [" ".join(parts)] if parts else []

    # --- Limits, group, terms ------------------------------------------------------------------

    def _limit(self, limit: Limit) -> str:
        if limit.scope == "budget":
            return self._budget(limit.budget)
        units = {params.get("unit", "points") for params in map(said_by, self.document.effects)}
        told = tuple(units) if len(units) == 1 else ()
        params = {**said_by(limit), "trigger": self.document.trigger}
        return self.words.at_most.format(self.teller.most(params, told=told))

    def _budget(self, key: str) -> str:
        label = self.teller.label(key, "budget")
        if key in self.budgets:
            most = self.teller.number(self.budgets[key])
            return self.words.budget_of.format(budget=label, most=most)
        return self.words.budget.format(budget=label)

    def _group(self) -> list[str]:
        group = self.document.group
        if group is None:
            return []
        return [self.words.choose[group.choose].format(self.teller.label(group.key, "group"))]

    def _terms(self) -> list[str]:
        told = []
        if terms := self.document.terms:
            told += [self._pending(terms.pending_days, terms.awaits)]
            told += [self._expiry(terms.expiry)] if terms.expiry else []
        for tier, policy in self.document.tier_expiry.items():
            label = self.teller.label(tier)
            told.append(self.words.for_tier.format(tier=label, expiry=self._expiry(policy)))
        return [part for part in told if part]

    def _pending(self, days: int, awaits: str) -> str:
        when = []
        if days:
            counted = self.teller.counted(self.words.days, days)
            when.append(self.words.events[""].format(counted))
        if awaits:
            other = self.words.other_event.format(self.teller.label(awaits))
            when.append(self.words.events.get(awaits) or other)
        return self.words.pending.format(listing(when, self.words.alternative)) if when else ""

    def _expiry(self, policy: ExpiryPolicy) -> str:
        unit = said_by(self.document.effects[0]).get("unit", "")
        return describe_expiry(policy, self.teller.language, what=self.teller.units(unit))


def said_by(part: AnyEffect | Limit | AnyCondition) -> dict[str, str]:
    """A part of a document as the texts that a reason's params would have; nothing of no value."""
    fields: dict[str, Any] = msgspec.to_builtins(part)
    return {name: str(value) for name, value in fields.items() if value is not None}


def _excludes(params: Params) -> bool:
    return any(name.startswith("not:") for name in params)


def _place_of_who(asked: tuple[str, Params]) -> int:
    return WHO.index(asked[0]) if asked[0] in WHO else len(WHO)
