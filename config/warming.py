"""What all requests share is made before the first of them, by one thread."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec
from django.urls import get_resolver


def warm_up() -> None:
    """Import every view, and have msgspec look at the fields of every struct they brought.

    msgspec looks at a struct when it first meets one, and a second thread that meets it meanwhile
    finds half of it and ends the process (0.22: a null pointer in `StructInfo`). Raises what a
    broken view raises: a server that cannot answer does not start.
    """
    get_resolver().url_patterns  # noqa: B018  reading it imports the views
    for struct in structs():
        with suppress(TypeError):  # has a field that is only ever written, never read
            msgspec.json.Decoder(struct)


def structs() -> set[type[msgspec.Struct]]:
    """All that are imported by now."""
    return set(_below(msgspec.Struct))


def _below(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in struct.__subclasses__():
        yield each
        yield from _below(each)
