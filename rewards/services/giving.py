"""Rewards that members are given: each once for what it is given for, taken, withdrawn, lapsed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from uuid_utils.compat import uuid7

from loyalty.errors import DomainError, InvalidRequest, NotFound
from loyalty.events import publish, publish_all
from loyalty.types import Words
from members.models import Membership
from rewards.errors import GrantOver, RewardSoldOut, RewardUnavailable
from rewards.events import GrantLapsed, GrantSaid, GrantWithdrawn, RewardGranted
from rewards.models import Grant, Occasion, Redemption, Reward
from rewards.services import redemption as redemptions
from rewards.services.checking import check_can_be_given
from rewards.surprises import drawn

ACTOR = "system:occasions"
VALID_DAYS = 90  # of what no occasion says
BATCH = 500

State = Grant.State
Way = Occasion.Way


@transaction.atomic
def give(
    *,
    membership_id: int,
    key: str,
    reason: Words,
    actor: str,
    at: datetime,
    reward: Reward | None = None,
    occasion: Occasion | None = None,
) -> Grant:
    """Give a member a reward, or what an occasion gives, once for each key.

    What needs no choice is taken at once; where that is refused (sold out, an address is asked) it
    waits for the member until its last day. The same key again gives the first grant; one that was
    withdrawn before it was taken is open again. Raises NotFound, also for somebody erased or merged.
    """
    if reward is not None:
        check_can_be_given(reward, field="reward")
    membership = _locked(membership_id)
    grant = Grant.objects.filter(membership_id=membership_id, key=key).first()
    if grant is not None and (grant.state != State.WITHDRAWN or _redemption_of(grant)):
        return grant
    grant = grant or Grant(id=uuid7(), membership=membership, key=key)
    grant.occasion, grant.reason, grant.state = occasion, dict(reason), State.OPEN
    grant.reward = reward or _reward_of(occasion, grant.pk)
    grant.is_surprise = occasion is not None and occasion.way == Way.SURPRISE
    days = occasion.valid_days if occasion else VALID_DAYS
    grant.granted_at, grant.ended_at = at, None
    grant.expires_at = _end_of_day(at, days, ZoneInfo(membership.programme.time_zone))
    grant.save()
    _say(RewardGranted, grant, at=at)
    if grant.reward is not None and not grant.is_surprise:
        _take_at_once(grant, grant.reward, actor=actor, at=at)
    return grant


@transaction.atomic
def take_grant(
    *,
    grant_id: UUID,
    channel: str,
    actor: str,
    at: datetime,
    reward_id: int | None = None,
    **wishes: Any,
) -> Redemption:
    """Choose, open or take what was given; it costs nothing. Again gives the same redemption.

    `wishes` are what `redeem_reward` takes besides (choice, delivery, location, order). Raises
    NotFound, GrantOver, InvalidRequest for a reward that is none of the choices, and what
    `redeem_reward` refuses; a surprise that has sold out becomes another of its occasion.
    """
    found = Grant.objects.filter(pk=grant_id).values_list("membership_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such gift.", field="grant")
    _locked(found)  # before the grant, as `give` does
    grant = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("membership", "occasion", "reward")
        .get(pk=grant_id)
    )
    if taken := _redemption_of(grant):
        return taken
    if grant.state != State.OPEN or (grant.expires_at and grant.expires_at <= at):
        raise GrantOver("This gift can no longer be taken.", field="grant")
    take = _take_surprise if grant.is_surprise else _take
    chosen = _chosen(grant, reward_id)
    return take(grant, chosen, channel=channel, actor=actor, at=at, wishes=wishes)


@transaction.atomic
def withdraw_grants(
    *, membership_id: int, keys: Sequence[str], actor: str, at: datetime
) -> list[Grant]:
    """Take back what was given under these keys, as far as it was not used.

    What is open is withdrawn; what was taken is cancelled if its redemption still lets it.
    """
    _locked(membership_id)
    grants = Grant.objects.filter(
        membership_id=membership_id, key__in=keys, state__in=[State.OPEN, State.TAKEN]
    )
    withdrawn: list[Grant] = []
    for grant in grants.select_related("membership", "occasion", "reward").order_by("pk"):
        if redemption := _redemption_of(grant):
            try:
                with transaction.atomic():
                    redemptions.cancel_redemption(redemption_id=redemption.pk, actor=actor, at=at)
            except DomainError:
                continue  # used, sent or a partner's code: the member has it
        _end(grant, State.WITHDRAWN, at=at)
        _say(GrantWithdrawn, grant, at=at)
        withdrawn.append(grant)
    return withdrawn


@transaction.atomic
def lapse_grants(*, at: datetime, limit: int = BATCH) -> int:
    """Let what nobody chose or opened in time lapse; how many of at most `limit`."""
    over = Grant.objects.filter(state=State.OPEN, expires_at__lte=at).order_by("pk")
    grants = list(
        over.select_for_update(of=("self",), skip_locked=True).select_related(
            "membership", "occasion", "reward"
        )[:limit]
    )
    Grant.objects.filter(pk__in=[grant.pk for grant in grants]).update(
        state=State.LAPSED, ended_at=at
    )
    if grants:
        publish_all([_said(GrantLapsed, grant, at=at) for grant in grants], at=at)
    return len(grants)


def open_grants(membership: Membership, *, at: datetime) -> list[Grant]:
    """What the member may still choose, open or take, the first to lapse first; in one query."""
    mine = Grant.objects.filter(membership=membership, state=State.OPEN, expires_at__gt=at)
    return list(mine.select_related("occasion", "reward").order_by("expires_at", "pk"))


def choices_of(grant: Grant) -> list[Reward]:
    """The rewards that the member chooses from; none when there is nothing to choose."""
    if grant.occasion is None or grant.reward is not None:
        return []
    chosen = Reward.objects.filter(occasions__occasion=grant.occasion)
    return list(chosen.order_by("position", "pk"))


# --- One grant ---------------------------------------------------------------------------------


def _locked(membership_id: int) -> Membership:
    there = Membership.objects.select_for_update(of=("self",), no_key=True)
    found = there.select_related("programme").filter(
        pk=membership_id, member__erased_at=None, member__merged_into=None
    )
    membership = found.first()
    if membership is None:
        raise NotFound("There is no such member.", field="member")
    return membership


def _reward_of(occasion: Occasion | None, grant_id: UUID) -> Reward | None:
    """What the occasion gives under that id; None while it is for the member to choose."""
    if occasion is None:
        raise InvalidRequest("Say what is given.", field="reward")
    if occasion.way == Way.CHOICE:
        return None
    return Reward.objects.get(pk=_draw(_weights(occasion), grant_id))


def _weights(occasion: Occasion) -> dict[int, int]:
    return dict(occasion.choices.values_list("reward_id", "weight"))


def _draw(weights: Mapping[int, int], grant_id: UUID) -> int:
    return drawn(weights, secret=settings.VOUCHER_KEY.encode(), seed=grant_id.bytes)


def _chosen(grant: Grant, reward_id: int | None) -> Reward:
    if grant.reward is not None:
        if reward_id not in (None, grant.reward_id):
            raise InvalidRequest("There is nothing to choose here.", field="reward")
        return grant.reward
    chosen = Reward.objects.filter(occasions__occasion=grant.occasion, pk=reward_id or 0).first()
    if chosen is None:
        raise InvalidRequest("Choose one of the rewards.", field="reward")
    return chosen


def _take_at_once(grant: Grant, reward: Reward, *, actor: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            _take(grant, reward, channel="", actor=actor, at=at, wishes={})
    except DomainError:
        grant.state, grant.ended_at = State.OPEN, None  # it waits for the member


def _take(
    grant: Grant,
    reward: Reward,
    *,
    channel: str,
    actor: str,
    at: datetime,
    wishes: Mapping[str, Any],
) -> Redemption:
    redemption = redemptions.redeem_reward(
        membership_id=grant.membership_id,
        reward_id=reward.pk,
        request_key=f"grant:{grant.pk}",
        channel=channel,
        actor=actor,
        at=at,
        grant_id=grant.pk,
        **wishes,
    )
    grant.reward = reward
    _end(grant, State.TAKEN, at=at)
    return redemption


def _take_surprise(grant: Grant, reward: Reward, **said: Any) -> Redemption:
    """What was drawn; where there is none left of it, what is drawn from the rest."""
    weights = _weights(grant.occasion) if grant.occasion else {}
    while True:
        try:
            with transaction.atomic():
                return _take(grant, reward, **said)
        except (RewardSoldOut, RewardUnavailable):
            weights.pop(reward.pk, None)
            if not weights:
                raise
            reward = Reward.objects.get(pk=_draw(weights, grant.pk))


def _end(grant: Grant, state: Grant.State, *, at: datetime) -> None:
    grant.state, grant.ended_at = state, at
    grant.save(update_fields=["state", "ended_at", "reward"])


def _redemption_of(grant: Grant) -> Redemption | None:
    return Redemption.objects.filter(grant_id=grant.pk).first()


def _end_of_day(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    last = at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)


def _say(event: type[GrantSaid], grant: Grant, *, at: datetime) -> None:
    publish(_said(event, grant, at=at), at=at)


def _said(event: type[GrantSaid], grant: Grant, *, at: datetime) -> GrantSaid:
    is_told = grant.reward is not None and not grant.is_surprise
    return event(
        subject=grant.membership.holder,
        occurred_at=at,
        grant=grant.pk,
        occasion=grant.occasion.key if grant.occasion else "",
        reward=grant.reward.key if is_told and grant.reward else "",
    )
