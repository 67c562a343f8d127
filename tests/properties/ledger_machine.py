"""Whatever happens to points, in whatever order: ledger and oracle agree after every step."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.errors import DomainError
from loyalty.ledger.lot_dates import Deed, NewDates, cancel_lots, change_lots
from loyalty.models import Lot, LotChange, Programme, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.audit import audit
from loyalty.services.debts import forgive_debt
from loyalty.services.donations import donate_points
from loyalty.services.expiry import expire_due_points
from loyalty.services.holds import capture_hold, void_hold
from loyalty.services.lot_dates import extend_lot, reinstate_points
from loyalty.services.pools import spend_from_pool
from tests.loyalty.ledger.books import NOON, Books
from tests.properties.oracle import AGAIN, DONE, NOTHING, Oracle, Parcel, SetAside

MEMBERS = 2
POOL = MEMBERS  # the household's account comes after those of its members
GOODWILL_DAYS = 10
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Amsterdam")

members = st.integers(0, MEMBERS - 1)
amounts = st.integers(1, 60)
places = st.integers(0, 10**6)
keys = st.integers(0, 5).map(lambda number: f"few-{number}")  # so few that they come again
waits = st.sampled_from([timedelta(0), timedelta(0), DAY, 9 * DAY])
terms = st.sampled_from([None, DAY, 4 * DAY, 15 * DAY])

STATE = """
SELECT a.balance, a.version, a.owed, ledger_spendable(a.id, %s), ledger_held(a.id, %s),
       (SELECT coalesce(array_agg(ARRAY[l.granted, l.remaining] ORDER BY l.id), '{}')
        FROM loyalty_lot l WHERE l.account_id = a.id),
       (SELECT coalesce(array_agg(l.available_from ORDER BY l.id), '{}')
        FROM loyalty_lot l WHERE l.account_id = a.id),
       (SELECT coalesce(array_agg(l.expires_at ORDER BY l.id), '{}')
        FROM loyalty_lot l WHERE l.account_id = a.id)
