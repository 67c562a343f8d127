"""Each kind of reward, taken on a phone of 360 pixels: from the catalogue to what proves it."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from loyalty.events import dispatch_pending
from members.models import Membership, User
from tests.journeys.conftest import Scheme, Visitor
from tests.journeys.test_accessibility import sign_in
from tests.portal.kinds import KINDS, given, occasion, partner, stamp_card, stock_shelves
from tests.portal.shop import CARD, Shop

VOUCHERS = ["discount", "product", "delivery", "experience", "early", "card"]
AT_ONCE = ["donation", "multiplier"]


@pytest.fixture
def anna(shop: Shop, now: datetime) -> Membership:
    """With 600 points, who reads English."""
    member = shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
    )
    shop.sell("600.00", at=now - timedelta(hours=1))
    return member


@pytest.fixture
def page(visitor: Visitor, context: BrowserContext, anna: Membership) -> Page:
    sign_in(context, visitor, User.objects.get(email="anna@example.nl"))
    return visitor.page


def find(visitor: Visitor, name: str) -> None:
    """In the catalogue, by its name."""
    visitor.open("/rewards/")
    visitor.page.get_by_role("link", name=re.compile(f"^(Pots.* )?{re.escape(name)}")).click()
    expect(visitor.page.get_by_role("heading", level=1, name=name)).to_be_visible()


def is_well(visitor: Visitor) -> None:
    """No barriers, nothing wider than the screen, and no complaints of the browser."""
    assert visitor.barriers() == []
    assert not visitor.sideways()
    assert visitor.complaints == []


def address(page: Page) -> None:
    page.get_by_label("Street and number").fill("Kerkstraat 1")
    page.get_by_label("Postal code").fill("1234 AB")
    page.get_by_label("Town").fill("Utrecht")


class TestOnAPhone:
    @pytest.mark.parametrize("key", VOUCHERS)
    def test_is_a_code_to_hand_in(self, visitor: Visitor, page: Page, shop: Shop, key: str) -> None:
        stock_shelves(shop)
        find(visitor, KINDS[key][1])
        if key == "delivery":
            page.get_by_label("8–10 pm").check()

        page.get_by_role("button", name=re.compile("^Redeem for")).click()

        expect(page.get_by_role("status")).to_contain_text("It is yours.")
        if key == "early":
            expect(page.get_by_text("This code works from 12 May 2030.")).to_be_visible()
        else:
            code = page.get_by_role("img", name="QR code for the till")
            box = code.bounding_box()
            assert box
            assert box["width"] >= 200
        is_well(visitor)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("What you paid is back with you.")

    @pytest.mark.parametrize("key", AT_ONCE)
    def test_is_done_at_once(self, visitor: Visitor, page: Page, shop: Shop, key: str) -> None:
        stock_shelves(shop)
        find(visitor, KINDS[key][1])

        page.get_by_role("button", name=re.compile("^Redeem for")).click()

        expect(page.get_by_text("nothing left for you to do")).to_be_visible()
        expect(page.get_by_text("Received")).to_be_visible()
        is_well(visitor)

    def test_is_sent_home(self, visitor: Visitor, page: Page, shop: Shop) -> None:
        stock_shelves(shop)
        find(visitor, "Two colour samples")
        page.get_by_role("button", name="Redeem for 100 points").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose at least one sample.")
        is_well(visitor)

        page.get_by_label("Terracotta").check()
        address(page)
        page.get_by_role("button", name="Redeem for 100 points").click()

        expect(page.get_by_text("We pack it for you")).to_be_visible()
        expect(page.get_by_text("Terracotta")).to_be_visible()
        is_well(visitor)

    def test_is_collected_and_then_asks_no_address(
        self, visitor: Visitor, page: Page, shop: Shop
    ) -> None:
        stock_shelves(shop)
        find(visitor, "Linen bag")
        page.get_by_label("Ochre").check()
        page.get_by_label("I collect it in the shop").check()
        expect(page.get_by_label("Street and number")).to_be_hidden()

        page.get_by_role("button", name="Redeem for 350 points").click()

        expect(page.get_by_text("We lay it ready for you")).to_be_visible()
        is_well(visitor)

    def test_is_agreed_on(self, visitor: Visitor, page: Page, shop: Shop) -> None:
        stock_shelves(shop)
        find(visitor, "Colour advice")

        page.get_by_role("button", name="Redeem for 400 points").click()

        expect(page.get_by_text("We will agree on a time with you")).to_be_visible()
        is_well(visitor)

    def test_is_a_partners_code(
        self, visitor: Visitor, page: Page, shop: Shop, now: datetime
    ) -> None:
        partner(shop, at=now)
        find(visitor, "Cinema ticket")
        page.get_by_label("I know that this cannot be undone").check()

        page.get_by_role("button", name="Redeem for 200 points").click()

        expect(page.get_by_text("BIOS-2026-AAAA-7")).to_be_visible()
        is_well(visitor)

    def test_is_points_as_money(self, visitor: Visitor, page: Page, shop: Shop) -> None:
        stock_shelves(shop)
        find(visitor, "Pay with points")

        page.get_by_label("How many points would you like to use?").fill("350")
        page.get_by_role("button", name="What are they worth?").click()

        expect(page.get_by_role("status")).to_contain_text("€3.50")
        is_well(visitor)
        page.get_by_role("link", name="Show your card").click()
        expect(page.get_by_role("img", name="QR code for the till")).to_be_visible()

    def test_is_given_by_a_full_card(
        self, visitor: Visitor, page: Page, shop: Shop, now: datetime
    ) -> None:
        shelves = stock_shelves(shop)
        stamp_card(shop, shelves["product"], stamps=2)
        for minutes in (20, 10):
            shop.sell("15.00", at=now - timedelta(minutes=minutes))
        dispatch_pending(at=now)

        visitor.open("/")
        page.get_by_role("link", name=re.compile("^Free brush")).click()

        expect(page.get_by_text("Your stamp card was full.")).to_be_visible()
        expect(page.get_by_role("img", name="QR code for the till")).to_be_visible()
        is_well(visitor)

    def test_is_chosen_or_a_surprise(
        self, visitor: Visitor, page: Page, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        shelves = stock_shelves(shop)
        either = [shelves["discount"], shelves["product"]]
        given(anna, at=now, key="1", occasion=occasion(shop, "CHOICE", either, key="choice"))
        given(anna, at=now, key="2", occasion=occasion(shop, "SURPRISE", either, key="surprise"))

        visitor.open("/")
        page.get_by_role("link", name=re.compile("^Choose your gift")).click()
        page.get_by_role("button", name="Choose Free brush").click()
        expect(page.get_by_role("heading", level=1, name="Free brush")).to_be_visible()

        visitor.open("/rewards/")
        page.get_by_role("link", name=re.compile("^A surprise for you")).click()
        page.get_by_role("button", name="Open it").click()
        expect(page.get_by_role("img", name="QR code for the till")).to_be_visible()
        is_well(visitor)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_rewards_has_no_barriers(
    visitor: Visitor,
    page: Page,
    *,
    shop: Shop,
    anna: Membership,
    now: datetime,
    scheme: Scheme,
) -> None:
    shelves = stock_shelves(shop)
    stamp_card(shop, shelves["product"])
    bag = given(anna, at=now, key="bag", reward=shelves["gift"])
    given(anna, at=now, key="card", reward=shelves["card"])
    page.emulate_media(color_scheme=scheme)
    wrong = {}
    pages = ["/rewards/", "/rewards/?reach=1", "/vouchers/", "/stamps/", "/rewards/history/"]
    for path in [*pages, f"/gifts/{bag.pk}/", "/rewards/gift/", "/rewards/tender/?points=1"]:
        visitor.open(path)
        if found := [*visitor.barriers(), *(["too wide"] if visitor.sideways() else [])]:
            wrong[path] = found
    visitor.open("/vouchers/")
    page.get_by_role("button", name="Code for a till without a scanner").click()
    expect(page.get_by_role("heading", name="Read this out at the till")).to_be_visible()

    assert (wrong, visitor.barriers(), visitor.complaints) == ({}, [], [])
