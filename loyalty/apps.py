from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The programme: accounts, ledger, earning rules; events and outbox."""

    name = "loyalty"

    def ready(self) -> None:
        from loyalty import subscribers  # noqa: F401  registers what listens
        from loyalty.services.exports import ledger_tables
        from loyalty.services.proof import register_probes

        register_probes()
        ledger_tables.register()
