"""What the keys in the conditions of segments are called, for their sentences."""

from collections.abc import Iterable, Sequence
from typing import Any

from members.admin.segment_pickers import Keys, picker, sort_of


def leaves(part: Any) -> list[dict[str, Any]]:
    """The conditions of a document, without how they are joined."""
    if isinstance(part, dict):
        if "attribute" in part:
            return [part]
        return [leaf for below in part.values() for leaf in leaves(below)]
    if isinstance(part, list):
        return [leaf for below in part for leaf in leaves(below)]
    return []


def names_of(documents: Iterable[Any], keys: Keys) -> dict[str, str]:
    """By key, of all keys in the documents; a query for each sort of key, not for each document."""
    wanted: dict[str, dict[str, None]] = {}
    for leaf in (leaf for document in documents for leaf in leaves(document)):
        key = str(leaf["attribute"])
        asked = {sort_of(key, name): value for name, value in leaf.get("with", {}).items()}
        for sort, value in [*asked.items(), (sort_of(key), leaf.get("value"))]:
            wanted.setdefault(sort, {}).update(dict.fromkeys(_texts(value)))
    names: dict[str, str] = {}
    for sort, some in wanted.items():
        if some:
            names |= picker(sort, keys)[1](list(some))
    return names


def _texts(value: Any) -> Sequence[str]:
    each = value if isinstance(value, list) else [value]
    return [key for key in each if isinstance(key, str)]
