"""The console's rooms for people: members, what they do, and the colleagues who look at it."""

from members.admin import (
    activities,
    cards,
    colleagues,
    consent_texts,
    data_quality,
    duplicates,
    guest_sales,
    imports,
    join_links,
    keys,
    members,
    merging,
    privacy,
    questions,
    retention,
    sign_in_clients,
)

__all__ = [
    "activities",
    "cards",
    "colleagues",
    "consent_texts",
    "data_quality",
    "duplicates",
    "guest_sales",
    "imports",
    "join_links",
    "keys",
    "members",
    "merging",
    "privacy",
    "questions",
    "retention",
    "sign_in_clients",
]