FROM loyalty_account a WHERE a.id = ANY(%s) ORDER BY a.id
"""
TOTALS = "SELECT account_kind, points FROM audit_programme WHERE unit = %s"
BUSINESS = ("account", "transfer", "lot", "lotmove", "lotchange", "slide", "hold", "pool",
            "contributor", "outboxevent")  # fmt: skip
FINGERPRINT = "SELECT md5(concat_ws('|', {}))".format(
    ", ".join(
        f"(SELECT string_agg(t::text, ',' ORDER BY t.id) FROM loyalty_{table} t)"
        for table in BUSINESS
    )
)


class LedgerMachine(RuleBasedStateMachine):
    """Two members of one household, and a clock that only goes forward."""

    steps: ClassVar[int] = 0
    audited: ClassVar[int] = 0
    refused: ClassVar[int] = 0

    @initialize(goodwill=st.booleans())
    def open_the_books(self, goodwill: bool) -> None:
        self._undo = ExitStack()
        self._undo.enter_context(transaction.atomic())
        self._undo.callback(transaction.set_rollback, True)
        self.now = NOON
        self.books = Books(members=MEMBERS)
        Programme.objects.update(goodwill_days=GOODWILL_DAYS if goodwill else 0)
        self.pool = self.books.open_pool(*range(MEMBERS))
        self.books.accounts.append(self.books.pool_account(self.pool))
        self.oracle = Oracle(MEMBERS + 1, goodwill=goodwill)
        self.earned: list[int] = []  # the transfers of the oracle's earnings, and so on
        self.spent: list[int] = []
        self.holds: list[tuple[SetAside, int, str]] = []
        self.done: list[Callable[[], Any]] = []
        self._fresh = 0
        self._before = self._fingerprint()

    def teardown(self) -> None:
        if hasattr(self, "_undo"):
            try:
                self.audit_is_clean()
            finally:
                self._undo.close()

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

    # --- what must be true -------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def balances_lots_and_spendable_points_agree(self) -> None:
        type(self).steps += 1
        with connection.cursor() as cursor:
            cursor.execute(STATE, [self.now, self.now, self.books.accounts])
            found = cursor.fetchall()
        assert found == [
            (
                holding.balance,
                holding.movements,
                holding.owed,
                holding.spendable(self.now),
                holding.held(self.now),
                [[parcel.granted, parcel.left] for parcel in holding.parcels],
                [parcel.good_from for parcel in holding.parcels],
                [parcel.good_until for parcel in holding.parcels],
            )
            for holding in self.oracle.holdings
        ]

    def audit_is_clean(self) -> None:
        type(self).audited += 1
        assert {f.name: f.examples for f in audit(quick=True) if f.differences} == {}
        with connection.cursor() as cursor:
            cursor.execute(TOTALS, [self.books.unit_id])
            totals = dict(cursor.fetchall())
        assert {kind: totals.get(kind, 0) for kind in self.oracle.totals} == self.oracle.totals

    # --- how it is compared ------------------------------------------------------------------

    def _agree(self, expected: str, deed: Callable[[], Any]) -> Any:
        """The ledger answers as the oracle does; what is not done leaves every table as it was."""
        result = None
        try:
            with transaction.atomic():
                result = deed()
        except DomainError as refusal:
            answer = type(refusal).__name__
            type(self).refused += 1
        else:
            answer = _answer(result)
        before, self._before = self._before, self._fingerprint()
        if answer == DONE and before == self._before:
            answer = AGAIN if expected == AGAIN else NOTHING
        assert answer == expected
        assert (before == self._before) == (answer != DONE)
        if answer == DONE:
            self.done.append(deed)
        return result

    def _fingerprint(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute(FINGERPRINT)
            return str(cursor.fetchone()[0])

    def _key(self) -> str:
        self._fresh += 1
        return f"fresh-{self._fresh}"

    def _today(self) -> Any:
        return self.now.astimezone(ZONE).date()

    def _end(self, days: int) -> datetime:
        """As the local day ends that is so many days on."""
        return datetime.combine(self._today() + (days + 1) * DAY, time.min, tzinfo=ZONE)

    def _parcel(self, member: int, place: int) -> tuple[Parcel, int] | None:
        parcels = self.oracle.holdings[member].parcels
        if not parcels:
            return None
        nth = place % len(parcels)
        lots = Lot.objects.filter(account_id=self.books.accounts[member]).order_by("pk")
        return parcels[nth], lots.values_list("pk", flat=True)[nth]

    def _earn(
        self,
        member: int,
        points: int,
        key: str,
        good_from: datetime | None,
        good_until: datetime | None,
        *,
        awaits: str = "",
    ) -> None:
        expected = self.oracle.give(
            member=member, points=points, key=f"till:{key}", giver="ISSUANCE",
            good_from=good_from, good_until=good_until, now=self.now,
        )  # fmt: skip
        done = self._agree(
            expected,
            lambda: self.books.earn(points, key, member=member, at=self.now,
                                    available_from=good_from, expires_at=good_until,
                                    awaits=awaits),
        )  # fmt: skip
        if expected == DONE:
            self.earned.append(done.transfer_id)

    def _spend(self, member: int, points: int, key: str) -> None:
        expected = self.oracle.take(
            member=member, points=points, key=f"payment:{key}", taker="REDEEMED", now=self.now
        )
        done = self._agree(
            expected, lambda: self.books.spend(points, key, member=member, at=self.now)
        )
        if expected == DONE:
            self.spent.append(done.transfer_id)


def _answer(result: Any) -> str:
    """What a deed says became of it, as far as it says."""
    if isinstance(result, dict):  # the outcome of each lot
        [outcome] = result.values()
        return AGAIN if outcome == "REPLAYED" else DONE
    if getattr(result, "outcome", "") == "REPLAYED" or getattr(result, "is_replay", False):
        return AGAIN
    return DONE
