"""The figures of a result as a marketer reads them, in the language of the page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.admin.interval_chart import Mark, lift_chart
from campaigns.experiments.figures import Compared, Figures, Range
from campaigns.experiments.statistics import SRM_ALARM
from campaigns.experiments.words import part, told
from campaigns.models import HOLDOUT, UNIVERSAL, Campaign
from loyalty.templatetags.figures import MINUS, day, money, number

Goal = Campaign.Goal
CENT = Decimal("0.01")
ONLY = "main"  # the arm of a campaign without variants


def language() -> str:
    """The page's language as the engine's words know it."""
    return "nl" if (get_language() or "nl").startswith("nl") else "en"


def shown_by(goal: str, currency: str) -> Callable[[float], str]:
    """How a figure of this goal is written: money, percentage points, or times."""

    def amount(value: float) -> str:
        return money(_rounded(value), currency).replace("-", MINUS)

    def points(value: float) -> str:
        return _("%s percentage points") % decimal(value * 100, 1)

    if goal == Goal.SPEND:
        return amount
    return points if goal in (Goal.PURCHASED, Goal.REDEEMED) else decimal


def mean_by(goal: str, currency: str) -> Callable[[float], str]:
    """How a mean of this goal is written: a share is in per cent, not in points of it."""
    if goal in (Goal.PURCHASED, Goal.REDEEMED):
        return lambda value: f"{decimal(value * 100, 1)}%"
    return shown_by(goal, currency)


def decimal(value: float, places: int = 2) -> str:
    """A number with its decimals, in the reader's way."""
    text = f"{abs(value):.{places}f}"
    text = text.replace(".", ",") if language() == "nl" else text
    return f"{MINUS if float(f'{value:.{places}f}') < 0 else ''}{text}"


def in_words(
    figures: Figures, currency: str, names: Mapping[str, str], *, is_together: bool = False
) -> dict[str, Any]:
    """The answer, and all that has to be known beside it."""
    said = told(
        figures,
        language(),
        shown=shown_by(figures.goal, currency),
        days=lambda iso: day(date.fromisoformat(iso)) if iso else "",
        names=dict(names),
        reason=_why(figures.stop_reason),
        is_together=is_together,
    )
    return {"answer": said.answer, "more": said.more}


def tables(figures: Figures, currency: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The chart of the lift, the figures behind it, and the check of the lot."""
    shown = shown_by(figures.goal, currency)
    compared = _compared(figures)
    marks = [
        Mark(
            names.get(each.key, each.key),
            each.absolute.estimate,
            each.absolute.low,
            each.absolute.high,
            each.is_shown,
        )
        for each in compared
    ]
    return {
        "chart": lift_chart(marks, _signed(shown)) if marks else None,
        "rows": [_row(each, figures, currency, names) for each in compared],
        "held": {
            "members": number(figures.held),
            "mean": mean_by(figures.goal, currency)(figures.held_mean),
        },
        "goal": Goal(figures.goal).label,
        "has_net": any(each.net for each in compared),
        "lot": _lot(figures, names),
        "explained": decimal(max(figures.explained, 0) * 100, 0),
        "chance": decimal(figures.sample_ratio * 100, 1),
        "is_uneven": figures.sample_ratio < SRM_ALARM,
        "cost": money(_rounded(figures.cost), currency),
        "counted_at": datetime.fromisoformat(figures.counted_at),
    }


def names_of(campaign: Campaign, document: Mapping[str, Any] | None) -> dict[str, str]:
    """What each arm is called on the page."""
    names = {
        "": _("All together"),
        ONLY: _("Those who got it"),
        HOLDOUT: _("Held out"),
        UNIVERSAL: _("Held out of everything"),
    }
    variants = (document or {}).get("variants") or []
    for at, variant in enumerate(variants):
        named = variant.get("names") or {}
        names[variant["key"]] = named.get(language()) or _("Variant %s") % (at + 1)
    return names


def _compared(figures: Figures) -> list[Compared]:
    overall = [figures.overall] if figures.overall else []
    return [*overall, *figures.variants]


def _row(
    each: Compared, figures: Figures, currency: str, names: Mapping[str, str]
) -> dict[str, Any]:
    shown = _signed(shown_by(figures.goal, currency))
    return {
        "name": names.get(each.key, each.key),
        "members": number(each.members),
        "mean": mean_by(figures.goal, currency)(each.mean),
        "difference": shown(each.absolute.estimate),
        "interval": _interval(each.absolute, shown),
        "part": _part(each.relative),
        "cost": money(_rounded(each.cost), currency),
        "net": _interval(each.net, shown) if each.net else "",
        "said": _("shown") if each.is_shown else _("not shown"),
    }


def _interval(found: Range, shown: Callable[[float], str]) -> str:
    if found.low is None or found.high is None:
        return _("unknown")
    return _("%(low)s to %(high)s") % {"low": shown(found.low), "high": shown(found.high)}


def _part(found: Range | None) -> str:
    if found is None:
        return "—"
    if found.low is None or found.high is None:
        return part(found.estimate, language())
    return _("%(part)s (%(low)s to %(high)s)") % {
        "part": part(found.estimate, language()),
        "low": part(found.low, language()),
        "high": part(found.high, language()),
    }


def _lot(figures: Figures, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Who was to be expected in each arm, and who is."""
    arms = sorted(figures.expected, key=lambda arm: (arm != HOLDOUT, arm))
    return [
        (
            names.get(arm, arm),
            number(round(figures.expected[arm])),
            number(figures.arms.get(arm, 0)),
        )
        for arm in arms
    ]


def _signed(shown: Callable[[float], str]) -> Callable[[float], str]:
    return lambda value: f"+{shown(value)}" if value > 0 else shown(value)


def _rounded(value: float) -> Decimal:
    return Decimal(value).quantize(CENT) + Decimal(0)  # no minus zero


def _why(code: str) -> str:
    known = {
        "budget": _("the budget was spent"),
        "killed": _("it was stopped at once"),
    }
    return known.get(code, "")
