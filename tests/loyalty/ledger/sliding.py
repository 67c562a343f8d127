"""Lots on terms other than plain dates, in the words of a test."""

from datetime import datetime

from loyalty.ledger.lot_dates import slide
from loyalty.ledger.posting import call
from tests.loyalty.ledger.books import NOON, Books


def grant(
    books: Books,
    points: int,
    key: str,
    *,
    at: datetime = NOON,
    now: datetime | None = None,
    available_from: datetime | None = None,
    expires_at: datetime | None = None,
    awaits: str = "",
    expiry: str = "",
    is_sliding: bool = False,
    member: int = 0,
    source: str = "activity",
) -> int:
    """Points for something that happened `at` and was heard of `now`; the transfer's id."""
    row = call(
        "ledger_post",
        "EARN",
        books.own["ISSUANCE"],
        books.accounts[member],
        points,
        source,
        key,
        str(points),
        "[]",
        "test",
        at,
        now or at,
        available_from,
        expires_at,
        awaits,
        expiry,
        is_sliding,
    )
    assert row[0] == "POSTED"
    return int(row[1])


def purchase(
    books: Books, points: int, key: str, *, at: datetime, until: datetime, now: datetime
) -> None:
    """A purchase that earns sliding points and keeps those there are alive `until`."""
    grant(books, points, key, at=at, now=now, is_sliding=True)
    slide(books.accounts[0], lapses_at=until, effective_at=at, at=now)
