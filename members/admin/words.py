"""What the stored words are called on the console's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import Transfer
from members.models import Consent

ACTIVITIES: dict[str, Any] = {
    "purchase": _("Purchase"),
    "return": _("Return"),
    "review": _("Review"),
    "survey": _("Survey"),
    "referral": _("Brought in a new member"),
    "share": _("Shared"),
    "check_in": _("Check-in"),
    "profile_answered": _("Answered a question"),
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
    Transfer.Kind.RETURN: _("Returned"),
    Transfer.Kind.CANCEL: _("Cancelled"),
    Transfer.Kind.RESTORE: _("Given back"),
    Transfer.Kind.REPAY: _("Repaid"),
    Transfer.Kind.MOVE: _("Given away"),
    Transfer.Kind.DONATE: _("Donated"),
}
PURPOSES: dict[str, Any] = {
    Consent.Purpose.OFFERS: _("Offers"),
    Consent.Purpose.PROFILING: _("Offers that fit what they buy"),
    Consent.Purpose.RESEARCH: _("Questions about the shop"),
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
    "members.identifier_added": _("Can be found by something new"),
    "members.identifier_removed": _("Can no longer be found by something"),
    "members.card_blocked": _("Card blocked"),
    "members.card_unblocked": _("Card works again"),
    "members.membership_completed": _("Completed the membership"),
    "members.profile_changed": _("Changed the profile"),
    "members.member_merged": _("Two records became one"),
    "members.member_parted": _("One record became two again"),
    "members.consent_changed": _("Changed a consent"),
    "members.answer_changed": _("Answered a question"),
    "members.preference_changed": _("Changed a preference"),
    "loyalty.points_earned": _("Earned points"),
    "loyalty.points_spent": _("Spent points"),
    "loyalty.points_expired": _("Points lapsed"),
    "loyalty.points_adjusted": _("Points corrected"),
    "loyalty.points_returned": _("Points returned"),
    "loyalty.points_restored": _("Points given back"),
    "loyalty.points_cancelled": _("Points cancelled"),
    "loyalty.points_activated": _("Points became usable"),
    "loyalty.points_moved": _("Points given away"),
    "loyalty.points_donated": _("Points donated"),
    "loyalty.points_owed": _("Points owed"),
    "loyalty.points_repaid": _("Points repaid"),
    "loyalty.points_forgiven": _("Points forgiven"),
    "loyalty.expiry_extended": _("Points good for longer"),
    "loyalty.points_expiring": _("Warned that points will lapse"),
    "loyalty.tier_changed": _("Changed tier"),
    "loyalty.hold_authorised": _("Points set aside"),
    "loyalty.hold_voided": _("Points no longer set aside"),
    "loyalty.contributor_joined": _("Joined a pool"),
    "loyalty.contributor_left": _("Left a pool"),
    "rewards.reward_redeemed": _("Redeemed a reward"),
    "rewards.redemption_authorised": _("Had a reward set aside"),
    "rewards.redemption_fulfilled": _("Received a reward"),
    "rewards.redemption_reopened": _("Has a reward to come again"),
    "rewards.redemption_cancelled": _("A reward was cancelled"),
    "rewards.redemption_expired": _("A reward was not finished in time"),
    "rewards.redemption_returned": _("A reward was returned"),
    "rewards.fulfilment_moved": _("A delivery went on"),
    "rewards.voucher_rolled_back": _("Got a voucher back"),
    "rewards.voucher_used": _("Used a voucher"),
    "rewards.reward_granted": _("Was given a reward"),
    "rewards.grant_lapsed": _("A gift lapsed"),
    "rewards.grant_withdrawn": _("A gift was withdrawn"),
    "rewards.stamp_card_filled": _("A stamp card was full"),
}
TOUCHPOINTS: dict[str, Any] = {
    "portal": _("the portal"),
    "api": _("the webshop or the till"),
    "import": _("an import"),
    "till": _("the till"),
    "poster": _("a poster"),
    "advert": _("an advert"),
    "push": _("a push message"),
    "receipt": _("a receipt"),
    "site": _("the website"),
    "app": _("the app"),
}


def word(words: dict[str, Any], key: str) -> Any:
    """The words for a key, or the key without its underscores."""
    return words.get(key) or key.replace("_", " ").capitalize()


def event_word(name: str) -> Any:
    """What an event is called; its version says nothing to a reader."""
    unversioned = name.rpartition(".v")[0] or name
    return EVENTS.get(unversioned) or unversioned.partition(".")[2].replace("_", " ").capitalize()
