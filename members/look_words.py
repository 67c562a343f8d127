"""What a member reads of who looked at their data: roles and deeds in words, never a name."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import MemberLook

Deed = MemberLook.Deed
ROLES: dict[str, Promise] = {
    "administrator": _("An administrator"),
    "cashier": _("The till"),
    "colleague": _("A colleague"),
    "finance": _("Finance"),
    "marketer": _("A marketer"),
    "member": _("You"),
    "service desk": _("The service desk"),
}
_DEEDS: dict[str, Promise] = {
    Deed.SEEN: _("saw your data"),
    Deed.CHANGED: _("changed something"),
    Deed.EXPORTED: _("took out all your data"),
}
_PARTS: dict[tuple[str, str], Promise] = {
    (Deed.SEEN, "statement"): _("saw your points"),
    (Deed.SEEN, "timeline"): _("saw your story"),
    (Deed.SEEN, "search"): _("found you in a search"),
    (Deed.SEEN, "till"): _("found you at the till"),
    (Deed.SEEN, "delivery"): _("saw where something was to be sent to you"),
    (Deed.EXPORTED, "delivery"): _("took out where something was to be sent to you"),
    (Deed.CHANGED, "rewards"): _("changed something about your rewards"),
    (Deed.CHANGED, "profile"): _("changed your name or language"),
    (Deed.CHANGED, "points"): _("corrected your points"),
    (Deed.CHANGED, "tier"): _("changed your tier"),
    (Deed.CHANGED, "cards"): _("changed what you are found by"),
}


def role_word(role: str) -> str:
    """A role of the console in words; a connected system by its own name."""
    known = ROLES.get(role.lower())
    return str(known) if known else role


def look_word(deed: str, what: str) -> str:
    """What was done, as precisely as it was noted."""
    return str(_PARTS.get((deed, what)) or _DEEDS.get(deed) or gettext("saw your data"))
