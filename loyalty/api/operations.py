"""What a view says of itself for the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Operation:
    """One method of a view: its name for client programs, what goes in and what comes out.

    `parameters` are the query's, by name with what they mean. A view holds its operations by
    method: `operations = {"POST": Operation(…)}`.
    """

    id: str
    answers: Mapping[int, type[msgspec.Struct]]
    body: type[msgspec.Struct] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_keyed: bool = False  # wants an Idempotency-Key
    other_bodies: Mapping[str, Any] = field(default_factory=dict)  # content type to JSON Schema


PAGES = {
    "cursor": "Where the page before ended: its `next`.",
    "limit": "How many at most, 1 to 100; 50 when not said.",
}
