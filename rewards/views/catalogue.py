"""The catalogue: what there is, what the member can have, and what they have already."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import MemberRequest, require_member
from rewards.holdings import progress_of, ready_for
from rewards.models import Reward, RewardCategory
from rewards.selectors import RewardOffer, rewards_for, usable_points
from rewards.views.words import Why


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A reward in the list, and in words what is in the way beside points."""

    offer: RewardOffer
    why: list[str]

    @property
    def order(self) -> tuple[bool, bool, int]:
        """What can be had first, then what is to be saved for, then what cannot be had."""
        return (bool(self.why), not self.offer.is_within_reach, self.offer.points)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the member wants to see; what is unknown asks nothing."""

    category: str = ""
    kind: str = ""
    reach: bool = False

    def takes(self, offer: RewardOffer) -> bool:
        category = offer.reward.category
        return (
            (not self.category or (category is not None and category.key == self.category))
            and (not self.kind or offer.reward.kind == self.kind)
            and (not self.reach or offer.is_within_reach)
        )

    @property
    def is_any(self) -> bool:
        return bool(self.category or self.kind or self.reach)


@require_safe
@require_member
def rewards(request: MemberRequest) -> HttpResponse:
    """What the member can have now, then what is still to be saved for, then what is not for them."""
    now, membership = timezone.now(), request.membership
    usable = usable_points(membership, at=now)
    offers = rewards_for(membership, at=now, usable=usable, channel="portal")
    chosen = _chosen(request)
    why = Why(membership)
    shown = [Shown(offer=one, why=why.of(one)) for one in offers if chosen.takes(one)]
    ready = ready_for(membership, at=now)
    context = {
        "shown": sorted(shown, key=lambda one: one.order),
        "has_offers": bool(offers),
        "chosen": chosen,
        "usable": usable,
        "gifts": [one for one in ready if one.is_gift],
        "vouchers": len([one for one in ready if not one.is_gift]),
        "cards": progress_of(membership, at=now),
        "today": timezone.localdate(now),
        **_filters(offers),
    }
    return render(request, "rewards/rewards.html", context)


def _chosen(request: MemberRequest) -> Chosen:
    said = request.GET
    return Chosen(
        category=said.get("category", ""), kind=said.get("kind", ""), reach=said.get("reach") == "1"
    )


def _filters(offers: Sequence[RewardOffer]) -> dict[str, Any]:
    """The categories and kinds that there are, in their own order; one alone is no choice."""
    found: dict[int, RewardCategory] = {}
    for offer in offers:
        if offer.reward.category is not None:
            found[offer.reward.category.pk] = offer.reward.category
    categories = sorted(found.values(), key=lambda one: (one.position, one.key))
    there = {offer.reward.kind for offer in offers}
    kinds = [(kind.value, kind.label) for kind in Reward.Kind if kind.value in there]
    return {"categories": categories, "kinds": kinds if len(kinds) > 1 else []}
