"""A year of real households, as purchases at the demo shop."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from config.demo import households
from config.demo.assortment import ARTICLES, CATEGORIES
from config.demo.calendar import anchor_of_loaded, anchor_week, shifted
from config.demo.households import BRANDS, History, Purchase, read_history, taken_at
from config.demo.places import SHOPS, WEBSHOP, place_of
from loyalty.types import Line

ANCHOR = date(2026, 11, 16)


@pytest.fixture(scope="module")
def everyone() -> History:
    return read_history(anchor=ANCHOR)


@pytest.fixture(scope="module")
def two() -> list[Purchase]:
    return [
        purchase
        for chunk in read_history(anchor=ANCHOR, households=2).chunks(1000)
        for purchase in chunk
    ]


@pytest.fixture(scope="module")
def lines(everyone: History) -> Counter[Line]:
    baskets = chain.from_iterable(everyone.chunks(10_000))
    return Counter(chain.from_iterable(basket.activity.lines for basket in baskets))


@pytest.fixture(scope="module")
def package() -> pl.DataFrame:
    return pl.read_parquet(households._data() / "transactions.parquet")


def basket(purchases: list[Purchase], external_id: str) -> Purchase:
    return next(purchase for purchase in purchases if purchase.external_id == external_id)


class TestReadHistory:
    def test_holds_every_household_and_every_basket_with_something_in_it(
        self, everyone: History, package: pl.DataFrame
    ) -> None:
        assert package.height == 1_469_307
        assert len(everyone.households) == 2_469
        assert everyone.lines == 1_469_307 - 8_840
        assert len(everyone) == package["basket_id"].n_unique() - 328 == 155_520

    def test_keeps_every_cent(self, everyone: History, package: pl.DataFrame) -> None:
        cents = (package["sales_value"] * 100).round().cast(pl.Int64).sum()
        assert everyone.amount == Decimal(cents).scaleb(-2) == Decimal("4596039.58")

    def test_of_fewer_households_is_a_beginning_of_that_of_more(self, everyone: History) -> None:
        few = read_history(anchor=ANCHOR, households=40)
        assert len(few.households) == 40
        assert few.baskets.equals(everyone.baskets.head(len(few)))

    def test_is_the_same_when_read_again(self, everyone: History) -> None:
        assert read_history(anchor=ANCHOR).baskets.equals(everyone.baskets)

    def test_knows_a_basket_of_a_shop(self, two: list[Purchase]) -> None:
        found = basket(two, "basket:41008476635")
        assert (found.household, found.source) == (1, "kassa")
        assert found.activity.type == "purchase"
        assert found.activity.channel == "store"
        assert found.activity.location == "Kleur & Co Amsterdam"
        assert found.activity.occurred_at == datetime(2026, 10, 19, 14, 34, 21, tzinfo=UTC)
        assert found.activity.amount == Decimal("8.14")
        assert found.activity.lines == (
            Line(
                product="herb_pot", category="plants", brand="Zuiderlicht", amount=Decimal("5.15")
            ),
            Line(
                product="wall_stickers",
                category="wallpaper",
                brand="Oosterveld",
                amount=Decimal("2.99"),
            ),
        )

    def test_turns_what_was_sold_by_measure_into_litres_of_mixed_paint(self) -> None:
        three = read_history(anchor=ANCHOR, households=3)
        found = basket(next(three.chunks(1000)), "basket:34664653346")
        assert (found.source, found.activity.channel) == ("webshop", "web")
        assert found.activity.lines == (
            Line(
                product="mixed_paint",
                category="paint",
                brand="Kleur & Co",
                quantity=Decimal("6.949"),
                amount=Decimal("20.01"),
            ),
        )

    def test_turns_what_cost_nothing_into_samples(self, lines: Counter[Line]) -> None:
        free: Counter[str] = Counter()
        for line, times in lines.items():
            if line.amount == 0:
                free[line.category] += times
        assert free == {"samples": 2_406}

    def test_uses_only_what_the_shop_has(self, lines: Counter[Line]) -> None:
        assert lines.total() == 1_460_467
        assert {line.category for line in lines} == {category.key for category in CATEGORIES}
        assert {line.product for line in lines} == {article.key for article in ARTICLES}
        assert {line.brand for line in lines} == set(BRANDS)
        assert all(line.quantity > 0 and line.amount >= 0 for line in lines)

    def test_uses_every_place_and_splits_sources_by_store(self, everyone: History) -> None:
        places = Counter(map(place_of, everyone.baskets["store"]))
        assert set(places) == {*SHOPS, WEBSHOP}
        assert (places[WEBSHOP], places.total()) == (29_607, 155_520)


class TestPurchase:
    def test_adds_up(self, two: list[Purchase]) -> None:
        assert len(two) == 70
        assert sum(purchase.activity.amount for purchase in two) == Decimal("3439.68")
        for purchase in two:
            total = sum(line.amount for line in purchase.activity.lines)
            assert total == purchase.activity.amount

    def test_writes_amounts_with_two_digits(self, two: list[Purchase]) -> None:
        amounts = {line.amount for purchase in two for line in purchase.activity.lines}
        assert {amount.as_tuple().exponent for amount in amounts} == {-2}

    def test_comes_by_household_then_moment(self, two: list[Purchase]) -> None:
        order = [(purchase.household, purchase.activity.occurred_at) for purchase in two]
        assert order == sorted(order)


class TestChunks:
    def test_are_of_the_size_asked_and_lose_nothing(self, two: list[Purchase]) -> None:
        chunks = list(read_history(anchor=ANCHOR, households=2).chunks(32))
        assert [len(chunk) for chunk in chunks] == [32, 32, 6]
        assert [purchase for chunk in chunks for purchase in chunk] == two

    def test_go_on_where_an_earlier_load_stopped(self, two: list[Purchase]) -> None:
        chunks = list(read_history(anchor=ANCHOR, households=2).chunks(32, skip=60))
        assert chunks == [two[60:]]

    def test_of_a_finished_load_are_none(self) -> None:
        assert list(read_history(anchor=ANCHOR, households=2).chunks(32, skip=70)) == []


class TestCalendar:
    @pytest.mark.parametrize("day", [16, 18, 22])
    def test_anchors_every_day_of_a_week_alike(self, day: int) -> None:
        assert anchor_week(datetime(2026, 11, day, 12, tzinfo=UTC)) == ANCHOR

    def test_weeks_begin_at_midnight_in_the_shop(self) -> None:
        assert anchor_week(datetime(2026, 11, 15, 22, 59, tzinfo=UTC)) == date(2026, 11, 9)
        assert anchor_week(datetime(2026, 11, 15, 23, 0, tzinfo=UTC)) == ANCHOR

    def test_ends_the_year_on_the_sunday_before_the_anchor(self, everyone: History) -> None:
        moments = everyone.baskets["at"]
        zone = ZoneInfo("Europe/Amsterdam")
        first, last = (datetime.fromtimestamp(at, zone) for at in (moments.min(), moments.max()))
        assert last == datetime(2026, 11, 15, 23, 1, 20, tzinfo=zone)
        assert first == datetime(2025, 11, 16, 6, 53, 26, tzinfo=zone)

    def test_refuses_an_anchor_that_is_no_monday(self) -> None:
        with pytest.raises(ValueError, match="must be a Monday, not Tuesday 17 November 2026"):
            read_history(anchor=date(2026, 11, 17))

    def test_moves_a_skipped_hour_to_the_next(self) -> None:
        # 02:30 in New York on Sunday 26 March 2017, put on the night of 29 March 2026
        night = pl.DataFrame({"at": [datetime(2017, 3, 26, 6, 30), datetime(2017, 3, 26, 7, 30)]})
        anchor = date(2018, 1, 1) + (date(2026, 3, 29) - date(2017, 3, 26))
        seconds = night.select(shifted(pl.col("at"), anchor=anchor))["at"].to_list()
        expected = datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
        assert seconds == [expected, expected]

    def test_finds_the_anchor_back_from_any_purchase(self, everyone: History) -> None:
        for anchor in (ANCHOR, ANCHOR + timedelta(weeks=17)):
            history = read_history(anchor=anchor, households=3)
            for purchase in next(history.chunks(1000))[::20]:
                known = taken_at(purchase.external_id)
                assert known is not None
                occurred = purchase.activity.occurred_at
                assert anchor_of_loaded(taken_at=known, occurred_at=occurred) == anchor


class TestTakenAt:
    def test_knows_no_basket_of_others(self) -> None:
        assert [taken_at(key) for key in ("basket:1", "basket:x", "order-17")] == [None] * 3
