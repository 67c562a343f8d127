"""The console's rooms for what members are told: messages, their fate, and how often."""

from campaigns.admin import dispatches, doses, offers, policy, results, suppressions, templates

__all__ = ["dispatches", "doses", "offers", "policy", "results", "suppressions", "templates"]
