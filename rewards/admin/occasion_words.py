"""An occasion in one sentence."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from loyalty.templatetags.figures import day, number, points
from rewards.admin.occasion_form import tiers_of
from rewards.models import Occasion, OccasionReward
from rewards.moments import (
    Anniversary,
    BalanceReached,
    Birthday,
    Inactive,
    Joined,
    Moment,
    PointsEarned,
    Purchases,
    TierReached,
    read_moment,
)


def occasion_sentence(occasion: Occasion, choices: Sequence[OccasionReward], language: str) -> str:
    """ "On a birthday members get “Brush”; for Gold; up to and including 31 December 2026." """
    with override(language):
        names = [f"“{_named(each, language)}”" for each in choices]
        moment = _moment(read_moment(occasion.moment, occasion.params), occasion)
        parts = [f"{moment} {_given(occasion, names)}", *_who(occasion), *_until(occasion)]
        said = "; ".join(parts)
        return f"{said[:1].upper()}{said[1:]}."


def _named(choice: OccasionReward, language: str) -> str:
    return choice.reward.name_nl if language == "nl" else choice.reward.name_en


def _moment(moment: Moment, occasion: Occasion) -> str:
    match moment:
        case TierReached(tier=tier):
            return _("when they reach %s") % dict(tiers_of(occasion.programme)).get(tier, tier)
        case Birthday(days_ahead=ahead):
            return _birthday(ahead)
        case PointsEarned() | BalanceReached():
            return _of_points(moment)
        case Purchases(count=many, repeats=repeats):
            once = ngettext("after %s purchase", "after %s purchases", many)
            return (_("after every %s purchases") if repeats else once) % number(many)
        case Inactive(days=many):
            said = ngettext("after %s day without a visit", "after %s days without a visit", many)
            return said % number(many)
    return _ANY_OTHER[type(moment)]()


def _birthday(ahead: int) -> str:
    if not ahead:
        return _("on their birthday")
    said = ngettext("%s day before their birthday", "%s days before their birthday", ahead)
    return said % number(ahead)


def _of_points(moment: PointsEarned | BalanceReached) -> str:
    many = points(moment.points)
    if isinstance(moment, BalanceReached):
        return _("when they can spend %s, and paid with those,") % many
    if moment.repeats:
        return _("each time they have earned %s") % many
    return _("once they have earned %s") % many


_ANY_OTHER: dict[type[Moment], Callable[[], str]] = {
    Joined: lambda: _("when they join"),
    Anniversary: lambda: _("each year on the day they joined"),
}


def _given(occasion: Occasion, names: list[str]) -> str:
    listed = ", ".join(names)
    if occasion.way == Occasion.Way.CHOICE:
        return _("members choose one of %(rewards)s, within %(days)s days") % {
            "rewards": listed,
            "days": number(occasion.valid_days),
        }
    if occasion.way == Occasion.Way.SURPRISE:
        return _("members get a surprise out of %s") % listed
    return _("members get %s") % listed


def _who(occasion: Occasion) -> list[str]:
    tiers = dict(tiers_of(occasion.programme)) if occasion.tiers else {}
    named = [tiers.get(key, key) for key in occasion.tiers]
    said = [_("for %s only") % ", ".join(named)] if named else []
    if occasion.segments:
        said.append(_("in the segments %s") % ", ".join(occasion.segments))
    return said


def _until(occasion: Occasion) -> list[str]:
    if occasion.ends_at is None:
        return []
    zone = ZoneInfo(occasion.programme.time_zone)
    last = (occasion.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return [_("up to and including %s") % day(last)]
