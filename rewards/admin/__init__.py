"""The console's rooms for what points buy."""

from rewards.admin import catalogue, redemptions

__all__ = ["catalogue", "redemptions"]
