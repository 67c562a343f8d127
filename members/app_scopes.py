"""What a shop or app may learn of a member who signs in to it, in the member's words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.errors import NotFound
from members.models import Membership, User
from members.portal import portal_programme
from members.selectors import membership_of_user

LOYALTY = "loyalty"


@dataclass(frozen=True)
class Scope:
    """One thing that may be asked: its name for colleagues, and what the member reads."""

    name: Any
    sentence: Any


SCOPES = {
    "openid": Scope(_("That it is you"), _("That it is you, by a number that says nothing else")),
    "profile": Scope(_("Name and language"), _("Your name and your language")),
    "email": Scope(_("E-mail address"), _("Your e-mail address")),
    LOYALTY: Scope(_("Card, points and tier"), _("Your card number, your points and your tier")),
}


def membership_of_login(user: User) -> Membership | None:
    """The membership with which this login signs in elsewhere; None when it is no member's."""
    programme = portal_programme()
    if programme is None:
        return None
    try:
        membership = membership_of_user(user.pk, programme.pk)
    except NotFound:
        return None
    membership.programme = programme  # known already
    return membership
