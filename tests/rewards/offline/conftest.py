from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from loyalty.models import Programme
from members.models import Membership
from members.services.enrolment import enrol_member
from rewards.models import Reward, Till, Voucher
from rewards.services.tills import Floor, save_till
from tests.rewards.conftest import (
    membership_factory,
    other_programme,
    programme,
    reward_factory,
    shop,
    shop_factory,
)
from tests.rewards.offline.emulator import Emulator
from tests.rewards.shop import NOON, STAFF, earn, redeem

__all__ = [
    "membership_factory",
    "other_programme",
    "programme",
    "reward_factory",
    "shop",
    "shop_factory",
]

CARD, OTHER_CARD = "2990000000019", "2990000000026"
FLOOR = Floor(value=Decimal(10), total=Decimal(50), count=8, hours=24)


@pytest.fixture
def till_factory(programme: Programme) -> Callable[..., Till]:
    def make(key: str = "till-1", **changes: Any) -> Till:
        said = {"name": key, "location": "Utrecht", "floor": FLOOR}
        return save_till(
            programme_id=programme.pk, key=key, actor=STAFF, at=NOON, **{**said, **changes}
        )

    return make


@pytest.fixture
def emulator_factory(till_factory: Callable[..., Till]) -> Callable[..., Emulator]:
    """Tills that have their pack of noon."""

    def make(key: str = "till-1", **changes: Any) -> Emulator:
        emulator = Emulator(till_factory(key), **changes)
        emulator.fetch(NOON)
        return emulator

    return make


@pytest.fixture
def offline_reward_factory(reward_factory: Callable[..., Reward]) -> Callable[..., Reward]:
    """Rewards for tills without a line; what they are is written straight."""

    def make(key: str, **changes: Any) -> Reward:
        reward = reward_factory(key=key, points=1)
        Reward.objects.filter(pk=reward.pk).update(**{"is_offline": True, **changes})
        return Reward.objects.get(pk=reward.pk)

    return make


@pytest.fixture
def fiver(offline_reward_factory: Callable[..., Reward]) -> Reward:
    return offline_reward_factory("fiver", kind="DISCOUNT", terms={"amount": "5.00"})


@pytest.fixture
def anna(programme: Programme) -> Membership:
    anna = enrol_member(
        programme_id=programme.pk,
        identifiers=[f"card:{CARD}"],
        touchpoint="api",
        actor=STAFF,
        at=NOON,
    )
    earn(anna, 5000)
    return anna


@pytest.fixture
def voucher_factory(anna: Membership, fiver: Reward) -> Callable[..., Voucher]:
    """Vouchers of five euro; changes are written straight, as other services would leave them."""

    def make(reward: Reward = fiver, **changes: Any) -> Voucher:
        voucher = Voucher.objects.get(redemption=redeem(anna, reward))
        Voucher.objects.filter(pk=voucher.pk).update(**changes)
        return Voucher.objects.select_related("reward", "redemption", "batch").get(pk=voucher.pk)

    return make
