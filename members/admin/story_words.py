"""The sentences of a member's story. What a sentence names between %( )s is filled in."""

from fnmatch import fnmatch
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.services.timeline import KINDS

WORDS: dict[str, Any] = {
    "joining": _("Joining"),
    "activities": _("Activities"),
    "points": _("Points"),
    "tiers": _("Tiers"),
    "rewards": _("Rewards"),
    "consents": _("Consents"),
    "profile": _("Profile"),
    "cards": _("Cards and addresses"),
    "merges": _("Merges"),
    "messages": _("Messages"),
    "notes": _("Notes"),
    "desk": _("Done by colleagues"),
}
SENTENCES: dict[str, Any] = {
    "members.membership_completed": _("Completed the membership and signs in from now on"),
    "members.sale_claimed": _("Claimed a sale by its receipt"),
    "members.answer_changed": _("Answered a question, or changed an answer"),
    "members.preference_changed": _("Said what they like"),
    "members.identifier_added": _("Can be found by %(kind)s more, added by %(who)s"),
    "members.identifier_removed": _("Is not found by %(kind)s any more, removed by %(who)s"),
    "members.card_blocked": _("Blocked %(kind)s, by %(who)s"),
    "members.card_unblocked": _("Made %(kind)s work again, by %(who)s"),
    "members.member_merged": _(
        "Another record of the same person was merged into this one, by %(who)s"
    ),
    "members.member_parted": _("A merge was undone, by %(who)s"),
    "loyalty.points_earned": _("Got %(points)s; the balance was %(balance)s"),
    "loyalty.points_spent": _("Spent %(points)s; the balance was %(balance)s"),
    "loyalty.points_expired": _("%(points)s lapsed; the balance was %(balance)s"),
    "loyalty.points_adjusted": _("Points corrected: %(points)s; the balance was %(balance)s"),
    "loyalty.points_returned": _("%(points)s went back; the balance was %(balance)s"),
    "loyalty.points_restored": _("Got %(points)s back; the balance was %(balance)s"),
    "loyalty.points_cancelled": _("%(points)s that waited were cancelled"),
    "loyalty.points_activated": _("%(points)s became usable"),
    "loyalty.points_moved": _("Gave away or got %(points)s; the balance was %(balance)s"),
    "loyalty.points_donated": _("Gave %(points)s to a good cause"),
    "loyalty.points_owed": _("Has %(points)s to earn back"),
    "loyalty.points_repaid": _("Earned %(points)s back"),
    "loyalty.points_forgiven": _("Has %(points)s less to earn back"),
    "loyalty.expiry_extended": _("%(points)s are good for longer, through %(day)s"),
    "loyalty.hold_authorised": _("%(points)s were set aside"),
    "loyalty.hold_voided": _("%(points)s are no longer set aside"),
    "loyalty.contributor_joined": _("Joined a pool"),
    "loyalty.contributor_left": _("Left a pool"),
    "rewards.reward_redeemed": _("Redeemed “%(reward)s” for %(points)s"),
    "rewards.redemption_authorised": _("Had “%(reward)s” set aside for %(points)s"),
    "rewards.redemption_fulfilled": _("Received “%(reward)s”"),
    "rewards.redemption_reopened": _("Has “%(reward)s” to come again: its use was undone"),
    "rewards.redemption_cancelled": _("“%(reward)s” was cancelled, and %(points)s went back"),
    "rewards.redemption_expired": _("“%(reward)s” was not finished in time; nothing was taken"),
    "rewards.redemption_returned": _("“%(reward)s” was returned, and %(points)s went back"),
    "rewards.fulfilment_moved": _("The delivery of “%(reward)s” went on"),
    "rewards.voucher_rolled_back": _("Got the voucher of “%(reward)s” back"),
    "rewards.voucher_used": _("Used the voucher of “%(reward)s”"),
    "rewards.reward_granted": _("Was given a reward"),
    "rewards.grant_lapsed": _("A gift lapsed that was not taken"),
    "rewards.grant_withdrawn": _("A gift was withdrawn"),
    "rewards.stamp_card_filled": _("A stamp card was full"),
    "note": _("Note by %(who)s: %(text)s"),
    "look": _("%(role)s (%(who)s) changed or took out: %(what)s"),
}


def shown_kind(name: str) -> Any:
    """The word for the kind of an event."""
    for kind, patterns in KINDS.items():
        if any(fnmatch(name, pattern.replace("%", "*")) for pattern in patterns):
            return WORDS[kind]
    return ""
