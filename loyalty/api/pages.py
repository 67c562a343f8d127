"""Lists a page at a time, from a cursor that says nothing to anybody but us."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from rest_framework.request import Request

from loyalty.errors import InvalidRequest

DEFAULT_LIMIT = 50
MOST = 100
_LARGEST = 2**63 - 1

T = TypeVar("T")


class Page(NamedTuple):
    """Which part of a list is asked for: what comes before an id, so many at most."""

    before: int | None
    limit: int

    def split(self, found: Sequence[T]) -> tuple[Sequence[T], bool]:
        """What to show of the `limit + 1` that were looked up, and whether there is more."""
        return found[: self.limit], len(found) > self.limit


def asked_page(request: Request) -> Page:
    """Read ?cursor= and ?limit=. Raises InvalidRequest for anything else, or nonsense in them."""
    return page_in(query(request, "cursor", "limit"))


def page_in(said: Mapping[str, str]) -> Page:
    """The page that a query asks for, for an address that knows other parameters as well."""
    return Page(_id_in(said["cursor"]), _limit(said["limit"]))


def query(request: Request, *names: str) -> dict[str, str]:
    """The query's values by these names, empty when absent. Raises InvalidRequest for others."""
    asked = request.query_params
    for name in asked:
        if name not in names:
            raise InvalidRequest("This address does not know this parameter.", field=name[:100])
    return {name: asked.get(name, "") for name in names}


def cursor_of(number: int) -> str:
    """The opaque cursor of the last row shown."""
    return urlsafe_b64encode(f"v1:{number}".encode()).decode().rstrip("=")


def _id_in(cursor: str) -> int | None:
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        text = ""
    version, _, number = text.partition(":")
    if version != "v1" or not number.isdigit() or not 0 < int(number[:20]) <= _LARGEST:
        raise InvalidRequest("This cursor is none of ours.", field="cursor")
    return int(number)


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise InvalidRequest(f"A limit is 1 to {MOST}.", field="limit")
    return int(text)
