"""What points buy, as staff keep it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from rewards.errors import RewardUnavailable
from rewards.events import (
    CatalogueChange,
    RewardChanged,
    RewardPublished,
    RewardStopped,
    StockSet,
)
from rewards.models import Reward, Stock
from rewards.services.stock import spread_stock


@transaction.atomic
def save_reward(
    *,
    programme_id: int,
    key: str,
    name_nl: str,
    name_en: str,
    points: int,
    actor: str,
    at: datetime,
    reward_id: int | None = None,
    description_nl: str = "",
    description_en: str = "",
    available_from: datetime | None = None,
    available_until: datetime | None = None,
    voucher_valid_days: int = 90,
    limit_per_member: int | None = None,
) -> Reward:
    """Draft a reward, or with `reward_id` change it; what members have taken stays as it was.

    Raises InvalidRequest, which names the field, and NotFound.
    """
    reward = Reward() if reward_id is None else _locked(reward_id)
    if reward_id is not None and (reward.programme_id, reward.key) != (programme_id, key):
        raise InvalidRequest("A reward keeps its key and its programme.", field="key")
    _assign(
        reward,
        {
            "programme_id": programme_id,
            "key": key,
            "name_nl": name_nl,
            "name_en": name_en,
            "points": points,
            "description_nl": description_nl,
            "description_en": description_en,
            "available_from": available_from,
            "available_until": available_until,
            "voucher_valid_days": voucher_valid_days,
            "limit_per_member": limit_per_member,
        },
    )
    reward.save()
    _announce(RewardChanged, reward, actor, at)
    return reward


@transaction.atomic
def publish_reward(*, reward_id: int, actor: str, at: datetime) -> Reward:
    """Offer a reward to members; one that is live already stays so. Raises NotFound."""
    reward = _locked(reward_id)
    if reward.state != Reward.State.LIVE:
        reward.state = Reward.State.LIVE
        reward.save(update_fields=["state"])
        _announce(RewardPublished, reward, actor, at)
    return reward


@transaction.atomic
def stop_reward(*, reward_id: int, actor: str, at: datetime) -> Reward:
    """Offer a reward no longer; vouchers that are out stay good.

    One that was stopped stays so. Raises NotFound, and RewardUnavailable for a draft.
    """
    reward = _locked(reward_id)
    if reward.state == Reward.State.DRAFT:
        raise RewardUnavailable("A draft is not offered to anybody yet.")
    if reward.state == Reward.State.LIVE:
        reward.state = Reward.State.STOPPED
        reward.save(update_fields=["state"])
        _announce(RewardStopped, reward, actor, at)
    return reward


@transaction.atomic
def set_stock(*, reward_id: int, total: int, actor: str, at: datetime) -> Stock:
    """Say how many of a reward there are, those already taken from the stock included.

    Raises NotFound, and InvalidRequest when fewer than have been taken.
    """
    reward = _locked(reward_id)
    stock, taken = spread_stock(reward=reward, total=total)
    event = StockSet(
        subject=None, occurred_at=at, reward=reward.key, actor=actor, total=total, taken=taken
    )
    publish(event, at=at)
    return stock


def _locked(reward_id: int) -> Reward:
    reward = Reward.objects.select_for_update(no_key=True).filter(pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward


def _assign(reward: Reward, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(reward, name, value)
    try:
        reward.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(
            " ".join(messages), field="" if field == NON_FIELD_ERRORS else field
        ) from error


def _announce(change: type[CatalogueChange], reward: Reward, actor: str, at: datetime) -> None:
    publish(change(subject=None, occurred_at=at, reward=reward.key, actor=actor), at=at)
