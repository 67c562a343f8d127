"""Whatever is earned, spent, corrected and lapses, in whatever order: ledger and oracle agree."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import ClassVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.errors import InsufficientPoints, KeyConflict
from loyalty.ledger.posting import Posted
from loyalty.models import Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.audit import audit
from loyalty.services.expiry import expire_due_points
from tests.loyalty.ledger.books import NOON, Books
from tests.properties.oracle import Answer, Oracle

MEMBERS = 2

members = st.integers(0, MEMBERS - 1)
amounts = st.integers(1, 60)
keys = st.integers(0, 5).map(lambda number: f"few-{number}")  # so few that they come again
waits = st.sampled_from([timedelta(0), timedelta(0), timedelta(days=1), timedelta(days=9)])
terms = st.sampled_from([None, timedelta(days=1), timedelta(days=4), timedelta(days=15)])

STATE = """
SELECT a.id, a.balance, a.version,
       (SELECT coalesce(array_agg(ARRAY[l.granted, l.remaining] ORDER BY l.id), '{}')
        FROM loyalty_lot l WHERE l.account_id = a.id),
       (SELECT coalesce(sum(remaining), 0)::bigint FROM ledger_usable_lots(a.id, %s, false))
FROM loyalty_account a WHERE a.id = ANY(%s) ORDER BY a.id
"""
TOTALS = "SELECT account_kind, points FROM audit_programme WHERE unit = %s"


class LedgerMachine(RuleBasedStateMachine):
    """Two members and a clock that only goes forward."""

    steps: ClassVar[int] = 0
    audited: ClassVar[int] = 0

    @initialize()
    def open_the_books(self) -> None:
        self._undo = ExitStack()
        self._undo.enter_context(transaction.atomic())
        self._undo.callback(transaction.set_rollback, True)
        self.now = NOON
        self.books = Books(members=MEMBERS)
        self.oracle = Oracle(MEMBERS)
        self._fresh = self._seen = 0

    def teardown(self) -> None:
        if hasattr(self, "_undo"):
            try:
                self.audit_is_clean()
            finally:
                self._undo.close()

    # --- what happens ------------------------------------------------------------------------

    @rule(member=members, points=amounts, term=terms, pending=waits)
    def earn(self, member: int, points: int, term: timedelta | None, pending: timedelta) -> None:
        self._earn(member, points, self._fresh_key(), term, pending)

    @rule(member=members, points=amounts, key=keys, term=terms)
    def earn_under_a_used_key(
        self, member: int, points: int, key: str, term: timedelta | None
    ) -> None:
        self._earn(member, points, key, term, timedelta(0))

    @rule(member=members, points=amounts)
    def spend(self, member: int, points: int) -> None:
        self._spend(member, points, self._fresh_key())

    @rule(member=members, points=amounts, key=keys)
    def spend_under_a_used_key(self, member: int, points: int, key: str) -> None:
        self._spend(member, points, key)

    @rule(member=members)
    def spend_all_there_is(self, member: int) -> None:
        if usable := self.oracle.holdings[member].usable(self.now):
            self._spend(member, usable, self._fresh_key())

    @rule(member=members, points=amounts, key=keys, sign=st.sampled_from([1, -1]))
    def adjust(self, member: int, points: int, key: str, sign: int) -> None:
        if sign > 0:
            expected = self.oracle.give(
                member=member,
                points=points,
                key=f"adjustment:{key}",
                giver="ADJUSTMENT",
                good_from=self.now,
                good_until=None,
            )
        else:
            expected = self.oracle.take(
                member=member,
                points=points,
                key=f"adjustment:{key}",
                taker="ADJUSTMENT",
                now=self.now,
            )
        self._agree(
            expected,
            lambda: adjust_points(
                account_id=self.books.accounts[member],
                points=sign * points,
                reason="in the test",
                actor="test",
                at=self.now,
                key=key,
            ),
        )

    @rule(wait=waits)
    def wait(self, wait: timedelta) -> None:
        self.now += wait

    @rule(times=st.integers(1, 2), limit=st.integers(1, 3))
    def expire(self, times: int, limit: int) -> None:
        gone = 0
        for _time in range(times):
            after: int | None = 0
            while after is not None:
                done = expire_due_points(at=self.now, limit=limit, after=after)
                gone, after = gone + done.points, done.last_account
        assert gone == self.oracle.lapse(self.now)

    # --- what must be true -------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def balances_lots_and_usable_points_agree(self) -> None:
        type(self).steps += 1
        with connection.cursor() as cursor:
            cursor.execute(STATE, [self.now, self.books.accounts])
            found = [row[1:] for row in cursor.fetchall()]
        assert found == [
            (
                holding.balance,
                holding.movements,
                [[parcel.granted, parcel.left] for parcel in holding.parcels],
                holding.usable(self.now),
            )
            for holding in self.oracle.holdings
        ]

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def every_fifth_time_the_audit_is_clean_too(self) -> None:
        self._seen += 1
        if self._seen % 5 == 0:
            self.audit_is_clean()

    def audit_is_clean(self) -> None:
        type(self).audited += 1
        assert {f.name: f.examples for f in audit() if f.differences} == {}
        with connection.cursor() as cursor:
            cursor.execute(TOTALS, [self.books.unit_id])
            totals = dict(cursor.fetchall())
        assert {kind: totals[kind] for kind in self.oracle.totals} == self.oracle.totals

    # --- how it is compared ------------------------------------------------------------------

    def _fresh_key(self) -> str:
        self._fresh += 1
        return f"fresh-{self._fresh}"

    def _earn(
        self, member: int, points: int, key: str, term: timedelta | None, pending: timedelta
    ) -> None:
        good_from = self.now + pending
        good_until = good_from + term if term else None
        expected = self.oracle.give(
            member=member,
            points=points,
            key=f"till:{key}",
            giver="ISSUANCE",
            good_from=good_from,
            good_until=good_until,
        )
        self._agree(
            expected,
            lambda: self.books.earn(
                points,
                key,
                member=member,
                at=self.now,
                available_from=good_from,
                expires_at=good_until,
            ),
        )

    def _spend(self, member: int, points: int, key: str) -> None:
        expected = self.oracle.take(
            member=member, points=points, key=f"redemption:{key}", taker="REDEEMED", now=self.now
        )
        self._agree(expected, lambda: self.books.spend(points, key, member=member, at=self.now))

    def _agree(self, expected: Answer, deed: Callable[[], Posted]) -> None:
        """The ledger answers as the oracle does; a repetition gives the stored figures again."""
        before = Transfer.objects.count()
        try:
            posted = deed()
        except InsufficientPoints:
            answer = Answer.INSUFFICIENT
        except KeyConflict:
            answer = Answer.CONFLICT
        else:
            answer = Answer.AGAIN if posted.is_replay else Answer.DONE
            stored = Transfer.objects.get(pk=posted.transfer_id)
            is_gift = stored.credit_version is not None
            assert posted.before == (stored.credit_before if is_gift else stored.debit_before)
            assert posted.after == posted.before + (stored.points if is_gift else -stored.points)
        assert answer == expected
        assert Transfer.objects.count() - before == (expected is Answer.DONE)
