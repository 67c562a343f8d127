from django.apps import AppConfig


class RewardsConfig(AppConfig):
    """What points buy: catalogue, stock, redemption, vouchers."""

    name = "rewards"

    def ready(self) -> None:
        from rewards import subscribers  # noqa: F401  registers what listens
        from rewards.services import exported, field_uses, keeping, segment_attributes
        from rewards.services.movers import register_movers
        from rewards.services.offline import proof as offline_proof
        from rewards.services.proof import register_checks
        from rewards.services.retention_kinds import register_kinds
        from rewards.services.till_proof import register_checks as register_till_checks

        register_checks()
        register_till_checks()
        offline_proof.register_checks()
        register_movers()
        keeping.register()
        exported.register()
        field_uses.register()
        register_kinds()
        segment_attributes.register()
