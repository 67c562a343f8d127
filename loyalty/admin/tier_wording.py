"""A tier set in words, as its page and list tell it."""

from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.earning.figures import listing, money, number
from loyalty.models import TierSet


def tiers_said(tier_set: TierSet) -> str:
    """ "Zilver vanaf € 250 en Goud vanaf € 1.000"."""
    language = _language()
    said = [_tier_said(tier_set, tier, language) for tier in tier_set.policy["tiers"]]
    return listing(said, _("and"))


def sentences(tier_set: TierSet) -> list[str]:
    """What is asked, how long it holds and what comes then."""
    policy = tier_set.policy
    climb = _("Members climb by %s") % _measured(policy["measure"]["kind"])
    told = [f"{climb}{_over(policy)}.", f"{tiers_said(tier_set)}."]
    if policy["measure"]["kind"] == "segment":
        return told
    return [*told, f"{_held(policy)}."]


def _measured(kind: str) -> str:
    return {
        "spend": _("what they spend"),
        "points": _("the points that they earn"),
        "credits": _("the credits that they earn"),
        "visits": _("the days on which they buy something"),
        "activities": _("how often they do something"),
        "segment": _("the group that they are in"),
    }[kind]


def _tier_said(tier_set: TierSet, tier: dict[str, Any], language: str) -> str:
    name = tier["name"].get(language) or tier["key"]
    if segment := tier.get("segment"):
        return _("%(tier)s for %(group)s") % {"tier": name, "group": segment}
    begins = str(tier.get("threshold", 0))
    if tier_set.policy["measure"]["kind"] == "spend":
        begins = money(begins, language, tier_set.programme.currency)
    else:
        begins = number(begins, language)
    return _("%(tier)s from %(begins)s") % {"tier": name, "begins": begins}


def _over(policy: dict[str, Any]) -> str:
    if policy["measure"]["kind"] == "segment":
        return ""
    period = policy.get("period", {"kind": "rolling"})
    months = period.get("months", 12)
    match period["kind"]:
        case "ever":
            return " " + _("since they joined")
        case "rolling":
            said = ngettext("in the last month", "in the last %(n)s months", months)
        case "calendar":
            said = ngettext(
                "in each month of the calendar", "in periods of %(n)s calendar months", months
            )
        case _:
            said = ngettext(
                "in each month from the day they joined",
                "in periods of %(n)s months from the day they joined",
                months,
            )
    return f" {said % {'n': months}}"


def _held(policy: dict[str, Any]) -> str:
    if policy.get("downgrade") == "none" or policy.get("period", {}).get("kind") == "ever":
        return _("A tier that is reached is kept")
    then = {
        "one_level": _("then they go one tier lower"),
        "eligible": _("then they go to the tier that they qualify for"),
    }[policy.get("downgrade", "eligible")]
    holds = _("A tier holds to the end of the period after the one it was earned in")
    said = f"{holds}; {then}"
    if days := policy.get("grace_days"):
        grace = ngettext("after a day of grace", "after %(n)s days of grace", days) % {"n": days}
        said = f"{said}, {grace}"
    return said


def _language() -> str:
    return "nl" if (get_language() or "nl").startswith("nl") else "en"
