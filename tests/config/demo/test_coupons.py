"""The households' real campaigns: kept as ended ones, of which nothing can be read."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from campaigns.models import Campaign, CampaignNote, Offer, Participant
from config.demo.campaigns import see_to_campaigns, see_to_segments
from config.demo.coupons import load_coupons
from config.demo.households import data_of
from config.demo.loading import anchor_in_use, load_households
from config.demo.shop import open_shop
from loyalty.models import Programme, Transfer
from loyalty.services.rulebook import Rulebook, current_rulebook
from members.models import Activity, Segment, SegmentMembership

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUSEHOLDS = 8


@pytest.fixture
def book() -> Rulebook:
    return current_rulebook(programme_id=open_shop(at=NOW).pk)


def load(book: Rulebook, households: int) -> int:
    load_households(book=book, households=households, chunk=500, at=NOW, say=lambda _: None)
    return load_coupons(book=book, anchor=anchor_in_use(NOW), at=NOW)


def of_first(table: str, households: int) -> int:
    """How many rows of the package are of the first so many households."""
    lines = pl.scan_parquet(data_of("transactions"))
    ids = lines.select(pl.col("household_id").unique().sort().head(households)).collect()
    return pl.read_parquet(data_of(table)).join(ids, on="household_id", how="semi").height


class TestLoadCoupons:
    def test_keeps_every_campaign_ended_without_a_holdout_and_says_why_nothing_can_be_read(
        self, book: Rulebook
    ) -> None:
        load(book, 1)

        campaigns = Campaign.objects.all()
        assert campaigns.count() == 27
        assert set(campaigns.values_list("state", "holdout")) == {("ENDED", 0)}
        assert all(each.starts_at and each.starts_at < NOW for each in campaigns)
        assert all(each.ended_at and each.ended_at <= NOW for each in campaigns)
        assert CampaignNote.objects.filter(text__contains="niet geloot").count() == 27

    def test_has_who_got_them_and_what_they_redeemed_once_however_often(
        self, book: Rulebook
    ) -> None:
        first = load(book, 2)
        points = Transfer.objects.count()
        assert load(book, 2) == 0
        assert Transfer.objects.count() == points

        more = load(book, HOUSEHOLDS)

        assert first + more == of_first("coupon_redemptions", HOUSEHOLDS) > 0
        assert Participant.objects.count() == of_first("campaigns", HOUSEHOLDS) > 0
        assert set(Participant.objects.values_list("state", "arm")) == {("DONE", "main")}
        coupons = Activity.objects.filter(type="coupon")
        assert coupons.count() == first + more
        assert not coupons.filter(occurred_at__gt=NOW).exists()
        assert not coupons.exclude(points=0).exists()


class TestOffersOfTheDemo:
    def test_are_three_live_ones_and_stay_as_they_were_changed(self, book: Rulebook) -> None:
        programme = Programme.objects.get(pk=book.programme_id)
        see_to_campaigns(programme=programme, at=NOW)
        Offer.objects.filter(key="green-home").update(weight=3, state="STOPPED")

        see_to_campaigns(programme=programme, at=NOW + timedelta(days=1))

        told = Offer.objects.order_by("key").values_list("key", "state", "weight")
        assert list(told) == [
            ("autumn-walls", "LIVE", 50),
            ("green-home", "STOPPED", 3),
            ("tape-for-free", "LIVE", 60),
        ]
        assert Offer.objects.get(key="tape-for-free").reward is not None


class TestSegmentsOfTheDemo:
    def test_are_two_live_ones_with_members_in_them(self, book: Rulebook) -> None:
        load(book, HOUSEHOLDS)
        programme = Programme.objects.get(pk=book.programme_id)

        see_to_segments(programme=programme, at=NOW)
        see_to_segments(programme=programme, at=NOW)

        told = Segment.objects.order_by("key").values_list("key", "state")
        assert list(told) == [("painters", "LIVE"), ("regulars", "LIVE")]
        assert set(SegmentMembership.objects.values_list("segment", flat=True)) == {
            "painters",
            "regulars",
        }
