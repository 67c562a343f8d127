"""What lint finds: a code, how bad it is, the rules concerned, and a sentence in each language."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import msgspec

from loyalty.earning.conditions import Condition, condition_params, field_of
from loyalty.earning.document import Rule
from loyalty.earning.figures import listing
from loyalty.earning.lint_wording import TEMPLATES
from loyalty.earning.teller import Teller
from loyalty.types import Words

Say = Callable[[Teller], str]


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "ERROR"  # may not be published
    WARNING = "WARNING"  # most likely a mistake
    NOTE = "NOTE"  # as meant, but good to know


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to know before publishing; `sentences` begin with a capital, without a stop."""

    code: str
    severity: Severity
    rules: tuple[str, ...]  # keys; the first is the one that the sentence is about
    sentences: Words


class Remark(msgspec.Struct, frozen=True):
    """A finding still to be said. What follows a "." in the template's name is no part of the code.

    `said` fills the template: each part is said in the language of the sentence.
    """

    template: str
    severity: Severity
    rules: Sequence[Rule] = ()
    said: Mapping[str, Say] = {}

    def finding(self, tellers: Sequence[Teller]) -> Finding:
        """The finding, with its sentence by each teller."""
        return Finding(
            code=self.template.partition(".")[0],
            severity=self.severity,
            rules=tuple(rule.key for rule in self.rules),
            sentences={teller.language: self._sentence(teller) for teller in tellers},
        )

    def _sentence(self, teller: Teller) -> str:
        names = dict(zip("ab", (_name(rule, teller) for rule in self.rules), strict=False))
        parts = {name: say(teller) for name, say in self.said.items()}
        return TEMPLATES[self.template][teller.language].format(**names, **parts)


def _name(rule: Rule, teller: Teller) -> str:
    return rule.name.get(teller.language) or rule.key


def conditions_said(conditions: Sequence[Condition]) -> Say:
    """ "‘vanaf € 100’ en ‘tot en met € 50’"."""

    def say(teller: Teller) -> str:
        told = [f"‘{_condition(condition, teller)}’" for condition in conditions]
        return listing(told, teller.words.conjunction)

    return say


def plain_conditions(conditions: Sequence[Condition]) -> Say:
    """The same without quotes: "op cadeaubonnen"."""
    return lambda teller: listing(
        [_condition(condition, teller) for condition in conditions], teller.words.conjunction
    )


def keys_said(keys: Sequence[str]) -> Say:
    """ "‘platina’ en ‘brons’"."""
    return lambda teller: listing(
        [f"‘{teller.label(key)}’" for key in keys], teller.words.conjunction
    )


def _condition(condition: Condition, teller: Teller) -> str:
    params = condition_params(condition)
    phrase = teller.condition(field_of(condition), params)
    excludes = any(name.startswith("not:") for name in params)
    return teller.words.not_.format(phrase) if excludes else phrase
