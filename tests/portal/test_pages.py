"""What members see on the portal's pages."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.services.tiers import publish_tier_set, save_tier_set
from loyalty.services.units import change_unit_expiry
from members.models import Membership
from members.types import PointsPaid
from tests.portal.shop import CARD, Shop

MOST_QUERIES = 12
PAGES = ["/", "/card/", "/rewards/", "/earn/", "/me/", "/statement/"]


def text(client: Client, address: str) -> str:
    """The page's text, spaces made one."""
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


class TestHome:
    def test_shows_balance_worth_and_why(self, portal: Client, shop: Shop, now: datetime) -> None:
        shop.sell("1200.00", at=now - timedelta(days=3))
        shop.sell("20.00", category="paint", at=now - timedelta(minutes=5))

        page = text(portal, "/")

        assert "Hello Anna" in page
        assert '<span class="balance-points">1,240</span>' in page
        assert "Worth €12.40" in page
        assert "1 point per euro: 1,200 points" in page
        assert "2× points on paint: 20 points" in page
        assert "+40" in page
        assert re.search(r"Utrecht · receipt \d+<", page)

    def test_teaches_who_has_nothing_yet(self, portal: Client) -> None:
        page = text(portal, "/")

        assert '<span class="balance-points">0</span>' in page
        assert "Here you will see what you earned, and why." in page

    def test_tells_what_expires_and_when(self, portal: Client, shop: Shop, now: datetime) -> None:
        change_unit_expiry(
            programme_id=shop.programme.pk,
            code="points",
            expiry={"kind": "term", "months": 1},
            actor="staff:1",
            at=now - timedelta(days=30),
        )
        shop.sell("62.00", at=now - timedelta(days=20))

        page = text(portal, "/")

        assert "62 points" in page
        assert "expire <time" in page
        assert "we always spend the points that expire first" in page

    def test_only_mentions_what_expires_much_later(
        self, portal: Client, shop: Shop, now: datetime
    ) -> None:
        shop.sell("62.00", at=now)

        page = text(portal, "/")

        assert "62 points expire <time" in page
        assert "Use these in time" not in page

    def test_tells_what_a_return_took_back(self, portal: Client, shop: Shop, now: datetime) -> None:
        shop.sell("62.00", at=now - timedelta(days=3))
        shop.take_back(at=now - timedelta(days=1))

        page = text(portal, "/statement/")

        assert "Gone back with a return" in page
        assert re.search(r"Receipt \d+ was returned, in whole or in part", page)
        assert "−62" in page

    def test_tells_what_is_owed_for_points_that_were_spent(
        self, portal: Client, shop: Shop, now: datetime
    ) -> None:
        shop.sell("62.00", at=now - timedelta(days=3))
        shop.sell("10.00", at=now - timedelta(days=2), points_paid=PointsPaid(points=60, amount=6))
        shop.sell("1.00", at=now - timedelta(hours=3))
        shop.take_back(at=now, of="62.00")

        page = text(portal, "/")

        assert "55 points of something you returned were spent already" in page

    def test_shows_the_tier_and_what_it_takes(
        self, portal: Client, shop: Shop, now: datetime
    ) -> None:
        tiers = [{"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 50}]
        policy = {"measure": {"kind": "spend"}, "tiers": tiers}
        tier_set = save_tier_set(
            programme_id=shop.programme.pk,
            key="status",
            name_nl="Status",
            name_en="Status",
            policy=policy,
            actor="staff:1",
            at=now - timedelta(days=9),
        )
        publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=now - timedelta(days=9))
        shop.sell("62.00", at=now - timedelta(days=3))

        page = text(portal, "/")

        assert "<strong>Silver</strong>" in page
        assert "Keep Silver: " in page

    def test_shows_the_nearest_reward(self, portal: Client, shop: Shop, now: datetime) -> None:
        shop.reward("brush", 100)
        shop.reward("roller", 500)
        shop.sell("460.00", at=now)

        page = text(portal, "/")

        assert "Another 40 points to go" in page
        assert "Roller en" in page
        assert "You can have 1 reward now" in page


class TestEveryPage:
    @pytest.mark.parametrize("address", PAGES)
    def test_stays_within_its_queries(
        self,
        portal: Client,
        shop: Shop,
        now: datetime,
        address: str,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for key in range(8):
            shop.reward(f"reward-{key}", 100 + key)
            shop.sell("10.00", at=now)

        # the home page chooses offers in one more, and in another counts them once a day
        with django_assert_max_num_queries(MOST_QUERIES + 2 * (address == "/")):
            assert portal.get(address).status_code == 200

    @pytest.mark.parametrize("address", PAGES)
    def test_is_never_stored_by_caches(self, portal: Client, address: str) -> None:
        assert "no-store" in portal.get(address)["Cache-Control"]

    @pytest.mark.parametrize("address", [page for page in PAGES if page != "/"])
    def test_asks_strangers_to_sign_in(self, client: Client, shop: Shop, address: str) -> None:
        response = client.get(address)

        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={address}"

    @pytest.mark.parametrize("address", PAGES)
    def test_speaks_the_members_language(
        self, portal: Client, anna: Membership, address: str
    ) -> None:
        anna.member.language = "nl"
        anna.member.save()

        page = text(portal, address)

        assert '<html lang="nl">' in page
        assert "Thuis" in page
        assert "Sign out" not in page


class TestCard:
    def test_has_qr_bars_number_and_nothing_else(self, portal: Client) -> None:
        page = text(portal, "/card/")

        assert "2990 0000 00019" in page
        assert 'aria-label="QR code for the till"' in page
        assert 'aria-label="Barcode for the till"' in page
        assert "points" not in page.split("<main")[1].split("</main>")[0].casefold()

    def test_draws_dark_on_white_in_any_scheme(self, portal: Client) -> None:
        assert 'fill="#fff"' in text(portal, "/card/")


class TestEarn:
    def test_tells_the_rules_in_sentences(self, portal: Client) -> None:
        page = text(portal, "/earn/")

        assert "1 point per euro" in page
        assert "2× points on paint" in page


class TestStatement:
    def test_pages_back_to_the_first_movement(
        self, portal: Client, shop: Shop, now: datetime
    ) -> None:
        for day in range(35, 0, -1):
            shop.sell(f"{day}.00", at=now - timedelta(days=day))

        newest = portal.get("/statement/")
        oldest = portal.get(f"/statement/?before={newest.context['earlier']}")

        assert [m.points for m in newest.context["movements"]] == list(range(1, 31))
        assert [m.points for m in oldest.context["movements"]] == [31, 32, 33, 34, 35]
        assert oldest.context["earlier"] is None

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "١", "%00"])
    def test_begins_at_the_newest_for_what_is_no_cursor(
        self, portal: Client, shop: Shop, now: datetime, before: str
    ) -> None:
        shop.sell("5.00", at=now)

        response = portal.get(f"/statement/?before={before}")

        assert [m.points for m in response.context["movements"]] == [5]


class TestLanding:
    def test_tells_visitors_what_they_would_get(self, client: Client, shop: Shop) -> None:
        page = text(client, "/")

        assert "Word lid" in page
        assert "Punten op elke aankoop" in page

    def test_says_so_when_there_is_no_programme_yet(self, client: Client, db: None) -> None:
        assert "Word lid" in text(client, "/")


class TestBrand:
    def test_serves_the_programmes_colours(self, client: Client, shop: Shop) -> None:
        response = client.get("/brand.css")

        assert response["Content-Type"] == "text/css; charset=utf-8"
        assert "--brand:#1f5f4a" in response.content.decode()
        assert "immutable" in response["Cache-Control"]


class TestErrors:
    def test_a_page_that_is_not_there_says_so(self, portal: Client) -> None:
        response = portal.get("/nothing/here/", headers={"accept-language": "en"})

        assert response.status_code == 404
        assert "This page does not exist" in response.content.decode()


def test_card_number_is_the_one_enrolled(portal: Client) -> None:
    assert portal.get("/card/").context["number"] == CARD
