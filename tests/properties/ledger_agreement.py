"""After every step of a random history: what the ledger holds is what the oracle holds."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition

from loyalty.errors import DomainError
from loyalty.models import Lot, Programme
from loyalty.services.audit import audit
from tests.loyalty.ledger.books import NOON, Books
from tests.properties.oracle import AGAIN, DONE, NOTHING, Oracle, Parcel, SetAside

MEMBERS = 2
POOL = MEMBERS  # the household's account comes after those of its members
GOODWILL_DAYS = 10
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Amsterdam")

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


class Agreement(RuleBasedStateMachine):
    """Two members of one household, a clock that only goes forward, and what must hold after each step."""

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
