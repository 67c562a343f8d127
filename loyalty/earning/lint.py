"""Looking over a programme's rules before one of them is published.

What is said to be impossible, or never to win, is so: no activity ever proves it wrong. That
nothing is found does not prove that all is well.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from loyalty.earning.document import Rule
from loyalty.earning.findings import Finding, Remark, Severity
from loyalty.earning.lint_alone import House, remarks_on
from loyalty.earning.lint_together import remarks_between
from loyalty.earning.naming import Labels
from loyalty.earning.reach import Known
from loyalty.earning.sentences import teller
from loyalty.types import EarningBase

TierKeys = Mapping[str, Collection[str]] | Collection[str]

_NO_LABELS: Labels = {}
_GRAVEST = list(Severity)


def lint(
    rules: Sequence[Rule],
    *,
    budgets: Mapping[str, int],
    tier_keys: TierKeys | None,
    categories: Collection[str] | None,
    products: Collection[str] | None = None,
    segments: Collection[str] | None = None,
    units: Collection[str] | None = None,
    base: EarningBase | None = None,
    zone: tzinfo = UTC,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    now: datetime,
) -> list[Finding]:
    """What is, or may be, wrong with rules that are live at one time; errors first.

    Give the live rules with the new one among them, in place of its older version. `tier_keys`
    are those of each tier set, or of the only one; whatever is None is not known and not checked.
    The rest is the programme's, as for sentences.
    """
    known = Known(
        tiers=_ladders(tier_keys),
        categories=categories,
        products=products,
        segments=segments,
        base=base,
        zone=zone,
    )
    house = House(known=known, budgets=budgets, units=units, now=now)
    tellers = [teller(language, currency, labels) for language in ("nl", "en")]
    findings = [remark.finding(tellers) for remark in _remarks(rules, house)]
    return sorted(findings, key=lambda finding: _GRAVEST.index(finding.severity))


def _remarks(rules: Sequence[Rule], house: House) -> Iterator[Remark]:
    by_trigger: dict[str, list[Rule]] = {}
    for rule in rules:
        yield from remarks_on(rule, house)
        by_trigger.setdefault(rule.document.trigger, []).append(rule)
    for alike in by_trigger.values():
        yield from remarks_between(alike, house.known)
    used = {limit.budget for rule in rules for limit in rule.document.limits}
    for key in house.budgets:
        if key not in used:
            yield _unused_budget(key)


def _unused_budget(key: str) -> Remark:
    said = {"budget": lambda teller: teller.label(key, "budget")}
    return Remark("unused_budget", Severity.WARNING, (), said)


def _ladders(tier_keys: TierKeys | None) -> list[frozenset[str]] | None:
    if tier_keys is None:
        return None
    sets = tier_keys.values() if isinstance(tier_keys, Mapping) else [tier_keys]
    return [frozenset(keys) for keys in sets]
