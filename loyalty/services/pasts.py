"""What happened, told again in the order in which it happened: what back-tests are made of.

Loyalty keeps no activities. The app that does registers its archive when it starts.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from loyalty.earning.kept import Returned, ReturnedLine
from loyalty.types import Activity, Award, MemberFacts

__all__ = [
    "Archive",
    "Order",
    "Past",
    "Returned",
    "ReturnedLine",
    "Revised",
    "archive",
    "register_archive",
]

Order = Literal["member", "moment"]


class Revised(NamedTuple):
    """What an activity was worth from some moment on; `cause` is the id of what made it so."""

    cause: UUID
    facts: MemberFacts
    award: Award


class Past(NamedTuple):
    """One activity as it was recorded and judged, with all that came of it later."""

    holder: UUID
    joined_on: date
    id: UUID
    source: str
    external_id: str
    activity: Activity
    original: str  # of a return: the key of its sale, "till:4711"
    returned: Returned  # of a return: what came back
    rule_set: int
    facts: MemberFacts
    award: Award
    line_points: tuple[int, ...]  # as they stand in the lines
    revisions: tuple[Revised, ...]
    is_regrouped: bool = False  # the member was merged with another, or parted, since
    segments: frozenset[str] = frozenset()  # that the member was in, whether rules looked or not

    @property
    def key(self) -> str:
        return f"{self.source}:{self.external_id}"

    @property
    def final(self) -> Award:
        """What it is worth after all that came of it."""
        return self.revisions[-1].award if self.revisions else self.award


class Archive(Protocol):
    """Tells a programme's activities that happened before a moment, in bounded memory.

    Order "member" is one member after the other, and each from their first activity on; "moment"
    is as they happened over all members. Both end with source and external id.
    """

    def count(self, programme_id: int, *, until: datetime) -> int: ...

    def returned(self, programme_id: int, *, until: datetime) -> set[str]:
        """The keys of the sales of which something came back."""

    def tell(self, programme_id: int, *, until: datetime, order: Order) -> Iterator[Past]: ...


_archives: list[Archive] = []


def register_archive(archive: Archive) -> None:
    """Have back-tests ask this archive; done when an app starts. The last one counts."""
    _archives.append(archive)


def archive() -> Archive:
    """The archive that was registered."""
    return _archives[-1]
