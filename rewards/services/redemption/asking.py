"""What is asked when a member takes a reward: who, what, whether they may, what it costs."""

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest, KeyConflict, NotFound
from loyalty.services.idempotency import fingerprint_of
from members.models import Membership
from members.selectors import tiers_of
from members.services.segments import segments_of
from rewards.eligibility import MemberStanding, price_of, refusals_of, refused
from rewards.errors import RewardUnavailable
from rewards.kinds import CashCard, Tender, Terms, check_tender, read_terms, tender_worth
from rewards.models import Redemption, Reward
from rewards.redeeming import DeliveryWish, checked_choice, checked_wish
from rewards.services.redemption.expiring import expire_redemptions
from rewards.services.stock import left_in_stock

State = Redemption.State
ANY = sys.maxsize  # the ledger knows best what can be spent, and refuses


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to take a reward; with a `term`, to set it aside first."""

    membership_id: int
    reward_id: int
    request_key: str
    channel: str
    actor: str
    location: str = ""
    order: str = ""
    choice: Mapping[str, Any] | None = None
    delivery: DeliveryWish | None = None
    points: int | None = None
    grant_id: UUID | None = None
    unit: str = "points"
    term: timedelta | None = None

    @property
    def fingerprint(self) -> str:
        """What must be the same for a repetition to be the same request."""
        besides = {
            name: getattr(self, name)
            for name in ("location", "order", "choice", "delivery", "points", "grant_id", "term")
            if getattr(self, name)
        }
        if self.unit != "points":
            besides["unit"] = self.unit
        more = [besides] if besides else []
        return fingerprint_of(self.membership_id, self.reward_id, self.channel, *more)

    @property
    def is_given(self) -> bool:
        """Given on an occasion or by a full card: asks neither audience nor limit."""
        return self.grant_id is not None or self.actor.startswith("system:")


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption that is about to be paid, or the one that this very request made before."""

    redemption: Redemption
    terms: Terms
    wish: DeliveryWish | None
    is_replay: bool = False


def begin(asked: Asked, *, at: datetime) -> Begun:
    """Lock the member, and see whether they may have it now, and for what."""
    membership = _locked(asked.membership_id)
    reward = Reward.objects.filter(pk=asked.reward_id, programme_id=membership.programme_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    key = fingerprint_of(membership.programme_id, asked.actor, asked.request_key)
    terms = read_terms(reward.kind, reward.terms)
    if earlier := _earlier(key, asked.fingerprint):
        return Begun(redemption=earlier, terms=terms, wish=None, is_replay=True)
    left, tiers = _check(asked, reward, terms, membership, at)
    wish = checked_wish(terms, asked.delivery)
    points = _price(asked, reward, terms, tiers)
    redemption = Redemption(
        id=uuid7(),
        reward=reward,
        membership=membership,
        grant_id=asked.grant_id,
        unit=asked.unit,
        points=points,
        money=0 if asked.is_given else reward.money,
        worth=_worth(terms, points),
        is_from_stock=left is not None,
        request_key=key,
        fingerprint=asked.fingerprint,
        channel=asked.channel,
        location=asked.location,
        order=asked.order,
        choice=checked_choice(terms, asked.choice),
        actor=asked.actor,
        redeemed_at=at,
    )
    return Begun(redemption=redemption, terms=terms, wish=wish)


def _locked(membership_id: int) -> Membership:
    """The membership, one redemption of it at a time."""
    locked = Membership.objects.select_for_update(of=("self",), no_key=True)
    membership = locked.select_related("programme").filter(pk=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.", field="member")
    return membership


def _earlier(key: str, fingerprint: str) -> Redemption | None:
    found = Redemption.objects.select_related("reward", "membership__programme")
    earlier = found.filter(request_key=key).first()
    if earlier and earlier.fingerprint != fingerprint:
        raise KeyConflict("This key was used before for a different redemption.")
    return earlier


def _check(
    asked: Asked, reward: Reward, terms: Terms, membership: Membership, at: datetime
) -> tuple[int | None, frozenset[str]]:
    """How many are left, and the member's tiers. Raises the gravest refusal."""
    tiers = _tiers(reward, membership, at)
    left = _left(reward, at)
    taken, again_at = _taken(reward, membership, at)
    standing = MemberStanding(
        usable=ANY,
        tiers=tiers,
        segments=segments_of(membership.pk, at=at) if reward.segments else frozenset(),
        taken=taken,
        again_at=again_at,
        left=left,
    )
    found = refusals_of(
        reward,
        terms,
        standing,
        at=at,
        channel=asked.channel,
        location=asked.location,
        is_given=asked.is_given,
    )
    if found:
        raise refused(found[0])
    return left, tiers


def _tiers(reward: Reward, membership: Membership, at: datetime) -> frozenset[str]:
    if not (reward.tiers or reward.tier_points):
        return frozenset()
    return frozenset(held.tier for held in tiers_of(membership, "nl", at=at) if held.tier)


def _left(reward: Reward, at: datetime) -> int | None:
    """How many are left, once what others did not finish in time is free again."""
    left = left_in_stock(reward.pk)
    if left == 0 and expire_redemptions(at=at, reward_id=reward.pk):
        left = left_in_stock(reward.pk)
    return left


def _taken(reward: Reward, membership: Membership, at: datetime) -> tuple[int, datetime | None]:
    """How often the member has it within the days of its limit, and when the first falls out."""
    if reward.limit_per_member is None:
        return 0, None
    mine = Redemption.objects.filter(membership=membership, reward=reward)
    had = mine.exclude(state__in=[State.CANCELLED, State.EXPIRED, State.RETURNED])
    had = had.exclude(state=State.AUTHORISED, expires_at__lte=at)
    if reward.limit_days is None:
        return had.count(), None
    days = timedelta(days=reward.limit_days)
    moments = list(
        had.filter(redeemed_at__gt=at - days)
        .order_by("redeemed_at")
        .values_list("redeemed_at", flat=True)
    )
    return len(moments), moments[0] + days if moments else None


def _price(asked: Asked, reward: Reward, terms: Terms, tiers: frozenset[str]) -> int:
    if asked.grant_id is not None:
        return 0
    if asked.unit != "points":
        if not asked.points:
            raise InvalidRequest("Say how many it is paid with.", field="points")
        return asked.points
    if isinstance(terms, Tender):
        if asked.points is None:
            raise InvalidRequest("Say with how many points to pay.", field="points")
        check_tender(terms, asked.points)
        return asked.points
    price = price_of(reward, terms, tiers)
    if asked.points not in (None, price):
        raise InvalidRequest(f"This costs {price} points.", field="points")
    if price == 0:
        raise RewardUnavailable("This reward is given, not bought.", field="reward")
    return price


def _worth(terms: Terms, points: int) -> Any:
    match terms:
        case Tender():
            return tender_worth(terms, points)
        case CashCard(value=value):
            return value
    return None
