from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """What points buy: catalogue, stock, redemption, vouchers."""

    name = "rewards"

    def ready(self) -> None:
        from rewards.services.proof import register_checks

        register_checks()
