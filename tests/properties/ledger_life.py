"""A random life of one account, by all of the ledger's deeds, with time going on."""

from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection

from loyalty.errors import DomainError
from loyalty.ledger.posting import call
from loyalty.models import Account, Lot, Transfer
from loyalty.services.expiry import expire_due_points
from loyalty.services.lot_dates import extend_lot, reinstate_points
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.sliding import grant, purchase

DAY = timedelta(days=1)


class Life:
    """A random life of one account; time goes on with every step."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.books = Books(members=2)
        self.account = self.books.accounts[0]
        self.now = NOON
        self.step = 0
        self.held: list[int] = []

    def advance(self) -> None:
        self.step += 1
        self.now += timedelta(hours=self.random.randrange(1, 30))
        deed = self.random.choice(
            [self.earn, self.earn, self.wait, self.slide, self.spend, self.spend, self.hold,
             self.capture, self.void, self.expire, self.extend, self.reinstate, self.activate,
             self.cancel, self.take_back, self.give]
        )  # fmt: skip
        deed(self.random.randrange(1, 60), f"k-{self.step}")

    def earn(self, points: int, key: str) -> None:
        until = self.now + self.random.randrange(1, 20) * DAY
        self.books.earn(points, key, at=self.now, expires_at=self.random.choice([until, None]))

    def wait(self, points: int, key: str) -> None:
        start = self.random.choice([None, self.now + 3 * DAY])
        grant(self.books, points, key, at=self.now, awaits="sent", available_from=start)

    def slide(self, points: int, key: str) -> None:
        heard = self.now - self.random.choice([0, 0, 3]) * DAY
        purchase(self.books, points, key, at=heard, until=heard + 5 * DAY, now=self.now)

    def spend(self, points: int, key: str) -> None:
        self._try("ledger_post", "REDEEM", self.account, self.books.own["REDEEMED"], points,
                  "pay", key, "f", "[]", "test", self.now, self.now)  # fmt: skip

    def give(self, points: int, key: str) -> None:
        self._try("ledger_post", "MOVE", self.account, self.books.accounts[1], points,
                  "gift", key, "f", "[]", "test", self.now, self.now)  # fmt: skip

    def hold(self, points: int, key: str) -> None:
        row = self._try("ledger_hold", self.account, points, "till", key, "f", "test",
                        self.now + DAY, self.now)  # fmt: skip
        if row[0] == "DONE":
            self.held.append(row[1])

    def capture(self, points: int, key: str) -> None:
        if self.held:
            hold = self.held.pop()
            self._try("ledger_capture", hold, points, "f", "[]", "test", self.now, self.now)

    def void(self, _points: int, _key: str) -> None:
        if self.held:
            self._try("ledger_void", self.held.pop(), "test", self.now)

    def expire(self, _points: int, _key: str) -> None:
        expire_due_points(at=self.now)

    def extend(self, points: int, key: str) -> None:
        lot = self.random.choice(
            list(Lot.objects.filter(account_id=self.account).order_by("pk")) or [Lot(pk=0)]
        )
        try:
            extend_lot(lot_id=lot.pk, last_day=(self.now + points * DAY).date(), reason="r",
                       actor="a", at=self.now, key=key)  # fmt: skip
        except DomainError:
            return

    def reinstate(self, points: int, key: str) -> None:
        expiry = Transfer.objects.filter(kind="EXPIRE").order_by("-id").first()
        try:
            reinstate_points(transfer_id=expiry.pk if expiry else 0, points=points,
                             last_day=(self.now + points * DAY).date(), reason="r",
                             actor="a", at=self.now, key=key)  # fmt: skip
        except DomainError:
            return

    def activate(self, _points: int, key: str) -> None:
        lots = list(Lot.objects.filter(account_id=self.account, awaits="sent").order_by("pk"))
        if lots:
            lot = self.random.choice(lots)
            self._try("ledger_change_lots", "ACTIVATE", [lot.pk], [self.now],
                      [self.now + 9 * DAY], "act", key, "", "test", self.now)  # fmt: skip

    def cancel(self, _points: int, key: str) -> None:
        lots = list(Lot.objects.filter(account_id=self.account).values_list("pk", flat=True))
        self._try("ledger_cancel", self.account, lots, "cancel", key, "f", "[]", "test",
                  self.now, self.now, None)  # fmt: skip

    def take_back(self, points: int, key: str) -> None:
        """More than is there at times, so that there are debts to repay."""
        sales = list(
            Transfer.objects.filter(kind="EARN", credit_account=self.account).order_by("pk")
        )
        if sales:
            sale = self.random.choice(sales)
            lots = list(Lot.objects.filter(transfer=sale).values_list("pk", flat=True))
            self._try("ledger_return", self.account, points, lots, "OWED", "return", key, "f",
                      "[]", "test", self.now, self.now, sale.pk)  # fmt: skip

    def _try(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        return call(function, *arguments)

    def seen(self) -> tuple[Any, ...]:
        """What the ledger itself says at this moment, from the rows as they are."""
        account = Account.objects.get(pk=self.account)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_spendable(%s, %s), ledger_held(%s, %s),"
                " (SELECT coalesce(sum(remaining), 0)::bigint FROM ledger_lots(%s, %s, 'PENDING'))",
                [self.account, self.now] * 3,
            )
            spendable, held, pending = cursor.fetchone()
        lots = [
            (
                lot.pk,
                lot.remaining,
                lot.available_from,
                account.lapses_at if lot.is_sliding else lot.expires_at,
            )
            for lot in Lot.objects.filter(account=account, remaining__gt=0).order_by("pk")
        ]
        return (account.balance, spendable, pending, held, account.owed), lots
