"""Every address out of the URLconf, and a fingerprint of all that is kept."""

from collections.abc import Iterator, Mapping
from hashlib import md5

from django.urls import URLPattern, URLResolver, get_resolver

from tests.members.canaries import every_table

# What a request may leave behind without doing anything: its own session, limits, the queue.
OWN_TRACES = {
    "public.django_session",
    "public.usersessions_usersession",
    "public.config_cache",
}


def routes(below: str = "") -> list[str]:
    """Every route of the house that begins with this, its parts that vary left as they are."""
    found = sorted({route for route in _routes(get_resolver(), "") if route.startswith(below)})
    assert found
    return found


def _routes(node: URLResolver | URLPattern, before: str) -> Iterator[str]:
    here = before + str(node.pattern).removeprefix("^/")
    if isinstance(node, URLPattern):
        yield here
        return
    for each in node.url_patterns:
        yield from _routes(each, here)


def filled(route: str, parts: Mapping[str, object]) -> str:
    """The address with these in the place of what varies."""
    for part, value in parts.items():
        route = route.replace(part, str(value))
    assert "<" not in route, f"nothing to put into {route}"
    return f"/{route}"


def everything_kept() -> dict[str, str]:
    """A fingerprint of every table, but of those that a mere request writes to."""
    return {
        table: md5(b"\n".join(sorted(rows.splitlines()))).hexdigest()
        for table, rows in every_table()
        if table not in OWN_TRACES
    }
