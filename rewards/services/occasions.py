"""Occasions: drafted, published and stopped by staff. What they give is in services/giving.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import TierSet
from members.models import ProfileField
from rewards.errors import RewardUnavailable
from rewards.models import Occasion, OccasionReward, Reward
from rewards.moments import Birthday, Moment, TierReached, read_moment, written_moment
from rewards.services.checking import check_asks_nothing, check_can_be_given, checked

State = Occasion.State
Way = Occasion.Way


class OccasionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff say of an occasion. `params` is a document of rewards.moments; `rewards` are ids
    with the weight that each has in a surprise: {12: 3, 14: 1}; else the weights say nothing.
    """

    key: str
    name_nl: str
    name_en: str
    moment: str
    way: str
    rewards: Mapping[int, int]
    params: Mapping[str, Any] = {}
    valid_days: int = 30
    tiers: Sequence[str] = ()
    segments: Sequence[str] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@transaction.atomic
def save_occasion(
    *,
    programme_id: int,
    occasion: OccasionDraft,
    actor: str,
    at: datetime,
    occasion_id: int | None = None,
) -> Occasion:
    """Draft an occasion, or with `occasion_id` change it; what was given stays given.

    A published one keeps its moment. Raises NotFound, and InvalidRequest with the field.
    """
    kept = Occasion(programme_id=programme_id, key=occasion.key)
    if occasion_id is not None:
        kept = _locked(programme_id, occasion_id)
        _check_kept(kept, occasion)
    moment = read_moment(occasion.moment, occasion.params)
    rewards = _rewards(programme_id, occasion)
    _check(programme_id, occasion, moment)
    kept.name_nl, kept.name_en = occasion.name_nl, occasion.name_en
    kept.moment, kept.params = occasion.moment, written_moment(moment)
    kept.way, kept.valid_days = occasion.way, occasion.valid_days
    kept.tiers, kept.segments = list(occasion.tiers), list(occasion.segments)
    kept.starts_at, kept.ends_at = occasion.starts_at, occasion.ends_at
    checked(kept, but=("params", "tiers", "segments"))
    kept.save()
    _set_rewards(kept, rewards)
    return kept


@transaction.atomic
def publish_occasion(*, programme_id: int, occasion_id: int, actor: str, at: datetime) -> Occasion:
    """Give from now on, or from its beginning on; one that is live already stays so.

    Raises NotFound, and RewardUnavailable while one of its rewards is not live.
    """
    occasion = _locked(programme_id, occasion_id)
    if occasion.state == State.LIVE:
        return occasion
    if occasion.choices.exclude(reward__state=Reward.State.LIVE).exists():
        raise RewardUnavailable("Publish the rewards of the occasion first.", field="rewards")
    occasion.state = State.LIVE
    occasion.starts_at = occasion.starts_at or at
    occasion.save(update_fields=["state", "starts_at"])
    return occasion


@transaction.atomic
def stop_occasion(*, programme_id: int, occasion_id: int, actor: str, at: datetime) -> Occasion:
    """Give no more; what members were given stays theirs. Raises NotFound."""
    occasion = _locked(programme_id, occasion_id)
    if occasion.state == State.LIVE:
        occasion.state = State.STOPPED
        occasion.save(update_fields=["state"])
    return occasion


def _locked(programme_id: int, occasion_id: int) -> Occasion:
    found = Occasion.objects.select_for_update(no_key=True)
    occasion = found.filter(programme_id=programme_id, pk=occasion_id).first()
    if occasion is None:
        raise NotFound("There is no such occasion.", field="occasion")
    return occasion


def _check_kept(kept: Occasion, occasion: OccasionDraft) -> None:
    if kept.key != occasion.key:
        raise InvalidRequest("An occasion keeps its key.", field="key")
    if kept.state != State.DRAFT and kept.moment != occasion.moment:
        raise InvalidRequest("A published occasion keeps its moment.", field="moment")


def _rewards(programme_id: int, occasion: OccasionDraft) -> Mapping[int, int]:
    _check_number(occasion)
    found = Reward.objects.filter(programme_id=programme_id, pk__in=occasion.rewards)
    if len(found) != len(occasion.rewards):
        raise InvalidRequest("There is no such reward.", field="rewards")
    for reward in found:
        check_can_be_given(reward, field="rewards")
        if occasion.way == Way.SURPRISE:
            check_asks_nothing(reward, field="rewards")
    return occasion.rewards


def _check_number(occasion: OccasionDraft) -> None:
    if occasion.way not in Way.values:
        raise InvalidRequest("There is no such way.", field="way")
    if not occasion.rewards:
        raise InvalidRequest("Name a reward.", field="rewards")
    if occasion.way == Way.GIVE and len(occasion.rewards) > 1:
        raise InvalidRequest("One reward is given; let them choose from several.", field="rewards")
    if occasion.way == Way.CHOICE and len(occasion.rewards) == 1:
        raise InvalidRequest("A choice is between several rewards.", field="rewards")
    if any(not 0 < weight <= 10_000 for weight in occasion.rewards.values()):  # noqa: PLR2004
        raise InvalidRequest("A weight is 1 to 10,000.", field="rewards")


def _check(programme_id: int, occasion: OccasionDraft, moment: Moment) -> None:
    if occasion.moment == Occasion.Moment.BALANCE_REACHED and occasion.way != Way.GIVE:
        raise InvalidRequest("What is paid with points is given, not drawn.", field="way")
    if not 1 <= occasion.valid_days <= 3650:  # noqa: PLR2004
        raise InvalidRequest("It is kept for 1 to 3,650 days.", field="valid_days")
    if occasion.starts_at and occasion.ends_at and occasion.ends_at <= occasion.starts_at:
        raise InvalidRequest("It ends after it begins.", field="ends_at")
    tiers = set(_tier_keys(programme_id))
    if isinstance(moment, TierReached) and moment.tier not in tiers:
        raise InvalidRequest("There is no such tier.", field="params.tier")
    if unknown := set(occasion.tiers) - tiers:
        raise InvalidRequest(f"There is no tier {min(unknown)}.", field="tiers")
    if isinstance(moment, Birthday):
        _check_question(programme_id, moment.question)


def _check_question(programme_id: int, key: str) -> None:
    """Only a date that members are asked for may be used, and only for what they were told."""
    asked = ProfileField.objects.filter(programme_id=programme_id, key=key)
    if not asked.filter(kind=ProfileField.Kind.DATE, state=ProfileField.State.LIVE).exists():
        raise InvalidRequest("Members are asked for no such date.", field="params.question")


def _tier_keys(programme_id: int) -> list[str]:
    policies = TierSet.objects.filter(programme_id=programme_id).values_list("policy", flat=True)
    return [tier["key"] for policy in policies for tier in policy.get("tiers", [])]


def _set_rewards(occasion: Occasion, rewards: Mapping[int, int]) -> None:
    occasion.choices.exclude(reward_id__in=rewards).delete()
    for reward_id, weight in rewards.items():
        OccasionReward.objects.update_or_create(
            occasion=occasion, reward_id=reward_id, defaults={"weight": weight}
        )
