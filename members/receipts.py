"""Receipts of consents as people read them: which one counts, and where it was given."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _

from members.models import Consent, Membership

ANY = Consent.Channel.ANY
_JOINING = timedelta(minutes=1)


def last_word(said: Iterable[Consent], channel: str) -> Consent | None:
    """Of the receipts of one member and purpose the one that counts for the channel.

    The same as `members.services.consents.may` asks of the database.
    """
    about = [receipt for receipt in said if receipt.channel in {channel, ANY}]
    return max(about, key=lambda r: (r.recorded_at, r.channel == channel, r.pk), default=None)


def place_of(receipt: Consent, membership: Membership) -> str:
    """Where it was, in words: "in the shop in Utrecht" when they joined there by it."""
    joined = membership.joined_at
    is_joining = (
        receipt.touchpoint == membership.joined_through
        and abs(receipt.recorded_at - joined) < _JOINING
    )
    words = {
        "portal": _("in the portal"),
        "till": _("in the shop"),
        "store": _("in the shop"),
        "api": _("in the webshop or the shop"),
        "webshop": _("in the webshop"),
        "app": _("in the app"),
        "poster": _("by a poster"),
        "import": _("before you were a member here"),
        "desk": _("at the service desk"),
        "message": _("by the link in a message"),
    }
    where = words.get(receipt.touchpoint, receipt.touchpoint.replace("_", " "))
    if is_joining and membership.joined_location:
        return _("%(where)s in %(place)s") % {"where": where, "place": membership.joined_location}
    return where
