"""A programme with its accounts, and postings in the words of a test."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from loyalty.ledger.holdings import spendable
from loyalty.ledger.holds import Held
from loyalty.ledger.posting import Posted, Posting, post
from loyalty.ledger.returns import Restored, Returned
from loyalty.models import Account, Hold, Lot, LotMove, OutboxEvent, Pool, Programme, Transfer
from loyalty.services.accounts import open_member_account, open_programme
from loyalty.services.holds import authorise_points
from loyalty.services.pools import contribute, open_pool
from loyalty.services.returns import restore_points, return_points

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Books:
    """One programme's books. Members are numbers from 0."""

    def __init__(self, slug: str = "shop", *, members: int = 1) -> None:
        unit = open_programme(programme=Programme(slug=slug, name=slug), at=NOON)
        self.unit_id = unit.pk
        self.own = dict(Account.objects.filter(unit=unit).values_list("kind", "pk"))
        self.accounts = [
            open_member_account(programme_id=unit.programme_id, holder=self.holder(number), at=NOON)
            for number in range(members)
        ]

    def earn(
        self,
        points: int,
        key: str,
        *,
        member: int = 0,
        at: datetime = NOON,
        available_from: datetime | None = None,
        expires_at: datetime | None = None,
        source: str = "till",
        **terms: Any,
    ) -> Posted:
        posting = Posting(
            kind=Transfer.Kind.EARN,
            debit_account=self.own["ISSUANCE"],
            credit_account=self.accounts[member],
            points=points,
            source=source,
            external_id=key,
            actor="test",
            effective_at=at,
            available_from=available_from,
            expires_at=expires_at,
            **terms,
        )
        return post(posting, at=at)

    def spend(self, points: int, key: str, *, member: int = 0, at: datetime = NOON) -> Posted:
        posting = Posting(
            kind=Transfer.Kind.REDEEM,
            debit_account=self.accounts[member],
            credit_account=self.own["REDEEMED"],
            points=points,
            source="payment",
            external_id=key,
            actor="test",
            effective_at=at,
        )
        return post(posting, at=at)

    def give(
        self,
        points: int,
        key: str,
        *,
        giver: int,
        taker: int,
        at: datetime = NOON,
        lots: list[int] | None = None,
    ) -> Posted:
        """From one member's account to another's."""
        posting = Posting(
            kind=Transfer.Kind.MOVE,
            debit_account=self.accounts[giver],
            credit_account=self.accounts[taker],
            points=points,
            source="gift",
            external_id=key,
            actor="test",
            effective_at=at,
            lots=lots,
        )
        return post(posting, at=at)

    def hold(
        self,
        points: int,
        key: str,
        *,
        member: int = 0,
        at: datetime = NOON,
        term: timedelta = timedelta(minutes=15),
    ) -> Held:
        return authorise_points(
            account_id=self.accounts[member],
            points=points,
            term=term,
            source="checkout",
            external_id=key,
            actor="test",
            at=at,
        )

    def take_back(
        self,
        points: int,
        key: str,
        *earned_by: int,
        policy: str = "OWED",
        member: int = 0,
        at: datetime = NOON,
    ) -> Returned:
        """A return of what these transfers earned."""
        return return_points(
            account_id=self.accounts[member],
            points=points,
            earned_by=earned_by,
            policy=Programme.ReturnPolicy(policy),
            source="return",
            external_id=key,
            reasons=[],
            actor="test",
            effective_at=at,
            at=at,
        )

    def give_back(
        self, points: int, key: str, *, spent_by: int, member: int = 0, at: datetime = NOON
    ) -> Restored:
        """Spent points come back."""
        return restore_points(
            account_id=self.accounts[member],
            points=points,
            spent_by=spent_by,
            source="cancellation",
            external_id=key,
            reasons=[],
            actor="test",
            effective_at=at,
            at=at,
        )

    def holder(self, member: int) -> UUID:
        return UUID(int=self.unit_id * 1000 + member)

    def open_pool(self, *members: int) -> Pool:
        return open_pool(
            unit_id=self.unit_id,
            holder=UUID(int=self.unit_id * 1000 + 999),
            contributors=[self.holder(member) for member in members],
            actor="test",
            at=NOON,
        )

    def pool_account(self, pool: Pool) -> int:
        return Account.objects.get(holder=pool.holder).pk

    def contribute(
        self, pool: Pool, points: int, key: str, *, member: int = 0, at: datetime = NOON
    ) -> Posted:
        return contribute(
            pool_id=pool.pk,
            holder=self.holder(member),
            points=points,
            actor="test",
            at=at,
            key=key,
        )

    def usable(self, member: int = 0, at: datetime = NOON) -> int:
        return spendable(self.accounts[member], at=at)

    def standing(self, member: int = 0) -> tuple[int, int]:
        """What is in the account, and what its holder owes."""
        account = Account.objects.get(pk=self.accounts[member])
        return account.balance, account.owed

    def remaining(self, member: int = 0) -> list[int]:
        """What remains of each lot, in the order in which they were made."""
        lots = Lot.objects.filter(account=self.accounts[member]).order_by("id")
        return list(lots.values_list("remaining", flat=True))


def moved(transfer_id: int | None) -> list[tuple[int, int]]:
    """Which lots moved in a transfer, as what each granted and what was moved of it."""
    moves = LotMove.objects.filter(transfer=transfer_id).order_by("id")
    return list(moves.values_list("lot__granted", "points"))


def everything() -> list[Sequence[tuple[Any, ...]]]:
    """All rows of the books and what was said, to compare before and after."""
    books = (Account, Transfer, Lot, LotMove, Hold, Pool, OutboxEvent)
    return [list(model.objects.order_by("pk").values_list()) for model in books]
