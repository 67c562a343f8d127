"""What a basket would bring, before it is paid."""

from datetime import datetime

import msgspec

from loyalty.services.earning import explained
from loyalty.services.rulebook import Rulebook
from loyalty.types import Award, Outcome, Reason, Words
from members.selectors import find_membership
from members.services.activities import preview_award
from members.types import ActivitySubmission
from rewards.selectors import RewardOffer, rewards_for


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's say, and the sentence for it in each language."""

    reason: Reason
    text: Words


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What the basket would earn, why, what it just misses, and what the balance buys now."""

    award: Award
    reasons: list[Said]
    near_misses: list[Said]
    offers: list[RewardOffer]


def quote_basket(*, book: Rulebook, submission: ActivitySubmission, at: datetime) -> Quote:
    """Work out a basket as if it were bought now; nothing is kept.

    Without a member it earns what anybody would, and there are no offers. Raises InvalidRequest
    and MemberUnknown.
    """
    award = preview_award(book=book, submission=submission, at=at)
    offers: list[RewardOffer] = []
    if submission.member:
        membership = find_membership(book.programme_id, submission.member)
        seen = rewards_for(
            membership, at=at, channel=submission.channel, location=submission.location
        )
        offers = [offer for offer in seen if offer.is_within_reach]
    return Quote(
        award=award,
        reasons=_said(book, award, Outcome.APPLIED),
        near_misses=_said(book, award, Outcome.NEAR_MISS),
        offers=offers,
    )


def _said(book: Rulebook, award: Award, outcome: Outcome) -> list[Said]:
    return [
        Said(reason=reason, text=explained(book, reason, is_ahead=True))
        for reason in award.reasons
        if reason.outcome is outcome
    ]
