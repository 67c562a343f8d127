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
_PARTS: dict[str, Promise] = {
    "statement": _("saw your points"),
    "timeline": _("saw your story"),
    "profile": _("changed your name or language"),
    "points": _("corrected your points"),
    "tier": _("changed your tier"),
    "cards": _("changed what you are found by"),
    "search": _("found you in a search"),
}


def role_word(role: str) -> str:
    """A role of the console in words; a connected system by its own name."""
    known = ROLES.get(role.lower())
    return str(known) if known else role


def look_word(deed: str, what: str) -> str:
    """What was done, as precisely as it was noted."""
    part = _PARTS.get(what) if deed != Deed.EXPORTED else None
    return str(part or _DEEDS.get(deed) or gettext("saw your data"))
