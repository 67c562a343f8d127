"""The console's rooms for people: members, what they do, and the colleagues who look at it."""

from members.admin import activities, colleagues, keys, members

__all__ = ["activities", "colleagues", "keys", "members"]
