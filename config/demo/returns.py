"""What the households bring back: one basket in forty, wholly or a piece of it, some days later.

The package knows no returns, so which come back is made out of the baskets' own numbers: the same
for every load, and a history of fewer households is still a beginning of the history of more.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from config.demo.calendar import SHOP_ZONE
from config.demo.households import History, Purchase, purchase_of

KEY = "return:"
ONE_IN = 40
_DAYS = 11  # within so many days, but not before the third
_FIRST_DAY = 3
_WHOLE_ONE_IN = 6


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """A basket that comes back, or `line` of it, counted from 1, and how much of that."""

    sale: Purchase
    external_id: str
    occurred_at: datetime
    line: int | None = None
    quantity: Decimal = Decimal(1)


Deed = Purchase | Return


class Story:
    """All that the households did, by household, then moment; what they brought back included."""

    def __init__(self, history: History, *, anchor: date) -> None:
        until = datetime.combine(anchor, time(), ZoneInfo(SHOP_ZONE)).timestamp()
        number = pl.col("basket")
        days = _FIRST_DAY + number % (_DAYS - _FIRST_DAY)
        back = history.baskets.filter(number % ONE_IN == 0).with_columns(
            at=pl.col("at") + days * int(timedelta(days=1).total_seconds())
        )
        back = back.filter(pl.col("at") < int(until)).with_columns(is_return=True)
        story = pl.concat([history.baskets.with_columns(is_return=False), back])
        self.deeds = story.sort("household", "at", "basket", "is_return", maintain_order=True)

    def __len__(self) -> int:
        return self.deeds.height

    def chunks(self, size: int, *, skip: int = 0) -> Iterator[list[Deed]]:
        """Lists of at most `size` deeds, after the first `skip`; one list is alive at a time."""
        for part in self.deeds.slice(skip).iter_slices(size):
            yield [_deed(row) for row in part.iter_rows()]


def _deed(row: tuple[object, ...]) -> Deed:
    *basket, is_return = row
    purchase = purchase_of(basket)
    return _return(purchase) if is_return else purchase


def _return(again: Purchase) -> Return:
    """`again` is the sale as if it were bought when it came back."""
    number = int(again.external_id.rpartition(":")[2])
    paid = [place for place, line in enumerate(again.activity.lines) if line.amount > 0]
    whole = number // ONE_IN % _WHOLE_ONE_IN == 0 or not paid
    line = None if whole else paid[number // ONE_IN % len(paid)]
    quantity = Decimal(1) if line is None else again.activity.lines[line].quantity
    return Return(
        sale=again,
        external_id=f"{KEY}{number}",
        occurred_at=again.activity.occurred_at.astimezone(UTC),
        line=None if line is None else line + 1,
        quantity=min(quantity, Decimal(1)),
    )
