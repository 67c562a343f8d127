from tests.rewards.shop import membership_factory, other_programme, programme, reward_factory

__all__ = ["membership_factory", "other_programme", "programme", "reward_factory"]
