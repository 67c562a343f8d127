"""Whatever happens to points, in whatever order: ledger and oracle agree after every step."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from loyalty.ledger.lot_dates import Deed, NewDates, cancel_lots, change_lots
from loyalty.models import LotChange, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.debts import forgive_debt
from loyalty.services.donations import donate_points
from loyalty.services.expiry import expire_due_points
from loyalty.services.holds import capture_hold, void_hold
from loyalty.services.lot_dates import extend_lot, reinstate_points
from loyalty.services.pools import spend_from_pool
from tests.properties.ledger_agreement import DAY, GOODWILL_DAYS, MEMBERS, POOL, Agreement
from tests.properties.oracle import AGAIN, DONE

members = st.integers(0, MEMBERS - 1)
amounts = st.integers(1, 60)
places = st.integers(0, 10**6)
keys = st.integers(0, 5).map(lambda number: f"few-{number}")  # so few that they come again
waits = st.sampled_from([timedelta(0), timedelta(0), DAY, 9 * DAY])
terms = st.sampled_from([None, DAY, 4 * DAY, 15 * DAY])


class LedgerMachine(Agreement):
    """What may happen to the points of two members of one household."""

    # --- points come -------------------------------------------------------------------------

    @rule(member=members, points=amounts, term=terms, pending=waits)
    def earn(self, member: int, points: int, term: timedelta | None, pending: timedelta) -> None:
        good_from = self.now + pending
        self._earn(member, points, self._key(), good_from, good_from + term if term else None)

    @rule(member=members, points=amounts, days=st.sampled_from([None, 2, 9]))
    def earn_what_awaits_an_event(self, member: int, points: int, days: int | None) -> None:
        start = self.now + days * DAY if days else None
        self._earn(member, points, self._key(), start, None, awaits="delivered")

    @rule(member=members, points=amounts, key=keys)
    def earn_under_a_used_key(self, member: int, points: int, key: str) -> None:
        self._earn(member, points, key, self.now, None)

    @precondition(lambda self: self.oracle.lapses)
    @rule(place=places, points=st.integers(1, 20), days=st.sampled_from([None, 0, 3]))
    def reinstate(self, place: int, points: int, days: int | None) -> None:
        nth = place % len(self.oracle.lapses)
        expiry = Transfer.objects.filter(kind="EXPIRE").order_by("pk")[nth].pk
        last_day = None if days is None else self._today() + days * DAY
        until = self._end(days) if days is not None else None
        key = self._key()
        self._agree(
            self.oracle.make_good(self.oracle.lapses[nth], points, until, self.now),
            lambda: reinstate_points(transfer_id=expiry, points=points, last_day=last_day,
                                     reason="r", actor="test", at=self.now, key=key),
        )  # fmt: skip

    @precondition(lambda self: self.spent)
    @rule(place=places, points=st.integers(1, 40))
    def give_back(self, place: int, points: int) -> None:
        nth, key = place % len(self.spent), self._key()
        spending = self.oracle.spendings[nth]
        self._agree(
            self.oracle.give_back(spending, points, self._end(GOODWILL_DAYS), self.now),
            lambda: self.books.give_back(
                points, key, spent_by=self.spent[nth], member=spending.member, at=self.now
            ),
        )

    # --- points go -----------------------------------------------------------------------------

    @rule(member=members, points=amounts)
    def spend(self, member: int, points: int) -> None:
        self._spend(member, points, self._key())

    @rule(member=members, points=amounts, key=keys)
    def spend_under_a_used_key(self, member: int, points: int, key: str) -> None:
        self._spend(member, points, key)

    @rule(member=members)
    def spend_all_there_is(self, member: int) -> None:
        if spendable := self.oracle.holdings[member].spendable(self.now):
            self._spend(member, spendable, self._key())

    @rule(member=members, points=amounts, key=keys, sign=st.sampled_from([1, -1]))
    def adjust(self, member: int, points: int, key: str, sign: int) -> None:
        if sign > 0:
            expected = self.oracle.give(
                member=member, points=points, key=f"adjustment:{key}", giver="ADJUSTMENT",
                good_from=self.now, good_until=None, now=self.now,
            )  # fmt: skip
        else:
            expected = self.oracle.take(
                member=member, points=points, key=f"adjustment:{key}", taker="ADJUSTMENT",
                now=self.now,
            )  # fmt: skip
        account = self.books.accounts[member]
        self._agree(
            expected,
            lambda: adjust_points(account_id=account, points=sign * points, reason="in the test",
                                  actor="test", at=self.now, key=key),
        )  # fmt: skip

    @rule(member=members, points=amounts)
    def donate(self, member: int, points: int) -> None:
        key, account = self._key(), self.books.accounts[member]
        self._agree(
            self.oracle.take(
                member=member, points=points, key=key, taker="DONATED", now=self.now
            ),
            lambda: donate_points(account_id=account, points=points, cause="trees", actor="test",
                                  at=self.now, key=key),
        )  # fmt: skip

    @rule(giver=members, points=amounts)
    def move(self, giver: int, points: int) -> None:
        key, taker = self._key(), 1 - giver
        self._agree(
            self.oracle.move(giver=giver, taker=taker, points=points, now=self.now),
            lambda: self.books.give(points, key, giver=giver, taker=taker, at=self.now),
        )

    @rule(member=members, points=amounts)
    def contribute(self, member: int, points: int) -> None:
        key = self._key()
        self._agree(
            self.oracle.move(giver=member, taker=POOL, points=points, now=self.now),
            lambda: self.books.contribute(self.pool, points, key, member=member, at=self.now),
        )

    @rule(member=members, points=st.integers(1, 20))
    def spend_from_the_pool(self, member: int, points: int) -> None:
        key, holder = self._key(), self.books.holder(member)
        expected = self.oracle.take(
            member=POOL, points=points, key=key, taker="REDEEMED", now=self.now
        )
        done = self._agree(
            expected,
            lambda: spend_from_pool(pool_id=self.pool.pk, holder=holder, points=points,
                                    source="pool-spend", external_id=key, reasons=[],
                                    actor="test", at=self.now),
        )  # fmt: skip
        if expected == DONE:
            self.spent.append(done.transfer_id)

    @precondition(lambda self: self.earned)
    @rule(place=places, points=amounts)
    def take_back(self, place: int, points: int) -> None:
        nth, key = place % len(self.earned), self._key()
        earning = self.oracle.earnings[nth]
        self._agree(
            self.oracle.take_back(earning, points, self.now),
            lambda: self.books.take_back(
                points, key, self.earned[nth], member=earning.member, at=self.now
            ),
        )

    @rule(member=members, points=st.integers(1, 20))
    def forgive(self, member: int, points: int) -> None:
        key, account = self._key(), self.books.accounts[member]
        self._agree(
            self.oracle.forgive(member, points),
            lambda: forgive_debt(account_id=account, points=points, reason="r", actor="test",
                                 at=self.now, key=key),
        )  # fmt: skip

    @rule(times=st.integers(1, 2), limit=st.integers(1, 3))
    def expire(self, times: int, limit: int) -> None:
        gone = 0
        for _time in range(times):
            after: int | None = 0
            while after is not None:
                done = expire_due_points(at=self.now, limit=limit, after=after)
                gone, after = gone + done.points, done.last_account
        assert gone == self.oracle.lapse(self.now)
        self._before = self._fingerprint()

    # --- points are set aside ------------------------------------------------------------------

    @rule(member=members, points=amounts, hours=st.sampled_from([1, 30, 100]))
    def hold(self, member: int, points: int, hours: int) -> None:
        key, term = self._key(), timedelta(hours=hours)
        expected = self.oracle.hold(member, points, term, self.now)
        done = self._agree(
            expected, lambda: self.books.hold(points, key, member=member, at=self.now, term=term)
        )
        if expected == DONE:
            self.holds.append((self.oracle.holdings[member].holds[-1], done.hold_id, key))

    @precondition(lambda self: self.holds)
    @rule(place=places, points=amounts, is_whole=st.booleans())
    def capture(self, place: int, points: int, is_whole: bool) -> None:
        hold, hold_id, _key = self.holds[place % len(self.holds)]
        points = hold.points if is_whole else points
        expected = self.oracle.capture(hold, points, self.now)
        done = self._agree(
            expected,
            lambda: capture_hold(
                hold_id=hold_id, points=points, reasons=[], actor="test", at=self.now
            ),
        )
        if expected == DONE:
            self.spent.append(done.transfer_id)

    @precondition(lambda self: self.holds)
    @rule(place=places)
    def void(self, place: int) -> None:
        hold, hold_id, _key = self.holds[place % len(self.holds)]
        self._agree(
            self.oracle.void(hold, self.now),
            lambda: void_hold(hold_id=hold_id, actor="test", at=self.now),
        )

    # --- dates, time and repetitions -----------------------------------------------------------

    @rule(member=members, place=places, days=st.integers(0, 20))
    def extend(self, member: int, place: int, days: int) -> None:
        if found := self._parcel(member, place):
            parcel, lot = found
            key, last_day = self._key(), self._today() + days * DAY
            self._agree(
                self.oracle.extend(parcel, self._end(days), self.now),
                lambda: extend_lot(lot_id=lot, last_day=last_day, reason="r", actor="test",
                                   at=self.now, key=key),
            )  # fmt: skip

    @rule(member=members, place=places)
    def activate(self, member: int, place: int) -> None:
        if found := self._parcel(member, place):
            parcel, lot = found
            by = Deed(source="activation", external_id=self._key(), reason="", actor="test")
            changes = [NewDates(lot=lot, available_from=self.now, expires_at=self.now + 9 * DAY)]
            self._agree(
                self.oracle.activate(parcel, self.now + 9 * DAY, self.now),
                lambda: change_lots(changes, deed=LotChange.Deed.ACTIVATE, by=by, at=self.now),
            )

    @rule(member=members, place=places)
    def cancel(self, member: int, place: int) -> None:
        if found := self._parcel(member, place):
            parcel, lot = found
            by = Deed(source="pending-cancelled", external_id=self._key(), reason="", actor="test")
            account = self.books.accounts[member]
            self._agree(
                self.oracle.cancel(member, parcel, self.now),
                lambda: cancel_lots(account, [lot], request=str(lot), reasons=[], reverses=None,
                                    by=by, at=self.now),
            )  # fmt: skip

    @precondition(lambda self: self.done)
    @rule(place=places)
    def do_something_again(self, place: int) -> None:
        """Whatever was done before: the same key and request change nothing any more."""
        self._agree(AGAIN, self.done[place % len(self.done)])

    @rule(wait=waits)
    def wait(self, wait: timedelta) -> None:
        self.now += wait
