"""What is asked when a member takes a reward: who, what, whether they may, what it costs."""

import sys
from datetime import datetime, timedelta
from typing import Any

import msgspec
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest
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
from rewards.services.redemption.facts import (
    Asked,
    Found,
    earlier_one,
    locked_member,
    read_facts,
)
from rewards.services.stock import left_in_stock

ANY = sys.maxsize  # the ledger knows best what can be spent, and refuses


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A redemption that is about to be paid, or the one that this very request made before."""

    redemption: Redemption
    terms: Terms
    wish: DeliveryWish | None = None
    account_id: int | None = None  # of the unit that it is paid with
    is_replay: bool = False


def begin(asked: Asked, *, at: datetime) -> Begun:
    """Lock the member, and see whether they may have it now, and for what.

    Raises NotFound, KeyConflict, InvalidRequest, and the gravest reason why they may not.
    """
    membership = locked_member(asked.membership_id)
    key = fingerprint_of(membership.programme_id, asked.actor, asked.request_key)
    found = read_facts(asked, membership, key, at=at)
    reward, terms = found.reward, read_terms(found.reward.kind, found.reward.terms)
    if found.earlier is not None:
        return Begun(redemption=earlier_one(found.earlier, asked), terms=terms, is_replay=True)
    tiers = _tiers(reward, membership, at)
    standing = MemberStanding(
        usable=ANY,
        tiers=tiers,
        segments=segments_of(membership.pk, at=at) if reward.segments else frozenset(),
        taken=found.taken,
        again_at=_again(found),
        left=_left(found, at),
    )
    _check(asked, reward, terms, standing, at)
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
        is_from_stock=found.left is not None,
        request_key=key,
        fingerprint=asked.fingerprint,
        channel=asked.channel,
        location=asked.location,
        order=asked.order,
        choice=checked_choice(terms, asked.choice),
        actor=asked.actor,
        redeemed_at=at,
    )
    wish = checked_wish(terms, asked.delivery)
    return Begun(redemption=redemption, terms=terms, wish=wish, account_id=found.account_id)


def _tiers(reward: Reward, membership: Membership, at: datetime) -> frozenset[str]:
    if not (reward.tiers or reward.tier_points):
        return frozenset()
    return frozenset(held.tier for held in tiers_of(membership, "nl", at=at) if held.tier)


# --- Whether, and for how much -----------------------------------------------------------------


def _check(
    asked: Asked, reward: Reward, terms: Terms, standing: MemberStanding, at: datetime
) -> None:
    refusals = refusals_of(
        reward,
        terms,
        standing,
        at=at,
        channel=asked.channel,
        location=asked.location,
        is_given=asked.is_given,
    )
    if refusals:
        raise refused(refusals[0])


def _left(found: Found, at: datetime) -> int | None:
    """How many are left, once what others did not finish in time is free again."""
    if found.left != 0:
        return found.left
    expire_redemptions(at=at, reward_id=found.reward.pk)  # or somebody else just did
    return left_in_stock(found.reward.pk)


def _again(found: Found) -> datetime | None:
    """When the first of those within the days of the limit falls out of them."""
    if found.reward.limit_days is None or found.first_taken_at is None:
        return None
    return found.first_taken_at + timedelta(days=found.reward.limit_days)


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
