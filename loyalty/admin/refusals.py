"""What services refuse, said in the reader's language.

The services' own words are English and made for programmers too; English readers see those, as they
carry the numbers. Other readers see the sentence for the refusal's code, or for its code and field.
"""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.errors import DomainError

SENTENCES: dict[str, Any] = {
    "refused": _("This was refused, and nothing has changed."),
    "invalid": _("This cannot be: something that was filled in makes no sense."),
    "invalid:points": _("Fill in a number of points that makes sense here."),
    "invalid:reason": _("Say why, in at most 500 characters."),
    "invalid:key": _("Open the form again: this one was used already."),
    "invalid:expires_at": _("Choose a last day that lies ahead."),
    "invalid:until": _("Choose a last day that lies ahead."),
    "invalid:ends_at": _("Choose a last day that lies ahead."),
    "invalid:tier": _("There is no such tier."),
    "invalid:since": _("Choose a period that has begun, its first day before its last."),
    "template_invalid": _("The message cannot be saved like this."),
    "template_key_taken": _("There is another message with this key."),
    "not_found": _("It is no longer there."),
    "insufficient_points": _("There are fewer usable points than that."),
    "account_closed": _("This account is closed; nothing can be booked on it any more."),
    "key_conflict": _("This was done already, but otherwise. Open the form again."),
    "still_running": _("This is being done right now. Look again in a moment."),
    "rule_invalid": _("The rule cannot be carried out like this."),
    "rule_key_taken": _("There is another rule with this key."),
    "rule_contradicts": _("The rule contradicts itself or another; see what was found."),
    "tier_set_invalid": _("The tiers cannot be carried out like this."),
    "invalid:last_day": _("Choose a later day."),
    "webhook_known": _("There is a webhook with this address."),
    "webhook_stopped": _("This webhook was stopped; start it first."),
    "webhook_address_refused": _("A webhook cannot go to this address."),
    "lot_empty": _("Nothing is left of these points."),
    "lot_lapsed": _("These points have lapsed; make them good again instead."),
    "lot_slides": _("These points end when their holder is inactive, not on a day."),
    "reinstate_exceeds_lapsed": _("Not so many points lapsed then, or they are back already."),
    "unit_not_spendable": _("This unit counts towards a tier; it is never spent."),
    "unit_not_shareable": _("This unit stays with whom it was given to."),
    "self_transfer": _("Giver and taker are the same."),
    "hold_ended": _("These points are no longer set aside."),
    "hold_exceeded": _("That is more than was set aside."),
    "debt_exceeded": _("That is more than is owed."),
    "pool_closed": _("This pool is closed."),
    "not_a_contributor": _("This member does not take part in the pool."),
    "transfer_limit_reached": _("That is more than may be given away in a month."),
    "member_unknown": _("There is no such member."),
    "activity_unknown": _("There is no such activity."),
    "identifier_taken": _("This belongs to another member already."),
    "identifier_blocked": _("This card was blocked."),
    "identifier_unknown": _("There is no such card or address here."),
    "identifier_of_login": _("The member signs in with this address."),
    "identifiers_of_two_members": _("These identifiers belong to different members."),
    "last_identifier": _("Nothing else finds this member."),
    "invalid:other": _("Choose another record than this one."),
    "already_merged": _("This record was merged into another one."),
    "member_erased": _("This person was forgotten."),
    "merge_ended": _("This merge was undone before, or the two were merged."),
    "part_later_merge_first": _("The kept record was merged too; undo that first."),
    "points_set_aside": _("Points are set aside for a payment; wait until that is finished."),
    "in_pool": _("This member shares points in a household; let them leave it first."),
    "completion_ended": _("This link works no more."),
    "currency_mismatch": _("The amount is in another currency than the programme."),
    "reward_unavailable": _("This reward cannot be redeemed now."),
    "reward_sold_out": _("This reward has run out."),
    "limit_reached": _("More of this is not allowed."),
    "own_approval": _("You made it or asked for it yourself: a colleague has to approve it."),
    "campaign_state": _("In the state that the campaign is in, that cannot be done."),
    "campaign_invalid": _("The campaign cannot be carried out like this."),
    "campaign_key_taken": _("There is another campaign with this key."),
}


def told(refusal: DomainError) -> str:
    """The refusal as the reader of this page understands it."""
    if (get_language() or "nl").startswith("en"):
        return refusal.detail or str(SENTENCES["refused"])
    field = f"{refusal.code}:{refusal.field.partition('.')[0]}" if refusal.field else ""
    sentence = SENTENCES.get(field) or SENTENCES.get(refusal.code)
    return str(sentence or refusal.detail)
