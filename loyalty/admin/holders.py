"""Who holders are and what transfers were booked for. This app knows opaque numbers; others tell."""

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


# --- What a transfer was booked for ------------------------------------------------------------

Proofs = Callable[[set[str]], dict[str, str]]
Found = Callable[[str], list[str]]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Transfers of this source name a thing of an upper app by the first part of their external id.

    `proofs` tells what those things are numbered outside; `found` gives the things so numbered;
    `address` is the page of one.
    """

    proofs: Proofs
    found: Found
    address: Callable[[str], str]
    permission: str  # to open that page


_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """Have what transfers of a source were booked for told by this; done when an app starts."""
    _sources[name] = source


def source_of(name: str) -> Source | None:
    """Who tells of this source, if anybody does."""
    return _sources.get(name)
