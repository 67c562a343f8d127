"""The console's rooms for what members are told: messages, their fate, and how often."""

from campaigns.admin import (
    campaigns,
    dispatches,
    doses,
    offers,
    policy,
    results,
    segment_uses,
    suppressions,
    templates,
)

__all__ = [
    "campaigns",
    "dispatches",
    "doses",
    "offers",
    "policy",
    "results",
    "segment_uses",
    "suppressions",
    "templates",
]
