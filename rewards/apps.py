from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """What points buy: catalogue, stock, redemption, vouchers."""

    name = "rewards"
