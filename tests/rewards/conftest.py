import pytest

from tests.members.shop import open_shop
from tests.rewards.callers import shop, shop_factory
from tests.rewards.occasions import Town
from tests.rewards.shop import membership_factory, other_programme, programme, reward_factory

__all__ = [
    "membership_factory",
    "other_programme",
    "programme",
    "reward_factory",
    "shop",
    "shop_factory",
]


@pytest.fixture
def town(db: None) -> Town:
    return Town(open_shop())
