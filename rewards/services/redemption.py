"""Rewards for points."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from loyalty.errors import KeyConflict, NotFound
from loyalty.events import publish
from loyalty.services.idempotency import fingerprint_of
from loyalty.services.spending import spend_points
from loyalty.types import Outcome, Reason
from members.models import Membership
from members.selectors import account_of
from rewards.codes import code_of, digest_of
from rewards.errors import LimitReached, RewardSoldOut, RewardUnavailable
from rewards.events import RewardRedeemed
from rewards.models import Redemption, RedemptionStep, Reward, Voucher
from rewards.services.stock import left_in_stock, take_from_stock


@transaction.atomic
def redeem_reward(
    *,
    membership_id: int,
    reward_id: int,
    request_key: str,
    channel: str,
    actor: str,
    at: datetime,
) -> Redemption:
    """Take a reward for points, once per actor's `request_key`, and issue its voucher.

    The same key with the same request gives the first redemption, for ever. Raises NotFound,
    KeyConflict, RewardUnavailable, LimitReached, RewardSoldOut and InsufficientPoints; then
    nothing has changed.
    """
    membership = _locked(membership_id)
    reward = _reward_of(membership, reward_id)
    key = fingerprint_of(membership.programme_id, actor, request_key)
    fingerprint = fingerprint_of(membership_id, reward_id, channel)
    if earlier := _earlier(key, fingerprint):
        return earlier
    _check(reward, membership, at)
    redemption = Redemption(
        id=uuid7(),
        reward=reward,
        membership=membership,
        points=reward.points,
        is_from_stock=left_in_stock(reward.pk) is not None,
        request_key=key,
        fingerprint=fingerprint,
        channel=channel,
        actor=actor,
        redeemed_at=at,
    )
    _pay(redemption)
    _store(redemption)
    RedemptionStep.objects.create(
        redemption=redemption, number=1, name="CAPTURED", actor=actor, at=at
    )
    voucher = _issue_voucher(redemption)
    _take_from_stock(redemption)  # last, for the row is everybody's
    _announce(redemption, voucher)
    return redemption


def voucher_end(*, issued_at: datetime, valid_days: int, zone: ZoneInfo) -> datetime:
    """The moment a voucher lapses: the end of a day in the programme's zone, whole days on."""
    last_day = issued_at.astimezone(zone).date() + timedelta(days=valid_days)
    return datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)


def _locked(membership_id: int) -> Membership:
    """The membership, one redemption of it at a time."""
    locked = Membership.objects.select_for_update(of=("self",), no_key=True)
    membership = locked.select_related("programme").filter(pk=membership_id).first()
    if membership is None:
        raise NotFound("There is no such member.", field="member")
    return membership


def _reward_of(membership: Membership, reward_id: int) -> Reward:
    rewards = Reward.objects.filter(programme_id=membership.programme_id)
    reward = rewards.filter(pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward


def _earlier(key: str, fingerprint: str) -> Redemption | None:
    found = Redemption.objects.select_related("reward", "membership", "voucher")
    earlier = found.filter(request_key=key).first()
    if earlier and earlier.fingerprint != fingerprint:
        raise KeyConflict("This key was used before for a different redemption.")
    return earlier


def _check(reward: Reward, membership: Membership, at: datetime) -> None:
    if not reward.is_available(at=at):
        raise RewardUnavailable("This reward cannot be had now.", field="reward")
    if limit := reward.limit_per_member:
        taken = Redemption.objects.filter(membership=membership, reward=reward).count()
        if taken >= limit:
            raise LimitReached(limit)
    if left_in_stock(reward.pk) == 0:
        raise RewardSoldOut("There are none left of this reward.", field="reward")


def _pay(redemption: Redemption) -> None:
    """Let the member pay; the ledger's transfer carries the redemption's id."""
    reward = redemption.reward
    reason = Reason(
        rule=reward.key,
        version=0,
        outcome=Outcome.APPLIED,
        code="reward_redeemed",
        points=-reward.points,
        name={"nl": reward.name_nl, "en": reward.name_en},
    )
    posted = spend_points(
        account_id=account_of(redemption.membership),
        points=reward.points,
        source="redemption",
        external_id=str(redemption.pk),
        reasons=[reason],
        actor=redemption.actor,
        at=redemption.redeemed_at,
    )
    redemption.balance_after = posted.after


def _store(redemption: Redemption) -> None:
    try:
        redemption.save(force_insert=True)
    except IntegrityError as error:
        # A request of the same member would have waited for the lock: this was another's.
        raise KeyConflict("This key was used before for a different redemption.") from error


def _issue_voucher(redemption: Redemption) -> Voucher:
    voucher_id: UUID = uuid7()
    return Voucher.objects.create(
        id=voucher_id,
        reward=redemption.reward,
        redemption=redemption,
        digest=digest_of(code_of(voucher_id)),
        issued_at=redemption.redeemed_at,
        expires_at=voucher_end(
            issued_at=redemption.redeemed_at,
            valid_days=redemption.reward.voucher_valid_days,
            zone=ZoneInfo(redemption.membership.programme.time_zone),
        ),
    )


def _take_from_stock(redemption: Redemption) -> None:
    if not redemption.is_from_stock:
        return
    take_from_stock(reward_id=redemption.reward_id, lot=redemption.membership_id)


def _announce(redemption: Redemption, voucher: Voucher) -> None:
    event = RewardRedeemed(
        subject=redemption.membership.holder,
        occurred_at=redemption.redeemed_at,
        redemption=redemption.pk,
        reward=redemption.reward.key,
        voucher=voucher.pk,
        points=redemption.points,
        balance=redemption.balance_after,
        channel=redemption.channel,
    )
    publish(event, at=redemption.redeemed_at)
