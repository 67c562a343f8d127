"""A programme with its accounts, and postings in the words of a test."""

from datetime import UTC, datetime
from uuid import UUID

from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Account, Programme, Transfer
from loyalty.services.accounts import open_member_account, open_programme

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Books:
    """One programme's books. Members are numbers from 0."""

    def __init__(self, slug: str = "shop", *, members: int = 1) -> None:
        unit = open_programme(programme=Programme(slug=slug, name=slug), at=NOON)
        self.unit_id = unit.pk
        self.own = dict(Account.objects.filter(unit=unit).values_list("kind", "pk"))
        self.accounts = [
            open_member_account(
                programme_id=unit.programme_id, holder=UUID(int=unit.pk * 1000 + number), at=NOON
            )
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
    ) -> Posted:
        posting = Posting(
            kind=Transfer.Kind.EARN,
            debit_account=self.own["ISSUANCE"],
            credit_account=self.accounts[member],
            points=points,
            source="till",
            external_id=key,
            actor="test",
            effective_at=at,
            available_from=available_from,
            expires_at=expires_at,
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

    def give(self, points: int, key: str, *, giver: int, taker: int, at: datetime = NOON) -> Posted:
        """From one member's account to another's."""
        posting = Posting(
            kind=Transfer.Kind.ADJUST,
            debit_account=self.accounts[giver],
            credit_account=self.accounts[taker],
            points=points,
            source="gift",
            external_id=key,
            actor="test",
            effective_at=at,
        )
        return post(posting, at=at)
