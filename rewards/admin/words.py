"""What the stored words of rewards are called on the console's pages, and in which colour."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from loyalty.templatetags.figures import day, money, number, points
from members.admin.words import CHANNELS, word
from members.models import User
from rewards.models import Fulfilment, Grant, Redemption, Till, Voucher

State = Redemption.State

STATES: dict[str, Any] = {
    **{state.value: state.label for state in State},
    State.CANCELLED: pgettext_lazy("redemption", "Cancelled"),
    State.RETURNED: pgettext_lazy("redemption", "Returned"),
}
STATE_COLOURS = {
    "AUTHORISED": "warning",
    "CAPTURED": "info",
    "FULFILLED": "success",
    "CANCELLED": "default",
    "EXPIRED": "default",
    "RETURNED": "danger",
}
DELIVERY_COLOURS = {"TO_DO": "warning", "READY": "info", "DONE": "success", "DROPPED": "default"}
GRANT_COLOURS = {
    "OPEN": "warning",
    "TAKEN": "success",
    "LAPSED": "default",
    "WITHDRAWN": "danger",
}
VOUCHER_COLOURS = {
    "USED": "default",
    "EXPIRED": "warning",
    "ISSUED": "success",
    "CANCELLED": "danger",
}
STEPS: dict[str, Any] = {
    "AUTHORISED": gettext_lazy("Points and stock set aside"),
    "CAPTURED": gettext_lazy("Paid"),
    "FULFILLED": gettext_lazy("Received"),
    "CANCELLED": gettext_lazy("Cancelled; what was paid went back"),
    "EXPIRED": gettext_lazy("Not finished in time; what was set aside went back"),
    "RETURNED": gettext_lazy("Returned; what was paid went back"),
    "READY": gettext_lazy("Ready to hand over"),
    "SHIPPED": gettext_lazy("Sent"),
    "BOOKED": gettext_lazy("Booked"),
    "HANDED_OVER": gettext_lazy("Handed over"),
    "COMPLETED": gettext_lazy("Done"),
    "UNDONE": gettext_lazy("Undone"),
    "USED": gettext_lazy("Voucher used"),
    "ROLLED_BACK": gettext_lazy("Use of the voucher undone"),
}
RETURNS: dict[str, Any] = {
    "changed_mind": gettext_lazy("The member does not want it after all"),
    "damaged": gettext_lazy("It was damaged or did not work"),
    "wrong": gettext_lazy("It was not what the member took"),
    "not_received": gettext_lazy("It never arrived"),
    "mistake": gettext_lazy("It was booked by mistake"),
}
_PARTS: dict[str, Any] = {
    "carrier": gettext_lazy("Carrier"),
    "tracking": gettext_lazy("Tracking"),
    "booked_for": gettext_lazy("Booked for"),
    "location": gettext_lazy("Where"),
    "points": gettext_lazy("Points"),
    "reason": gettext_lazy("Reason"),
    "expires_at": gettext_lazy("Until"),
}


def exactly(moment: datetime) -> str:
    """A moment in the zone in force: "22 November 2026 13:00"."""
    return str(date_format(timezone.localtime(moment), "j F Y H:i"))


def step_words(name: str, params: dict[str, Any]) -> str:
    """A step with what there is to say of it: "Sent. Carrier: PostNL. Tracking: 3S…"."""
    said = [str(word(STEPS, name))]
    for key, value in params.items():
        if value not in ("", None, [], {}) and key in _PARTS:
            said.append(f"{_PARTS[key]}: {_shown(value)}")
    return ". ".join(said)


def _shown(value: Any) -> str:
    if str(value) in RETURNS:
        return str(RETURNS[str(value)])
    try:
        return exactly(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def voucher_words(voucher: Voucher, at: datetime) -> tuple[str, str]:
    """Its standing, and that in words."""
    if voucher.state == Voucher.State.CANCELLED:
        return "CANCELLED", pgettext("redemption", "Cancelled")
    if voucher.state == Voucher.State.USED and voucher.used_at:
        place = voucher.used_location
        said = _("Used on %s") % day(voucher.used_at)
        return "USED", f"{said}, {place}" if place else said
    if voucher.expires_at <= at:
        return "EXPIRED", _("Lapsed on %s") % day(voucher.expires_at)
    return "ISSUED", _("Good until %s") % day(voucher.expires_at)


def paid_words(redemption: Redemption) -> str:
    """ "250 points", "250 points + €5.00", "10 stamps" or "nothing"."""
    paid = unit_words(redemption.unit, redemption.points) if redemption.points else ""
    if not redemption.money:
        return paid or _("nothing")
    due = money(redemption.money, redemption.reward.programme.currency)
    return f"{paid} + {due}" if paid else due


def unit_words(unit: str, count: int) -> str:
    """So many of what was paid with: points, or the stamps of a card."""
    if unit == "points":
        return points(count)
    return ngettext("%s stamp", "%s stamps", count) % number(count)


def way_words(way: str) -> str:
    return str(Fulfilment.Way(way).label)


def grant_words(grant: Grant) -> str:
    return str(Grant.State(grant.state).label)


def channel_words(channel: str) -> str:
    """ "Webshop" for web; a channel of the shop's own is called what it is called."""
    return str(word(CHANNELS, channel)) if channel else ""


def actor_words(actors: set[str]) -> dict[str, str]:
    """Who each is, in words; at most two queries for however many there are."""
    staff = {actor.removeprefix("staff:") for actor in actors if actor.startswith("staff:")}
    tills = {actor.removeprefix("till:") for actor in actors if actor.startswith("till:")}
    ids = [int(each) for each in staff if each.isdigit()]
    names = {f"staff:{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)}
    if tills:
        for key, name in Till.objects.filter(key__in=tills).values_list("key", "name"):
            names[f"till:{key}"] = name
    return {actor: names.get(actor) or _unnamed(actor) for actor in actors}


def _unnamed(actor: str) -> str:
    kind, _colon, name = actor.partition(":")
    if kind == "member":
        return _("the member")
    if kind == "system":
        return _("by itself")
    if kind == "staff":
        return _("a colleague")
    return name or actor
