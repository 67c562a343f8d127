"""What became of a message, in words."""

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Dispatch

COLOURS = {
    "WAITING": "info",
    "DELAYED": "warning",
    "SENDING": "info",
    "SENT": "success",
    "DROPPED": "default",
    "HELD_OUT": "default",
    "FAILED": "danger",
    "UNKNOWN": "danger",
}
REASONS: dict[str, Any] = {
    "gone": gettext_lazy("the member is no longer there"),
    "held_out": gettext_lazy("drawn by lot to get nothing"),
    "suppressed": gettext_lazy("this address is not written to any more"),
    "no_address": gettext_lazy("no address for this channel is known"),
    "no_consent": gettext_lazy("the member did not agree to it on this channel"),
    "patience": gettext_lazy("it had to wait too long, so it was old news"),
    "cap": gettext_lazy("the member had enough messages lately"),
    "quiet": gettext_lazy("it was quiet hours for the member"),
    "paused": gettext_lazy("the campaign was paused"),
    "ended": gettext_lazy("the campaign was ended"),
    "no_template": gettext_lazy("the message is no longer there"),
    "unreachable": gettext_lazy("the mail server could not be reached"),
    "no_provider": gettext_lazy("nobody is set to send it by this channel"),
    "no_channel": gettext_lazy("nothing can be sent by this channel yet"),
    "broken_off": gettext_lazy("it may have left: it is never sent twice"),
    "broke": gettext_lazy("making it broke each time, so it was put aside"),
    "too_many": gettext_lazy("the card in the wallet had three notes in a day already"),
    "refused": gettext_lazy("the provider refused it"),
}


def reason_words(dispatch: Dispatch) -> str:
    """Why it was not sent, or not yet; empty when there is nothing to explain."""
    code = dispatch.reason.partition(":")[0]
    if not code:
        return ""
    return str(REASONS.get(code, dispatch.reason.replace("_", " ")))


def fate_words(dispatch: Dispatch) -> str:
    """The whole fate as a sentence."""
    why = reason_words(dispatch)
    if dispatch.fate == Dispatch.Fate.SENT and dispatch.sent_at:
        return _("Sent on %s.") % _moment(dispatch.sent_at)
    if dispatch.fate == Dispatch.Fate.DELAYED:
        said = _("Delayed until %(when)s: %(why)s.")
        return said % {"when": _moment(dispatch.not_before), "why": why or "–"}
    label = str(Dispatch.Fate(dispatch.fate).label)
    return f"{label}: {why}." if why else f"{label}."


def _moment(moment: Any) -> str:
    return str(date_format(localtime(moment), "j F Y H:i"))
