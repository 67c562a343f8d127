"""What the stored words are called on the console's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import Transfer
from members.models import Consent

ACTIVITIES: dict[str, Any] = {
    "purchase": _("Purchase"),
    "review": _("Review"),
    "survey": _("Survey"),
    "referral": _("Brought in a new member"),
    "share": _("Shared"),
    "check_in": _("Check-in"),
    "visit": _("Visit"),
}
CHANNELS: dict[str, Any] = {
    "web": _("Webshop"),
    "app": _("App"),
    "store": _("Store"),
    "social": _("Social media"),
}
KINDS: dict[str, Any] = {
    Transfer.Kind.EARN: _("Earned"),
    Transfer.Kind.REDEEM: _("Redeemed"),
    Transfer.Kind.EXPIRE: _("Lapsed"),
    Transfer.Kind.ADJUST: _("Corrected"),
}
PURPOSES: dict[str, Any] = {
    Consent.Purpose.OFFERS: _("Offers"),
    Consent.Purpose.PROFILING: _("Offers that fit what they buy"),
}
CONSENT_CHANNELS: dict[str, Any] = {
    Consent.Channel.EMAIL: _("By e-mail"),
    Consent.Channel.SMS: _("By text message"),
    Consent.Channel.PUSH: _("By notification"),
    Consent.Channel.ANY: _("Everywhere"),
}
EVENTS: dict[str, Any] = {
    "members.member_enrolled": _("Joined"),
    "members.activity_recorded": _("Did something"),
    "members.profile_changed": _("Changed the profile"),
    "members.consent_changed": _("Changed a consent"),
    "loyalty.points_earned": _("Earned points"),
    "loyalty.points_spent": _("Spent points"),
    "loyalty.points_expired": _("Points lapsed"),
    "loyalty.points_adjusted": _("Points corrected"),
    "rewards.reward_redeemed": _("Redeemed a reward"),
    "rewards.voucher_used": _("Used a voucher"),
}
TOUCHPOINTS: dict[str, Any] = {
    "portal": _("the portal"),
    "api": _("the webshop or the till"),
    "import": _("an import"),
}


def word(words: dict[str, Any], key: str) -> Any:
    """The words for a key, or the key without its underscores."""
    return words.get(key) or key.replace("_", " ").capitalize()


def event_word(name: str) -> Any:
    """What an event is called; its version says nothing to a reader."""
    unversioned = name.rpartition(".v")[0] or name
    return EVENTS.get(unversioned) or unversioned.partition(".")[2].replace("_", " ").capitalize()
