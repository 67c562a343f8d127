"""Which events others can be told of, and what each says."""

from collections.abc import Iterator
from functools import cache
from inspect import cleandoc

import msgspec

from loyalty.events import DomainEvent

INTERNAL = "_asked.v1"
"""Work that the house hands to itself; a campaign's own webhook is the exception."""
EXCEPT = frozenset({"campaigns.webhook_asked.v1"})


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event: its name, in words, and what its `data` has."""

    name: str
    meaning: str
    data: tuple[str, ...]


@cache
def outgoing() -> tuple[EventType, ...]:
    """All kinds, by name; first asked when every app is loaded."""
    kinds = {
        each.name: each
        for each in _below(DomainEvent)
        if "name" in vars(each) and (not each.name.endswith(INTERNAL) or each.name in EXCEPT)
    }
    return tuple(
        EventType(
            name=name,
            meaning=cleandoc(kind.__doc__ or "").partition("\n")[0],
            data=tuple(f for f in kind.__struct_fields__ if f not in {"subject", "occurred_at"}),
        )
        for name, kind in sorted(kinds.items())
    )


@cache
def outgoing_names() -> frozenset[str]:
    """The names of all kinds."""
    return frozenset(each.name for each in outgoing())


def _below(kind: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
