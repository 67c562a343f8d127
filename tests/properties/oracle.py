"""The books once more, in plain Python: lists of lots, written without a look at the SQL.

Slow, for one process, and small enough to be believed. The real ledger must agree with it after
every step.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto


class Answer(Enum):
    """What became of a request."""

    DONE = auto()
    AGAIN = auto()
    CONFLICT = auto()
    INSUFFICIENT = auto()


@dataclass
class Parcel:
    """Points that came together."""

    granted: int
    left: int
    good_from: datetime
    good_until: datetime | None

    def has_lapsed(self, now: datetime) -> bool:
        return self.good_until is not None and now >= self.good_until

    def is_usable(self, now: datetime) -> bool:
        return now >= self.good_from and not self.has_lapsed(now)


@dataclass
class Holding:
    """What one member holds, oldest parcel first."""

    parcels: list[Parcel] = field(default_factory=list)
    movements: int = 0

    @property
    def balance(self) -> int:
        return sum(parcel.left for parcel in self.parcels)

    def usable(self, now: datetime) -> int:
        return sum(parcel.left for parcel in self.parcels if parcel.is_usable(now))


Request = tuple[object, ...]


class Oracle:
    """Holdings, the keys that were used, and what the programme gave out and took in."""

    def __init__(self, members: int) -> None:
        self.holdings = [Holding() for _ in range(members)]
        self.used: dict[str, Request] = {}
        self.totals = dict.fromkeys(("ISSUANCE", "REDEEMED", "EXPIRED", "ADJUSTMENT"), 0)

    def give(
        self,
        *,
        member: int,
        points: int,
        key: str,
        giver: str,
        good_from: datetime,
        good_until: datetime | None,
    ) -> Answer:
        """Points to a member, as a parcel of their own."""
        if (answer := self._key(key, ("give", giver, member, points))) is not Answer.DONE:
            return answer
        holding = self.holdings[member]
        holding.parcels.append(Parcel(points, points, good_from, good_until))
        holding.movements += 1
        self.totals[giver] -= points
        return Answer.DONE

    def take(self, *, member: int, points: int, key: str, taker: str, now: datetime) -> Answer:
        """Points from a member: those that lapse soonest, then the oldest, those that never do last."""
        holding = self.holdings[member]
        request = ("take", taker, member, points)
        if key not in self.used and holding.usable(now) < points:
            return Answer.INSUFFICIENT
        if (answer := self._key(key, request)) is not Answer.DONE:
            return answer
        wanted = points
        usable = [parcel for parcel in holding.parcels if parcel.is_usable(now)]
        for parcel in [
            *sorted((p for p in usable if p.good_until), key=lambda p: p.good_until or now),
            *(p for p in usable if p.good_until is None),
        ]:
            taken = min(wanted, parcel.left)
            parcel.left -= taken
            wanted -= taken
        holding.movements += 1
        self.totals[taker] += points
        return Answer.DONE

    def lapse(self, now: datetime) -> int:
        """Everything whose time is up goes; how many points."""
        gone = 0
        for holding in self.holdings:
            ends = set()
            for parcel in holding.parcels:
                if parcel.has_lapsed(now) and parcel.left:
                    ends.add(parcel.good_until)
                    gone += parcel.left
                    parcel.left = 0
            holding.movements += len(ends)  # each end is booked at its own moment
        self.totals["EXPIRED"] += gone
        return gone

    def _key(self, key: str, request: Request) -> Answer:
        if key not in self.used:
            self.used[key] = request
            return Answer.DONE
        return Answer.AGAIN if self.used[key] == request else Answer.CONFLICT
