"""What points buy, as staff keep it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Required, TypedDict, Unpack

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Model

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
from rewards.kinds import Partner, Proof, Tender, proof_of, read_terms, written
from rewards.models import CodePool, Reward, RewardCategory, Stock
from rewards.services.stock import spread_stock

MOST_POINTS = 10_000_000


class RewardSaid(TypedDict, total=False):
    """What staff say of a reward; what is left out is as in `_UNSAID`."""

    name_nl: Required[str]
    name_en: Required[str]
    points: Required[int]
    kind: str
    terms: Mapping[str, Any] | None
    category_id: int | None
    position: int
    description_nl: str
    description_en: str
    small_print_nl: str
    small_print_en: str
    money: Decimal
    tier_points: Mapping[str, int] | None
    cost: Decimal | None
    budget: Decimal | None
    is_listed: bool
    visible_from: datetime | None
    visible_until: datetime | None
    available_from: datetime | None
    available_until: datetime | None
    voucher_valid_days: int
    limit_per_member: int | None
    limit_days: int | None
    tiers: Sequence[str]
    segments: Sequence[str]
    channels: Sequence[str]
    locations: Sequence[str]
    is_bearer: bool
    is_offline: bool
    stacking: str
    stacking_group: str
    undo_minutes: int


_LISTS = ("tiers", "segments", "channels", "locations")
_UNSAID: dict[str, Any] = {
    "kind": Reward.Kind.GIFT,
    "terms": None,
    "category_id": None,
    "position": 0,
    **dict.fromkeys(("description_nl", "description_en", "small_print_nl", "small_print_en"), ""),
    "money": Decimal(0),
    "tier_points": None,
    **dict.fromkeys(("cost", "budget", "limit_per_member", "limit_days")),
    "is_listed": True,
    **dict.fromkeys(("visible_from", "visible_until", "available_from", "available_until")),
    "voucher_valid_days": 90,
    **dict.fromkeys(_LISTS, ()),
    "is_bearer": True,
    "is_offline": False,
    "stacking": Reward.Stacking.FREELY,
    "stacking_group": "",
    "undo_minutes": 15,
}


@transaction.atomic
def save_reward(
    *,
    programme_id: int,
    key: str,
    actor: str,
    at: datetime,
    reward_id: int | None = None,
    **said: Unpack[RewardSaid],
) -> Reward:
    """Draft a reward, or with `reward_id` change it; what members have taken stays as it was.

    `terms` are those of its kind (rewards.kinds), which it keeps once it was live. The stock
    follows the budget: no more than it pays for at that cost each. Raises InvalidRequest, which
    names the field, and NotFound.
    """
    reward = Reward() if reward_id is None else _locked(reward_id)
    if reward_id is not None and (reward.programme_id, reward.key) != (programme_id, key):
        raise InvalidRequest("A reward keeps its key and its programme.", field="key")
    values: dict[str, Any] = {**_UNSAID, **said}
    _check_kind(reward, values["kind"])
    if values["budget"] is not None and not values["cost"]:
        raise InvalidRequest("A budget needs what one costs.", field="cost")
    exact = {
        "programme_id": programme_id,
        "key": key,
        "terms": kept_terms(
            programme_id, values["kind"], values["terms"] or {}, is_offline=values["is_offline"]
        ),
        "category_id": _category(programme_id, values["category_id"]),
        "tier_points": _tier_points(values["tier_points"] or {}),
        **{name: list(values[name]) for name in _LISTS},
    }
    _assign(reward, {**values, **exact})
    reward.save()
    announce(RewardChanged, reward, actor, at)
    _follow_budget(reward, actor, at)
    return reward


@transaction.atomic
def publish_reward(*, reward_id: int, actor: str, at: datetime) -> Reward:
    """Offer a reward to members; one that is live already stays so. Raises NotFound."""
    reward = _locked(reward_id)
    if reward.state != Reward.State.LIVE:
        reward.state = Reward.State.LIVE
        reward.save(update_fields=["state"])
        announce(RewardPublished, reward, actor, at)
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
        announce(RewardStopped, reward, actor, at)
    return reward


@transaction.atomic
def set_stock(*, reward_id: int, total: int | None, actor: str, at: datetime) -> Stock:
    """Say how many of a reward there are, those already taken from the stock included.

    Where the reward's budget pays for fewer, there are so many; without a total there are as many
    as it pays for. Raises NotFound, and InvalidRequest when fewer than have been taken, or when
    neither is said.
    """
    reward = _locked(reward_id)
    paid_for = budgeted(reward)
    if total is None and paid_for is None:
        raise InvalidRequest("Say how many there are.", field="total")
    effective = min(number for number in (total, paid_for) if number is not None)
    stock, taken = spread_stock(reward=reward, total=effective)
    stock.counted = total
    stock.save(update_fields=["counted"])
    event = StockSet(
        subject=None, occurred_at=at, reward=reward.key, actor=actor, total=effective, taken=taken
    )
    publish(event, at=at)
    return stock


@transaction.atomic
def save_category(
    *,
    programme_id: int,
    key: str,
    name_nl: str,
    name_en: str,
    actor: str,
    at: datetime,
    position: int | None = None,
) -> RewardCategory:
    """Keep a shelf of the catalogue under its key; without a position it stays, or comes last.

    Raises InvalidRequest, which names the field. Rewards say by their own events when they move.
    """
    del actor, at  # nobody is told: a shelf is no more than a word
    shelves = RewardCategory.objects.filter(programme_id=programme_id)
    shelf = shelves.filter(key=key).first() or RewardCategory(
        programme_id=programme_id, key=key, position=shelves.count()
    )
    shelf.name_nl, shelf.name_en = name_nl, name_en
    shelf.position = shelf.position if position is None else position
    clean(shelf)
    shelf.save()
    return shelf


def budgeted(reward: Reward) -> int | None:
    """How many the reward's budget pays for; None without a budget."""
    if reward.budget is None or not reward.cost:
        return None
    return int(reward.budget // reward.cost)


def kept_terms(
    programme_id: int, kind: str, said: Mapping[str, Any], *, is_offline: bool
) -> dict[str, Any]:
    """The terms as they are kept, whatever they lean on seen to be there. Raises InvalidRequest."""
    terms = read_terms(kind, said)
    match terms:
        case Partner(pool=pool):
            if not CodePool.objects.filter(programme_id=programme_id, key=pool).exists():
                raise InvalidRequest("There is no such pool of codes.", field="terms.pool")
        case Tender(at_least=least, at_most=int(most), step=step):
            if most < -(-least // step) * step:
                raise InvalidRequest("At most is less than at least.", field="terms.at_most")
    if is_offline and proof_of(terms) is not Proof.VOUCHER:
        raise InvalidRequest("Only a voucher can be signed for offline tills.", field="is_offline")
    return written(terms)


def announce(change: type[CatalogueChange], reward: Reward, actor: str, at: datetime) -> None:
    """Tell that staff changed the reward."""
    publish(change(subject=None, occurred_at=at, reward=reward.key, actor=actor), at=at)


def clean(thing: Model) -> None:
    """See that it can be kept. Raises InvalidRequest, which names the field."""
    try:
        thing.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(
            " ".join(messages), field="" if field == NON_FIELD_ERRORS else field
        ) from error


def _locked(reward_id: int) -> Reward:
    reward = Reward.objects.select_for_update(no_key=True).filter(pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward


def _check_kind(reward: Reward, kind: str) -> None:
    if kind not in Reward.Kind.values:
        raise InvalidRequest("There is no such kind of reward.", field="kind")
    if reward.pk and reward.state != Reward.State.DRAFT and reward.kind != kind:
        raise InvalidRequest("What was live keeps its kind; copy it instead.", field="kind")


def _category(programme_id: int, category_id: int | None) -> int | None:
    if category_id is None:
        return None
    shelves = RewardCategory.objects.filter(programme_id=programme_id, pk=category_id)
    if not shelves.exists():
        raise InvalidRequest("There is no such category.", field="category")
    return category_id


def _tier_points(said: Mapping[str, int]) -> dict[str, int]:
    if any(not 0 <= points <= MOST_POINTS for points in said.values()):
        raise InvalidRequest("A price is nought points or more.", field="tier_points")
    return dict(said)


def _assign(reward: Reward, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(reward, name, value)
    clean(reward)


def _follow_budget(reward: Reward, actor: str, at: datetime) -> None:
    """Let the stock be what the budget pays for, if that is another number now."""
    stock = Stock.objects.filter(reward=reward).first()
    paid_for = budgeted(reward)
    counted = stock.counted if stock else None
    limits = [number for number in (counted, paid_for) if number is not None]
    if stock is not None and not limits:
        raise InvalidRequest("Say how many there are: this reward has a stock.", field="budget")
    if limits and (stock is None or stock.total != min(limits)):
        try:
            set_stock(reward_id=reward.pk, total=counted, actor=actor, at=at)
        except InvalidRequest as refusal:
            raise InvalidRequest(refusal.detail, field="budget") from refusal
