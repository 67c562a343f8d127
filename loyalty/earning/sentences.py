"""Rules and reasons as sentences, in Dutch or English: what the console, portal and API show.

A reason is told from what it carries, never from the rule as it is now, so it reads the same
years later. Keys of categories, tiers and the like are shown through `labels` (key to words).
"""

from datetime import UTC, tzinfo

from loyalty.earning.conditions import condition_params
from loyalty.earning.document import Rule
from loyalty.earning.teller import Labels, Teller
from loyalty.types import Language, Outcome, Reason

_NO_LABELS: Labels = {}


def describe_rule(
    rule: Rule,
    language: Language,
    *,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    zone: tzinfo = UTC,
) -> str:
    """The whole rule as marketers and members read it, its conditions and period included.

    `zone` is the programme's: in it the period's days are told. No capital and no full stop, so
    that the sentence can stand in another one.
    """
    teller = Teller(language, currency, labels)
    params = {**rule.applied, "trigger": rule.document.trigger}
    segments: list[str] = []
    for condition in rule.document.conditions:
        for field, value in condition_params(condition).items():
            if field == "member.segment":
                segments.append(value)
            params[field] = value
    parts = [teller.rule(rule.code, params, segments)]
    parts += teller.exceptions(params)
    parts += teller.period(rule.starts_at, rule.ends_at, zone)
    return ", ".join(parts)


def explain(
    reason: Reason,
    language: Language,
    *,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    zone: tzinfo = UTC,
    is_ahead: bool = False,
) -> str:
    """Why the rule gave its points, or why not, in one sentence without a full stop.

    `is_ahead` says it before the purchase, when a near miss can still be mended.
    """
    teller = Teller(language, currency, labels)
    if reason.outcome is Outcome.APPLIED:
        what = teller.applied(reason.code, reason.params) or teller.named(reason)
        sentence = f"{what}: {teller.points(reason.points)}"
    elif reason.outcome is Outcome.NEAR_MISS:
        sentence = teller.near_miss(reason.params, is_ahead=is_ahead)
    else:
        sentence = teller.not_met(reason.code, reason.params, zone)
    return sentence[:1].upper() + sentence[1:]
