"""Telling other systems: where to, what it looks like, and when to try again."""
