"""The steps of a redemption as its member reads them, one line each."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext

from loyalty.templatetags.figures import day, points
from rewards.models import Redemption, RedemptionStep


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, when; `is_last` is where it stands now."""

    text: str
    at: datetime
    is_last: bool = False


def lines_of(redemption: Redemption) -> list[Line]:
    """The first step first; one query."""
    steps = list(redemption.steps.order_by("number"))
    return [
        Line(text=_line(step, redemption), at=step.at, is_last=step is steps[-1]) for step in steps
    ]


def _line(step: RedemptionStep, redemption: Redemption) -> str:
    teller = _TELLERS.get(step.name)
    return teller(step.params, redemption) if teller else step.name.capitalize()


def _captured(params: dict[str, Any], redemption: Redemption) -> str:
    if not redemption.points:
        return gettext("Given to you")
    if redemption.unit != "points":
        return gettext("Paid with a full stamp card")
    return gettext("Paid %(points)s") % {"points": points(redemption.points)}


def _back(name: str, redemption: Redemption) -> str:
    """An end that gave back what was paid."""
    said = {
        "CANCELLED": gettext("Undone"),
        "EXPIRED": gettext("Not finished in time"),
        "RETURNED": gettext("Brought back"),
    }[name]
    if redemption.points and redemption.unit == "points":
        back = gettext("your %(points)s are back") % {"points": points(redemption.points)}
        return f"{said}: {back}"
    return said


def _shipped(params: dict[str, Any], _redemption: Redemption) -> str:
    carrier, tracking = params.get("carrier", ""), params.get("tracking", "")
    said = gettext("Sent with %(carrier)s") % {"carrier": carrier} if carrier else gettext("Sent")
    return f"{said}, {tracking}" if tracking else said


def _booked(params: dict[str, Any], _redemption: Redemption) -> str:
    moment = _moment(params.get("booked_for"))
    where = params.get("location", "")
    if moment is None:
        return gettext("Booked")
    said = {"day": day(moment), "time": f"{localtime(moment):%H:%M}", "where": where}
    if where:
        return gettext("Booked for %(day)s at %(time)s, %(where)s") % said
    return gettext("Booked for %(day)s at %(time)s") % said


def _used(params: dict[str, Any], _redemption: Redemption) -> str:
    where = params.get("location", "")
    return gettext("Used in %(where)s") % {"where": where} if where else gettext("Used")


def _ready(params: dict[str, Any], _redemption: Redemption) -> str:
    where = params.get("location", "")
    if where:
        return gettext("Ready for you in %(where)s") % {"where": where}
    return gettext("Ready for you")


def _moment(said: Any) -> datetime | None:
    return parse_datetime(said) if isinstance(said, str) else None


_TELLERS: dict[str, Callable[[dict[str, Any], Redemption], str]] = {
    "AUTHORISED": lambda _params, _redemption: gettext("Set aside for you"),
    "CAPTURED": _captured,
    "FULFILLED": lambda _params, _redemption: gettext("Received"),
    "CANCELLED": lambda _params, redemption: _back("CANCELLED", redemption),
    "UNDONE": lambda _params, redemption: _back("CANCELLED", redemption),
    "EXPIRED": lambda _params, redemption: _back("EXPIRED", redemption),
    "RETURNED": lambda _params, redemption: _back("RETURNED", redemption),
    "READY": _ready,
    "SHIPPED": _shipped,
    "BOOKED": _booked,
    "HANDED_OVER": lambda _params, _redemption: gettext("Handed over"),
    "COMPLETED": lambda _params, _redemption: gettext("Done"),
    "USED": _used,
    "ROLLED_BACK": lambda _params, _redemption: gettext("The use was undone; the code works again"),
}
