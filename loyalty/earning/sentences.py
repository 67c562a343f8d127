"""Rules, reasons and tiers as sentences, in Dutch or English: what console, portal and API show.

A reason is told from what it carries, never from the rule as it is now, so it reads the same
years later. Keys of categories, tiers and the like are shown through `labels` (key to words); a
label for one kind of key alone has the kind in front: "unit:stars" (words for one and for many
with a "|" between), "rule:", "reward:", "budget:", "group:", "campaign:".
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from loyalty.earning.document import Rule
from loyalty.earning.naming import Labels, plain_language
from loyalty.earning.projection import Projection
from loyalty.earning.reason_teller import Audience, ReasonTeller
from loyalty.earning.rule_teller import RuleTeller
from loyalty.earning.teller import Teller
from loyalty.earning.terms import ExpiryPolicy, describe_expiry
from loyalty.earning.tier_teller import TierTeller
from loyalty.earning.wording import Wording
from loyalty.earning.wording_en import EN
from loyalty.earning.wording_nl import NL
from loyalty.types import Language, Reason

_NO_LABELS: Labels = {}
_NO_BUDGETS: Mapping[str, int] = {}
_WORDINGS: Mapping[Language, Wording] = {"nl": NL, "en": EN}


def describe_rule(
    rule: Rule,
    language: Language,
    *,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    zone: tzinfo = UTC,
    budgets: Mapping[str, int] = _NO_BUDGETS,
    year: int | None = None,
) -> str:
    """The whole rule as marketers and members read it, its conditions, period and limits included.

    `zone` is the programme's: in it the period's days are told, without the year where that is
    `year`. `budgets` say what the budgets hold. No capital and no full stop, so that the sentence
    can stand in another one.
    """
    return RuleTeller(teller(language, currency, labels, year=year), rule, budgets).sentence(zone)


def explain(
    reason: Reason,
    language: Language,
    *,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    zone: tzinfo = UTC,
    is_ahead: bool = False,
    audience: Audience = "member",
) -> str:
    """Why the rule gave its points, or why not, in one sentence without a full stop.

    `is_ahead` says it before the purchase, when a near miss can still be mended. A "cashier" gets
    it short, the "desk" with the rule's key, its version and all numbers.
    """
    told = ReasonTeller(
        teller(language, currency, labels),
        wording(language).reason,
        reason,
        audience=audience,
        is_ahead=is_ahead,
        zone=zone,
    )
    return told.sentence()


def tell_projection(
    projection: Projection,
    language: Language,
    *,
    at: datetime,
    currency: str = "EUR",
    labels: Labels = _NO_LABELS,
    zone: tzinfo = UTC,
) -> str:
    """What it takes to keep the tier or to reach it, without a full stop.

    `at` is when it is told: the year of dates in that year is left out.
    """
    words = wording(language).tier
    said = TierTeller(teller(language, currency, labels), words, projection, at=at, zone=zone)
    return said.sentence()


def tell_expiry(
    policy: ExpiryPolicy, language: Language, *, unit: str = "points", labels: Labels = _NO_LABELS
) -> str:
    """How what is saved in the unit lapses: "stempels vervallen na een jaar …"."""
    said = teller(language, "EUR", labels)
    return describe_expiry(policy, said.language, what=said.units(unit))


def teller(language: Language, currency: str, labels: Labels, *, year: int | None = None) -> Teller:
    """What says phrases of rules in that language."""
    plain = plain_language(language)
    return Teller(plain, wording(plain).rule, currency, labels, year=year)


def wording(language: Language) -> Wording:
    """The templates of the language."""
    return _WORDINGS[plain_language(language)]
