"""The console's rooms for what members are told: messages, their fate, and how often."""

from campaigns.admin import dispatches, policy, templates

__all__ = ["dispatches", "policy", "templates"]
