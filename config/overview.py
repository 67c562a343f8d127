"""The console's home: a few figures against the thirty days before, and one chart."""

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.cache import cache
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.earning.figures import money, number
from loyalty.models import Programme, Transfer
from loyalty.reports import DayOfPoints, outstanding_points, points_by_day
from members.reports import active_members, members_until

PERIOD = timedelta(days=30)
WEEKS = 26
KEPT_SECONDS = 300

Kind = Transfer.Kind
CHART_OPTIONS = {
    "animation": False,
    "maintainAspectRatio": False,
    "datasets": {"bar": {"borderRadius": 3, "categoryPercentage": 0.75, "barPercentage": 0.95}},
    "plugins": {
        "legend": {
            "display": True,
            "position": "top",
            "align": "start",
            "labels": {"boxWidth": 10, "boxHeight": 10, "color": "#8a857a"},
        }
    },
    "scales": {
        "x": {"grid": {"display": False}, "ticks": {"color": "#8a857a", "maxRotation": 0}},
        "y": {
            "beginAtZero": True,
            "border": {"display": False},
            "grid": {"color": "#e5e2da"},
            "ticks": {"color": "#8a857a", "maxTicksLimit": 5},
        },
    },
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted for the home page, now and one period earlier."""

    members: int
    members_before: int
    active: int
    active_before: int
    issued: int
    issued_before: int
    redeemed: int
    redeemed_before: int
    outstanding: int
    weeks: list[tuple[date, int, int]]
    counted_at: datetime


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with what it is compared to; `link` is empty for who may not see the list."""

    title: str
    figure: str
    note: str
    direction: str  # "up", "down" or ""
    link: str


def overview(user: Any, programme: Programme | None, *, at: datetime) -> dict[str, Any]:
    """What the template of the home page needs; empty without a programme."""
    if programme is None:
        return {"tiles": []}
    figures = _counted(programme, at)
    return {
        "tiles": list(_tiles(user, programme, figures)),
        "chart": _chart(figures),
        "chart_options": json.dumps(CHART_OPTIONS),
        "weeks": [
            {"day": day, "issued": _number(issued), "redeemed": _number(redeemed)}
            for day, issued, redeemed in reversed(figures.weeks)
        ],
        "has_movements": any(issued or redeemed for _day, issued, redeemed in figures.weeks),
        "counted_at": figures.counted_at,
    }


def _counted(programme: Programme, at: datetime) -> Figures:
    """Counting walks the whole ledger, so it is done once in five minutes for everybody."""
    key = f"overview:{programme.pk}"
    if kept := cache.get(key):
        return msgspec.json.decode(kept, type=Figures)
    figures = _count(programme, at)
    cache.set(key, msgspec.json.encode(figures), KEPT_SECONDS)
    return figures


def _count(programme: Programme, at: datetime) -> Figures:
    zone = ZoneInfo(programme.time_zone)
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    moved = points_by_day(programme, since=datetime.combine(monday, time.min, tzinfo=zone))
    last, before = today - PERIOD, today - 2 * PERIOD
    return Figures(
        members=members_until(programme.pk, at=at),
        members_before=members_until(programme.pk, at=at - PERIOD),
        active=active_members(programme.pk, since=at - PERIOD, until=at),
        active_before=active_members(programme.pk, since=at - 2 * PERIOD, until=at - PERIOD),
        issued=_sum(moved, Kind.EARN, last, today),
        issued_before=_sum(moved, Kind.EARN, before, last),
        redeemed=_sum(moved, Kind.REDEEM, last, today),
        redeemed_before=_sum(moved, Kind.REDEEM, before, last),
        outstanding=outstanding_points(programme),
        weeks=[_week(moved, monday + timedelta(weeks=week)) for week in range(WEEKS)],
        counted_at=at,
    )


def _sum(moved: Iterable[DayOfPoints], kind: str, after: date, until: date) -> int:
    return sum(m.points for m in moved if m.kind == kind and after < m.day <= until)


def _week(moved: list[DayOfPoints], monday: date) -> tuple[date, int, int]:
    before, sunday = monday - timedelta(days=1), monday + timedelta(days=6)
    return (
        monday,
        _sum(moved, Kind.EARN, before, sunday),
        _sum(moved, Kind.REDEEM, before, sunday),
    )


def _tiles(user: Any, programme: Programme, figures: Figures) -> Iterable[Tile]:
    worth = f"{figures.outstanding * programme.point_worth:.2f}"
    shown = money(worth, get_language() or "nl", programme.currency)
    compared = [
        (_("Members"), figures.members, figures.members_before, "members.member"),
        (_("Active members"), figures.active, figures.active_before, "members.activity"),
        (_("Points issued"), figures.issued, figures.issued_before, "loyalty.transfer"),
        (_("Points redeemed"), figures.redeemed, figures.redeemed_before, "rewards.redemption"),
    ]
    for title, now, before, model in compared:
        direction = "up" if now > before else "down" if now < before else ""
        yield Tile(
            title=title,
            figure=_number(now),
            note=_comparison(now, before),
            direction=direction,
            link=_link(user, model),
        )
    yield Tile(
        title=_("Points outstanding"),
        figure=_number(figures.outstanding),
        note=_("worth %(money)s") % {"money": shown},
        direction="",
        link=_link(user, "members.member"),
    )


def _comparison(now: int, before: int) -> str:
    if now == before:
        return _("as many as 30 days before")
    if not before:
        return _("none in the 30 days before")
    share = round(abs(now - before) * 100 / before)
    said = (
        _("%(share)s%% more than 30 days before")
        if now > before
        else (_("%(share)s%% less than 30 days before"))
    )
    return said % {"share": _number(share)}


def _link(user: Any, model: str) -> str:
    app, name = model.split(".")
    if not user.has_perm(f"{app}.view_{name}"):
        return ""
    return reverse(f"admin:{app}_{name}_changelist")


def _number(count: int) -> str:
    return number(str(count), get_language() or "nl")


def _short_day(day: date) -> str:
    """ "25 May", or "25 mei": Dutch writes months without a capital."""
    told = str(date_format(day, "j M"))
    return told.lower() if get_language() == "nl" else told


def _chart(figures: Figures) -> str:
    """The weeks as Unfold's chart wants them."""
    series = [
        (_("Issued"), 1, "var(--console-brand)"),
        (_("Redeemed"), 2, "var(--console-accent)"),
    ]
    return json.dumps(
        {
            "labels": [_short_day(week[0]) for week in figures.weeks],
            "datasets": [
                {
                    "label": label,
                    "data": [week[column] for week in figures.weeks],
                    "backgroundColor": colour,
                    "borderColor": colour,
                }
                for label, column, colour in series
            ],
        }
    )
