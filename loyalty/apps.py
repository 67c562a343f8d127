from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """The programme: accounts, ledger, earning rules; events and outbox."""

    name = "loyalty"
