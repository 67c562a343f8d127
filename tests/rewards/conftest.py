from tests.rewards.callers import shop, shop_factory
from tests.rewards.shop import membership_factory, other_programme, programme, reward_factory

__all__ = [
    "membership_factory",
    "other_programme",
    "programme",
    "reward_factory",
    "shop",
    "shop_factory",
]
