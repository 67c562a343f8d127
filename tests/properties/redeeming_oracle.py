"""Redemptions as plain Python: points in lots, one stock, and the steps of each redemption."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

UNDO = timedelta(minutes=15)


@dataclass
class Parcel:
    """Points earned together; those that lapse last are spent last."""

    number: int
    left: int
    until: datetime | None

    def is_good(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@dataclass
class Taken:
    """One redemption, with what it took from which parcel."""

    member: int
    points: int
    state: str
    until: datetime | None = None  # of what is set aside
    undo_until: datetime | None = None
    since: datetime | None = None
    paid: list[tuple[Parcel, int]] = field(default_factory=list)
    is_from_stock: bool = True
    is_used: bool = False


class Oracle:
    """What must be so. A deed answers what it comes to: "done", "same", or the refusal's name."""

    def __init__(self, members: int, stock: int) -> None:
        self.parcels: list[list[Parcel]] = [[] for _ in range(members)]
        self.total = self.left = stock
        self.taken: list[Taken] = []

    def earn(self, member: int, points: int, until: datetime | None) -> None:
        number = sum(len(own) for own in self.parcels)
        self.parcels[member].append(Parcel(number, points, until))

    def spendable(self, member: int, at: datetime) -> int:
        good = sum(each.left for each in self.parcels[member] if each.is_good(at))
        return good - self.held(member, at)

    def held(self, member: int, at: datetime) -> int:
        mine = (each for each in self.taken if each.member == member)
        return sum(
            each.points
            for each in mine
            if each.state == "AUTHORISED" and each.until > at  # type: ignore[operator]
        )

    def expire(self, at: datetime) -> int:
        over = [each for each in self.taken if each.state == "AUTHORISED" and each.until <= at]  # type: ignore[operator]
        for each in over:
            each.state = "EXPIRED"
            self._back(each)
        return len(over)

    def take(self, member: int, points: int, at: datetime, term: timedelta | None) -> str:
        over = [each for each in self.taken if each.state == "AUTHORISED" and each.until <= at]  # type: ignore[operator]
        if self.left + len(over) == 0:
            return "RewardSoldOut"
        if self.spendable(member, at) < points:
            return "InsufficientPoints"
        if self.left == 0:
            self.expire(at)
        self.left -= 1
        one = Taken(member, points, "AUTHORISED", since=at)
        self.taken.append(one)
        if term is None:
            self._pay(one, at, at)
        else:
            one.until = at + term
        return "done"

    def capture(self, one: Taken, at: datetime) -> str:
        if one.state in ("CAPTURED", "FULFILLED", "RETURNED"):
            return "same"
        if one.state != "AUTHORISED":
            return "WrongStep"
        if one.until <= at:  # type: ignore[operator]
            return "HoldEnded"
        self._pay(one, at, one.since or at)
        return "done"

    def cancel(self, one: Taken, at: datetime, *, by_member: bool) -> str:
        if one.state in ("CANCELLED", "EXPIRED"):
            return "same"
        if one.state not in ("AUTHORISED", "CAPTURED"):
            return "WrongStep"
        if by_member and one.state == "CAPTURED" and at >= one.undo_until:  # type: ignore[operator]
            return "NotCancellable"
        self._give_back(one)
        one.state = "CANCELLED"
        return "done"

    def fulfil(self, one: Taken) -> str:
        if one.state == "FULFILLED":
            return "same"
        if one.state != "CAPTURED":
            return "WrongStep"
        one.state = "FULFILLED"
        return "done"

    def reopen(self, one: Taken) -> str:
        if one.state == "CAPTURED":
            return "same"
        if one.state != "FULFILLED":
            return "WrongStep"
        one.state = "CAPTURED"
        return "done"

    def bring_back(self, one: Taken) -> str:
        if one.state == "RETURNED":
            return "same"
        if one.state != "FULFILLED":
            return "WrongStep"
        self._give_back(one)
        one.state = "RETURNED"
        return "done"

    def _pay(self, one: Taken, at: datetime, since: datetime) -> None:
        """Soonest to lapse first, as it was when they were set aside."""
        good = [each for each in self.parcels[one.member] if each.left and each.is_good(since)]
        good.sort(key=lambda each: (each.until is None, each.until or at, each.number))
        wanted = one.points
        for parcel in good:
            taken = min(wanted, parcel.left)
            if taken:
                parcel.left -= taken
                one.paid.append((parcel, taken))
            wanted -= taken
        one.state, one.undo_until = "CAPTURED", at + UNDO

    def _give_back(self, one: Taken) -> None:
        for parcel, points in one.paid:
            parcel.left += points
        self._back(one)

    def _back(self, one: Taken) -> None:
        if one.is_from_stock:
            one.is_from_stock = False
            self.left += 1
