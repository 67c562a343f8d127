"""Offers on the member's pages."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Offer, OfferContact
from campaigns.services.offers import OfferDraft, publish_offer, save_offer
from members.models import Membership
from members.services.consents import record_consent
from tests.portal.shop import STAFF, Shop
from tests.portal.test_pages import text


def offer(shop: Shop, key: str, **said: Any) -> Offer:
    """A live offer that is called after its key."""
    words = {
        "title_nl": f"{key} nl",
        "title_en": f"{key} en",
        "text_nl": f"Over {key}",
        "text_en": f"About {key}",
    }
    draft = OfferDraft(key=key, **{**words, **said})
    at, programme_id = shop.opened_at, shop.programme.pk
    kept = save_offer(programme_id=programme_id, offer=draft, actor=STAFF, at=at)
    return publish_offer(programme_id=programme_id, offer_id=kept.pk, actor=STAFF, at=at)


def agree(member: Membership, at: datetime) -> None:
    record_consent(
        member_id=member.member_id,
        purpose="PROFILING",
        channel="ANY",
        is_given=True,
        text_version="1",
        touchpoint="portal",
        actor="member",
        at=at,
    )


def queries(client: Client) -> int:
    """How many the home page asks."""
    with CaptureQueriesContext(connection) as asked:
        text(client, "/")
    return len(asked)


class TestHome:
    def test_shows_three_with_why_and_counts_them_once_a_day(
        self, portal: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        agree(anna, now)
        shop.sell("20.00", category="paint", at=now - timedelta(days=2))
        shop.sell("20.00", category="paint", at=now - timedelta(days=1))
        for key in ["one", "two", "three"]:
            offer(shop, key)
        offer(shop, "brushes", categories=["paint"], weight=1)

        page = text(portal, "/")
        text(portal, "/")

        assert "brushes en" in page
        assert "You bought paint twice in the past 30 days." in page
        assert page.count('class="panel stack stack-tight chance"') == 3
        counted = OfferContact.objects.values_list("offer__key", "days_shown")
        assert sorted(counted) == [("brushes", 1), ("one", 1), ("three", 1)]

    def test_shows_no_heading_when_there_is_nothing(self, portal: Client) -> None:
        assert 'id="offers"' not in text(portal, "/")

    def test_costs_no_more_with_many_and_one_more_on_the_first_view_of_a_day(
        self, portal: Client, shop: Shop
    ) -> None:
        text(portal, "/")
        bare = queries(portal)
        for key in ["one", "two", "three", "four"]:
            offer(shop, key)

        assert queries(portal) == bare + 1
        assert queries(portal) == bare


class TestPage:
    def test_teaches_when_there_is_none(self, portal: Client) -> None:
        assert "There is none now." in text(portal, "/offers/")

    def test_puts_away_and_fetches_back(self, portal: Client, shop: Shop) -> None:
        offer(shop, "brushes")

        answer = portal.post("/offers/brushes/dismiss/", follow=True)

        page = answer.content.decode()
        assert "You do not see “brushes en” any more." in page
        assert "About brushes" not in page
        assert "brushes" not in text(portal, "/")
        portal.post("/offers/brushes/restore/")
        assert "About brushes" in text(portal, "/offers/")
        assert "About brushes" in text(portal, "/")

    def test_leads_to_the_reward_and_remembers_it(self, portal: Client, shop: Shop) -> None:
        mug = shop.reward("mug", 100)
        offer(shop, "brushes", reward_id=mug.pk)

        answer = portal.post("/offers/brushes/")

        assert answer["Location"] == "/rewards/mug/"
        assert OfferContact.objects.get().followed_at is not None

    def test_leads_to_its_own_page_else_to_how_points_are_earned(
        self, portal: Client, shop: Shop
    ) -> None:
        offer(shop, "brushes", link="https://kleurenco.example/kwasten")
        offer(shop, "paint")

        assert portal.post("/offers/brushes/")["Location"] == "https://kleurenco.example/kwasten"
        assert portal.post("/offers/paint/")["Location"] == "/earn/"

    @pytest.mark.parametrize("deed", ["", "dismiss/", "restore/"])
    def test_knows_no_offer_that_is_not_there(self, portal: Client, shop: Shop, deed: str) -> None:
        draft = OfferDraft(key="late", title_nl="x", title_en="x", text_nl="x", text_en="x")
        save_offer(programme_id=shop.programme.pk, offer=draft, actor=STAFF, at=shop.opened_at)

        answer = portal.post(f"/offers/late/{deed}")

        assert answer.status_code == 404
        assert "This offer is over" in answer.content.decode()
        assert not OfferContact.objects.exists()

    def test_counts_nothing_for_a_program_that_only_looks(self, portal: Client, shop: Shop) -> None:
        offer(shop, "brushes")

        portal.head("/offers/")
        portal.head("/")

        assert not OfferContact.objects.exists()
