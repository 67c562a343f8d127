"""Who the holders in a list are. This app knows only opaque numbers; the app of people tells."""

from collections.abc import Callable, Sequence

import msgspec


class NamedHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A holder as staff knows them, and where their page is."""

    name: str
    address: str


Namer = Callable[[Sequence[str]], dict[str, NamedHolder]]
_namers: list[Namer] = []


def register_namer(namer: Namer) -> None:
    """Have holders named by this; done when an app starts."""
    _namers.append(namer)


def name_holders(holders: Sequence[str]) -> dict[str, NamedHolder]:
    """Those of the holders that anybody knows."""
    named: dict[str, NamedHolder] = {}
    for namer in _namers:
        named |= namer(holders)
    return named
