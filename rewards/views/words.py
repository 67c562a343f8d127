"""What members are told: why they cannot have a reward, and why a deed was refused."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from loyalty.errors import DomainError, InsufficientPoints, InvalidRequest, KeyConflict
from loyalty.services.held_tiers import tier_names
from loyalty.services.rulebook import current_rulebook
from loyalty.templatetags.figures import day
from loyalty.types import Language, Words
from members.models import Membership
from rewards.eligibility import Refusal, tell
from rewards.errors import (
    GrantOver,
    LimitReached,
    NotCancellable,
    NotForYou,
    OtherPlace,
    RewardSoldOut,
    RewardUnavailable,
    VoucherAlreadyUsed,
    WrongStep,
)
from rewards.selectors import RewardOffer


def language_of_page() -> Language:
    return "nl" if get_language() == "nl" else "en"


class Why:
    """Why not, in words; what tiers are called is asked once, and only when a reward names one."""

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.zone = ZoneInfo(membership.programme.time_zone)
        self._names: Mapping[str, Words] | None = None

    def of(self, offer: RewardOffer) -> list[str]:
        """What stands in the way beside points, which are told as progress."""
        return self.told(refusal for refusal in offer.refusals if refusal.code != "missing_points")

    def told(self, refusals: Iterable[Refusal]) -> list[str]:
        language = language_of_page()
        return [
            tell(refusal, language, zone=self.zone, names=self._names_for(refusal))
            for refusal in refusals
        ]

    def _names_for(self, refusal: Refusal) -> Mapping[str, Words]:
        if refusal.code != "not_your_tier":
            return {}
        if self._names is None:
            book = current_rulebook(programme_id=self.membership.programme_id)
            self._names = tier_names(book)
        return self._names


def refused(refusal: DomainError) -> str:
    """A refused deed in the member's words: the cause, and what to do now.

    What no page can meet is raised on: it is a fault of ours.
    """
    if isinstance(refusal, LimitReached):
        return _limit(refusal)
    for kind, words in _REFUSED.items():
        if isinstance(refusal, kind):
            return gettext(words)
    raise refusal


_REFUSED: Mapping[type[DomainError], str] = {
    InsufficientPoints: gettext_noop(
        "You do not have enough points for this. Nothing was taken from you."
    ),
    RewardSoldOut: gettext_noop("The last one was just taken. Your points are all still there."),
    NotForYou: gettext_noop("This reward is not for you now. Your points are all still there."),
    OtherPlace: gettext_noop("This reward is not to be had here. Ask for it in the shop."),
    RewardUnavailable: gettext_noop(
        "This reward can no longer be had. Your points are all still there."
    ),
    KeyConflict: gettext_noop("This page was used before. Choose your reward again."),
    GrantOver: gettext_noop("This gift can no longer be taken. Its time is over."),
    NotCancellable: gettext_noop("This can no longer be undone. Ask in the shop what is possible."),
    WrongStep: gettext_noop("This can no longer be undone. Ask in the shop what is possible."),
    VoucherAlreadyUsed: gettext_noop(
        "The code was used already, so that this can no longer be undone."
    ),
    InvalidRequest: gettext_noop("Something is missing in what you chose. Look at the page again."),
}


def _limit(refusal: LimitReached) -> str:
    if refusal.again_at is not None:
        words = gettext("You have had this reward often enough for now. It can be had again on %s.")
        return words % day(refusal.again_at)
    return ngettext(
        "You have had this reward already; it can be had once.",
        "You have had this reward %(limit)s times already; more is not possible.",
        refusal.limit,
    ) % {"limit": refusal.limit}
