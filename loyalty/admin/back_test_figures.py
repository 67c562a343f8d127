"""A back-test's figures as its page shows them: in words, in charts and in tables."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.admin.holders import name_holders
from loyalty.earning.trial_figures import Band, Change, Figures, Money, Share, TierMoves
from loyalty.models import BackTest, EarningRule, TierSet
from loyalty.templatetags.charts import Pair
from loyalty.templatetags.figures import money, number, signed

SHOWN_OVERLAPS = 10


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: what it would have been, against what it was."""

    title: str
    figure: str
    note: str
    direction: str


def shown(back_test: BackTest) -> dict[str, Any]:
    """What the result page needs."""
    found = msgspec.convert(back_test.figures, Figures, strict=False)
    names = {
        rule.key: str(rule) for rule in EarningRule.objects.filter(programme=back_test.programme)
    }
    tiers = _tier_names(back_test)
    return {
        "found": found,
        "summary": _summary(found),
        "tiles": list(_tiles(found)),
        "weeks": [Pair(_short(week.starts_on), week.live, week.draft) for week in found.weeks],
        "rules": sorted(
            (
                {
                    "pair": Pair(names.get(r.rule) or _named(r.name) or r.rule, r.live, r.draft),
                    "rule": r,
                }
                for r in found.rules
            ),
            key=lambda each: -max(each["pair"].live, each["pair"].draft),
        ),
        "tiers": _shares(found.tiers, tiers),
        "segments": _shares(found.segments, {}),
        "tier_moves": [_move(move, tiers) for move in found.tier_moves],
        "tier_members": _shares(found.tier_members, tiers),
        "bands": [
            (_band(band), band.members) for band in found.members.distribution if band.members
        ],
        "winners": _people(found.members.top_winners),
        "losers": _people(found.members.top_losers),
        "overlaps": [
            {"rules": [names.get(key, key) for key in each.rules], "activities": each.activities}
            for each in found.overlaps[:SHOWN_OVERLAPS]
        ],
    }


def _summary(found: Figures) -> str:
    """The answer in one sentence."""
    live, draft = found.cost.live, found.cost.draft
    if live == draft and not found.changed:
        return _(
            "Nothing would have changed: the same %(points)s points on %(count)s activities."
        ) % {
            "points": number(live),
            "count": number(found.activities),
        }
    return _(
        "%(draft)s points instead of %(live)s (%(change)s): %(cost)s instead of %(was)s. "
        "Members with more: %(winners)s; with fewer: %(losers)s."
    ) % {
        "draft": number(draft),
        "live": number(live),
        "change": _share(live, draft),
        "cost": money(Decimal(found.cost.draft_amount), found.currency),
        "was": money(Decimal(found.cost.live_amount), found.currency),
        "winners": number(found.members.winners),
        "losers": number(found.members.losers),
    }


def _tiles(found: Figures) -> Iterable[Tile]:
    yield _tile(_("Points"), found.cost.live, found.cost.draft, number(found.cost.draft))
    yield _in_money(_("What they cost"), found.cost, found.currency)
    yield _in_money(_("Still owed at the end"), found.liability, found.currency)
    changed, activities = number(found.changed), number(found.activities)
    yield Tile(
        title=_("Activities that earn otherwise"),
        figure=changed,
        note=_("of %s") % activities,
        direction="",
    )
    members = found.members
    yield Tile(
        title=_("Members with more"),
        figure=number(members.winners),
        note=_("together %s points") % signed(members.gained) if members.gained else "",
        direction="",
    )
    yield Tile(
        title=_("Members with fewer"),
        figure=number(members.losers),
        note=_("together %s points") % signed(-members.lost) if members.lost else "",
        direction="",
    )


def _in_money(title: str, amount: Money, currency: str) -> Tile:
    return _tile(title, amount.live, amount.draft, money(Decimal(amount.draft_amount), currency))


def _tile(title: str, live: int, draft: int, figure: str) -> Tile:
    direction = "up" if draft > live else "down" if draft < live else ""
    note = _("as it was") if live == draft else _("%s against what was live") % _share(live, draft)
    return Tile(title=title, figure=figure, note=note, direction=direction)


def _share(live: int, draft: int) -> str:
    """ "+12 %", or the number itself when there was nothing before."""
    if not live:
        return signed(draft - live)
    percentage = round((draft - live) * 100 / live, 1)
    shown_ = int(percentage) if percentage == int(percentage) else percentage
    return f"{signed(shown_)} %" if shown_ else "0 %"  # type: ignore[arg-type]


def _shares(shares: Iterable[Share], names: dict[str, str]) -> list[Pair]:
    return [
        Pair(names.get(share.key, share.key) or _("no tier"), share.live, share.draft)
        for share in shares
    ]


def _move(move: TierMoves, names: dict[str, str]) -> dict[str, Any]:
    none = _("no tier")
    return {
        "before": names.get(move.before, move.before) or none,
        "after": names.get(move.after, move.after) or none,
        "live": move.live,
        "draft": move.draft,
    }


def _people(changes: list[Change]) -> list[dict[str, Any]]:
    named = name_holders([change.holder for change in changes])
    return [{"who": named.get(change.holder), "change": change} for change in changes]


def _band(band: Band) -> str:
    if band.least is None and band.below is not None:
        return _("less than %s") % _plus(band.below)
    if band.below is None and band.least is not None:
        return _("%s or more") % _plus(band.least)
    least, most = band.least or 0, (band.below or 0) - 1
    if least == most:
        return _("as many") if least == 0 else _plus(least)
    return _("%(least)s to %(most)s") % {"least": _plus(least), "most": _plus(most)}


def _plus(points: int) -> str:
    return signed(points) if points else "0"


def _tier_names(back_test: BackTest) -> dict[str, str]:
    policies = TierSet.objects.filter(programme=back_test.programme).values_list(
        "policy", flat=True
    )
    return {
        tier["key"]: _named(tier.get("name", {})) or tier["key"]
        for policy in policies
        for tier in policy["tiers"]
    }


def _named(words: dict[str, str]) -> str:
    return words.get((get_language() or "nl")[:2]) or ""


def _short(day: date) -> str:
    """ "25 May 2026", or "25 mei 2026": Dutch writes months without a capital."""
    told = str(date_format(day, "j M Y"))
    return told.lower() if (get_language() or "nl") == "nl" else told
