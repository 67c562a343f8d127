"""The demo shop's shelves, and what stands on them for which aisle."""

import polars as pl

from config.demo import households
from config.demo.aisles import CATEGORY_BY_AISLE, aisle_of
from config.demo.assortment import ARTICLES, CATEGORIES, MIXED_PAINT, find_article


class TestAssortment:
    def test_gives_every_article_a_key_of_its_own_in_a_known_category(self) -> None:
        assert len({article.key for article in ARTICLES}) == len(ARTICLES) == 120
        assert {article.category for article in ARTICLES} == {c.key for c in CATEGORIES}

    def test_names_everything_in_both_languages(self) -> None:
        assert all(thing.nl and thing.en for thing in (*ARTICLES, *CATEGORIES))

    def test_stands_in_order_of_price(self) -> None:
        for category in CATEGORIES:
            prices = [a.from_cents for a in ARTICLES[:MIXED_PAINT] if a.category == category.key]
            assert prices == sorted(prices)
            assert prices[0] == 0


class TestFindArticle:
    def test_picks_from_the_price_band(self) -> None:
        found = [find_article(category="paint", cents=cents, choice=0) for cents in (0, 119, 120)]
        assert [ARTICLES[n].key for n in found] == ["colour_tester", "colour_tester", "hobby_paint"]

    def test_picks_the_same_for_the_same_choice(self) -> None:
        found = [find_article(category="paint", cents=9_999, choice=choice) for choice in (7, 7)]
        assert [ARTICLES[n].key for n in found] == ["wall_paint_large"] * 2

    def test_never_picks_what_is_sold_by_measure(self) -> None:
        found = {
            find_article(category="paint", cents=cents, choice=choice)
            for cents in range(0, 2_000, 10)
            for choice in range(4)
        }
        assert MIXED_PAINT not in found


class TestAisles:
    def test_cover_everything_that_is_in_the_package(self) -> None:
        products = pl.read_parquet(households._data() / "products.parquet")
        kinds = products.select("product_category", "product_type").unique().rows()
        aisles = {aisle_of(category=category, product_type=kind) for category, kind in kinds}
        assert aisles == set(CATEGORY_BY_AISLE)

    def test_lead_to_known_categories(self) -> None:
        paid_for = {category.key for category in CATEGORIES} - {"samples"}
        assert set(CATEGORY_BY_AISLE.values()) == paid_for

    def test_tell_the_catch_all_apart_by_type(self) -> None:
        assert aisle_of(category="COUPON/MISC ITEMS", product_type="GASOLINE-REG") == "FUEL"
        assert aisle_of(category="COUPON/MISC ITEMS", product_type="A GIFT CARD") == "GIFT CARDS"
        assert aisle_of(category=None, product_type=None) == ""
