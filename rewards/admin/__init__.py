"""The console's rooms for what points buy."""

from rewards.admin import catalogue, fulfilment, grants, of_member, redemptions

__all__ = ["catalogue", "fulfilment", "grants", "of_member", "redemptions"]
