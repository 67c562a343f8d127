"""The books once more, in plain Python: lists of parcels, written without a look at the SQL.

Slow, for one process, and small enough to be believed. The real ledger must agree with it after
every step. An answer is DONE, AGAIN (the key's first answer), NOTHING (there was nothing to do),
or the name of a refusal.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DONE, AGAIN, NOTHING = "DONE", "AGAIN", "NOTHING"
INSUFFICIENT = "InsufficientPoints"
KINDS = ("ISSUANCE", "REDEEMED", "EXPIRED", "ADJUSTMENT", "RETURNED", "DONATED", "OWED")


@dataclass(eq=False)
class Parcel:
    """Points that came together; without a start they wait for an event."""

    granted: int
    left: int
    good_from: datetime | None
    good_until: datetime | None
    lapses: list["Lapse"] = field(default_factory=list)
    lapsed: int = 0
    cancelled: int = 0

    def has_lapsed(self, now: datetime) -> bool:
        return self.good_until is not None and now >= self.good_until

    def is_pending(self, now: datetime) -> bool:
        return self.good_from is None or now < self.good_from

    def is_usable(self, now: datetime) -> bool:
        return not self.is_pending(now) and not self.has_lapsed(now)


@dataclass(eq=False)
class Lapse:
    """Points of one member whose time was up at one moment."""

    member: int
    points: int
    made_good: int = 0


@dataclass(eq=False)
class Earning:
    member: int
    points: int
    parcel: Parcel
    back: int = 0  # taken back or owed
    forgiven: int = 0  # that had lapsed


@dataclass(eq=False)
class Spending:
    member: int
    points: int
    paid: list[tuple[Parcel, int]]
    back: int = 0


@dataclass(eq=False)
class SetAside:
    member: int
    points: int
    since: datetime
    until: datetime
    end: str = ""
    captured: int = 0

    def is_live(self, now: datetime) -> bool:
        return not self.end and now < self.until


@dataclass
class Holding:
    """What one member holds, oldest parcel first."""

    parcels: list[Parcel] = field(default_factory=list)
    holds: list[SetAside] = field(default_factory=list)
    movements: int = 0
    owed: int = 0

    @property
    def balance(self) -> int:
        return sum(parcel.left for parcel in self.parcels)

    def usable(self, now: datetime) -> int:
        return sum(parcel.left for parcel in self.parcels if parcel.is_usable(now))

    def held(self, now: datetime) -> int:
        return sum(hold.points for hold in self.holds if hold.is_live(now))

    def spendable(self, now: datetime) -> int:
        return max(0, self.usable(now) - self.held(now) - self.owed)

    def pay(self, points: int, among: list[Parcel]) -> list[tuple[Parcel, int]]:
        """Take points: those that lapse soonest, then the oldest, those that never do last."""
        paid: list[tuple[Parcel, int]] = []
        ending = sorted(
            (parcel for parcel in among if parcel.good_until is not None),
            key=lambda parcel: parcel.good_until.timestamp() if parcel.good_until else 0.0,
        )
        for parcel in [*ending, *(each for each in among if each.good_until is None)]:
            taken = min(points, parcel.left)
            if taken:
                parcel.left -= taken
                points -= taken
                paid.append((parcel, taken))
        assert points == 0
        return paid


Request = tuple[object, ...]


class Oracle:
    """Holdings, the keys that were used, and what the programme gave out and took in."""

    def __init__(self, members: int, *, goodwill: bool = False) -> None:
        self.holdings = [Holding() for _ in range(members)]
        self.goodwill = goodwill
        self.used: dict[str, Request] = {}
        self.totals = dict.fromkeys(KINDS, 0)
        self.earnings: list[Earning] = []
        self.spendings: list[Spending] = []
        self.lapses: list[Lapse] = []

    # --- points come ---------------------------------------------------------------------------

    def give(
        self,
        *,
        member: int,
        points: int,
        key: str,
        giver: str,
        good_from: datetime | None,
        good_until: datetime | None,
        now: datetime,
    ) -> str:
        """Points to a member, as a parcel of their own."""
        if (answer := self._key(key, ("give", giver, member, points))) != DONE:
            return answer
        parcel = self._add(member, points, good_from, good_until)
        if giver == "ISSUANCE":
            self.earnings.append(Earning(member, points, parcel))
        self.totals[giver] -= points
        self._repay(member, now)
        return DONE

    def make_good(self, lapse: Lapse, points: int, until: datetime | None, now: datetime) -> str:
        """What lapsed is good again, as a new parcel; never more than lapsed."""
        if lapse.made_good + points > lapse.points:
            return "ReinstateExceedsLapsed"
        lapse.made_good += points
        self._add(lapse.member, points, now, until)
        self.totals["EXPIRED"] -= points
        self._repay(lapse.member, now)
        return DONE

    def give_back(
        self, spending: Spending, points: int, goodwill_until: datetime, now: datetime
    ) -> str:
        """Spent points go back to the parcels that paid, the last that paid first."""
        if points > spending.points - spending.back:
            return "RestoreExceedsSpent"
        skip, rest, fresh = spending.back, points, 0
        for parcel, paid in reversed(spending.paid):
            passed = min(skip, paid)
            skip -= passed
            back = min(paid - passed, rest)
            rest -= back
            if back and self.goodwill and parcel.has_lapsed(now):
                fresh += back
            else:
                parcel.left += back
        spending.back += points
        self.holdings[spending.member].movements += 1
        if fresh:
            self.holdings[spending.member].parcels.append(Parcel(fresh, fresh, now, goodwill_until))
        self.totals["REDEEMED"] -= points
        self._repay(spending.member, now)
        return DONE

    # --- points go -----------------------------------------------------------------------------

    def take(self, *, member: int, points: int, key: str, taker: str, now: datetime) -> str:
        """Points from a member, who first repays what they owe."""
        holding = self.holdings[member]
        if key not in self.used and holding.spendable(now) < points:
            return INSUFFICIENT
        if (answer := self._key(key, ("take", taker, member, points))) != DONE:
            return answer
        self._repay(member, now)
        paid = holding.pay(points, self._usable(member, now))
        holding.movements += 1
        self.totals[taker] += points
        if taker == "REDEEMED":
            self.spendings.append(Spending(member, points, paid))
        return DONE

    def move(self, *, giver: int, taker: int, points: int, now: datetime) -> str:
        """Points from one to another, each parcel with the dates that it has."""
        if self.holdings[giver].spendable(now) < points:
            return INSUFFICIENT
        self._repay(giver, now)
        paid = self.holdings[giver].pay(points, self._usable(giver, now))
        self.holdings[giver].movements += 1
        for parcel, part in paid:
            new = Parcel(part, part, parcel.good_from, parcel.good_until)
            self.holdings[taker].parcels.append(new)
        self.holdings[taker].movements += 1
        self._repay(taker, now)
        return DONE

    def take_back(self, earning: Earning, points: int, now: datetime) -> str:
        """A return: its own points first, then others; what is nowhere to be had is owed."""
        if points > earning.points - earning.back:
            return "ReturnExceedsEarned"
        self._repay(earning.member, now)
        holding, own = self.holdings[earning.member], earning.parcel
        free = holding.usable(now) - holding.held(now)
        rest = points
        mine = self._of_its_own(own, rest, free, now)
        rest -= mine
        made_good = sum(lapse.made_good for lapse in own.lapses)
        forgiven = min(rest, max(0, own.lapsed - made_good - earning.forgiven))
        rest -= forgiven
        rest -= min(rest, own.cancelled)
        usable_of_own = mine if own.is_usable(now) else 0
        other = min(rest, max(0, free) - usable_of_own)
        rest -= other
        own.left -= mine
        holding.pay(other, self._usable(earning.member, now))
        holding.movements += mine + other > 0
        holding.owed += rest
        earning.back += mine + other + forgiven + rest
        earning.forgiven += forgiven
        self.totals["EXPIRED"] -= forgiven
        self.totals["OWED"] -= rest
        self.totals["RETURNED"] += mine + other + forgiven + rest
        return DONE if mine + other + forgiven + rest else NOTHING

    @staticmethod
    def _of_its_own(own: Parcel, wanted: int, free: int, now: datetime) -> int:
        """What is left of it; of what can be used, or has lapsed, holds come first."""
        if own.has_lapsed(now):
            return min(wanted, own.left) if free >= 0 else 0
        if own.is_pending(now):
            return min(wanted, own.left)
        return min(wanted, own.left, max(0, free))

    def cancel(self, member: int, parcel: Parcel, now: datetime) -> str:
        """Points that never became usable go."""
        if not parcel.left or not parcel.is_pending(now):
            return NOTHING
        parcel.cancelled += parcel.left
        self.totals["RETURNED"] += parcel.left
        parcel.left = 0
        self.holdings[member].movements += 1
        return DONE

    def forgive(self, member: int, points: int) -> str:
        if points > self.holdings[member].owed:
            return "DebtExceeded"
        self.holdings[member].owed -= points
        self.totals["OWED"] += points
        self.totals["RETURNED"] -= points
        return DONE

    def lapse(self, now: datetime) -> int:
        """Everything whose time is up goes, unless something is set aside; how many points."""
        gone = 0
        for member, holding in enumerate(self.holdings):
            if holding.held(now):
                continue
            ends: dict[datetime, Lapse] = {}
            for parcel in holding.parcels:
                if parcel.good_until is not None and parcel.has_lapsed(now) and parcel.left:
                    lapse = ends.setdefault(parcel.good_until, Lapse(member, 0))
                    lapse.points += parcel.left
                    parcel.lapses.append(lapse)
                    parcel.lapsed += parcel.left
                    gone += parcel.left
                    parcel.left = 0
            holding.movements += len(ends)  # each end is booked at its own moment
            self.lapses += [ends[end] for end in sorted(ends)]
        self.totals["EXPIRED"] += gone
        return gone

    # --- points are set aside ------------------------------------------------------------------

    def hold(self, member: int, points: int, term: timedelta, now: datetime) -> str:
        if self.holdings[member].spendable(now) < points:
            return INSUFFICIENT
        self.holdings[member].holds.append(SetAside(member, points, now, now + term))
        return DONE

    def capture(self, hold: SetAside, points: int, now: datetime) -> str:
        """Spend of what was set aside; what has lapsed since then is still good for it."""
        if hold.end == "CAPTURED":
            return AGAIN if points == hold.captured else "KeyConflict"
        if hold.end or now >= hold.until:
            return "HoldEnded"
        if points > hold.points:
            return "HoldExceeded"
        holding = self.holdings[hold.member]
        good = [
            parcel
            for parcel in holding.parcels
            if not parcel.is_pending(now)
            and (parcel.good_until is None or hold.since < parcel.good_until)
        ]
        paid = holding.pay(points, good)
        hold.end, hold.captured = "CAPTURED", points
        holding.movements += 1
        self.totals["REDEEMED"] += points
        self.spendings.append(Spending(hold.member, points, paid))
        self._repay(hold.member, now)
        return DONE

    def void(self, hold: SetAside, now: datetime) -> str:
        if hold.end == "CAPTURED":
            return "HoldEnded"
        if hold.end:
            return AGAIN
        hold.end = "VOIDED"
        self._repay(hold.member, now)
        return DONE

    # --- dates ---------------------------------------------------------------------------------

    def extend(self, parcel: Parcel, until: datetime, now: datetime) -> str:
        if not parcel.left:
            return "LotEmpty"
        if parcel.has_lapsed(now):
            return "LotLapsed"
        if parcel.good_until is None or until <= parcel.good_until:
            return "InvalidRequest"
        parcel.good_until = until
        return DONE

    def activate(self, parcel: Parcel, until: datetime, now: datetime) -> str:
        if not parcel.left or not parcel.is_pending(now):
            return NOTHING
        parcel.good_from, parcel.good_until = now, until
        return DONE

    # --- how -----------------------------------------------------------------------------------

    def _add(
        self, member: int, points: int, good_from: datetime | None, good_until: datetime | None
    ) -> Parcel:
        parcel = Parcel(points, points, good_from, good_until)
        self.holdings[member].parcels.append(parcel)
        self.holdings[member].movements += 1
        return parcel

    def _usable(self, member: int, now: datetime) -> list[Parcel]:
        return [parcel for parcel in self.holdings[member].parcels if parcel.is_usable(now)]

    def _repay(self, member: int, now: datetime) -> None:
        """A debt is repaid from whatever can be used and is not set aside."""
        holding = self.holdings[member]
        points = min(holding.owed, holding.usable(now) - holding.held(now))
        if points > 0:
            holding.pay(points, self._usable(member, now))
            holding.owed -= points
            holding.movements += 1
            self.totals["OWED"] += points

    def _key(self, key: str, request: Request) -> str:
        if key not in self.used:
            self.used[key] = request
            return DONE
        return AGAIN if self.used[key] == request else "KeyConflict"
