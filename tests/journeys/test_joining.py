"""Joining anywhere: by a poster, and at a till and then on one's own phone; in few screens."""

import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.services.registry import register_locations
from members.models import JoinLink, Member, Membership, User
from members.services.join_links import open_join_link
from tests.journeys.conftest import PHONE, Visitor
from tests.portal.shop import Shop

MOST_SCREENS = 3  # the poster's page, the address, the code; then the member is at home
MOST_SECONDS = 60
MOST_SECONDS_AT_THE_TILL = 15
CARD = "2990000000026"


@pytest.fixture
def poster(shop: Shop) -> JoinLink:
    return open_join_link(
        programme_id=shop.programme.pk,
        name="Poster bij de kassa",
        touchpoint="poster",
        location="Utrecht",
        campaign="herfst",
        at=shop.opened_at,
    )


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, shop: Shop) -> Iterator[Visitor]:
    """The customer's own phone."""
    context: BrowserContext = browser.new_context(viewport=PHONE, locale="nl")
    context.set_default_timeout(15_000)
    visitor = Visitor(context.new_page(), live_server.url)
    visitor.page.on("console", visitor.hear)
    yield visitor
    context.close()


@pytest.fixture
def till(visitor: Visitor, shop: Shop) -> Visitor:
    """A till in Utrecht with a cashier before it."""
    register_locations(programme_id=shop.programme.pk, names=["Utrecht", "Zwolle"])
    cashier = User.objects.create_user("kees@example.org", is_staff=True)
    cashier.user_permissions.add(Permission.objects.get(codename="enrol_member"))
    client = Client()
    client.force_login(cashier, "allauth.account.auth_backends.AuthenticationBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def test_by_a_poster_in_three_screens(visitor: Visitor, poster: JoinLink) -> None:
    page, screens, began = visitor.page, 0, time.monotonic()

    visitor.open(f"/j/{poster.key}/")
    screens += 1
    expect(page.get_by_text("1 punt per euro")).to_be_visible()
    assert (visitor.barriers(), visitor.sideways()) == ([], False)
    page.get_by_role("link", name="Word lid").first.click()
    screens += 1
    page.get_by_label("E-mailadres").fill("bram@example.nl")
    page.get_by_role("button", name="Stuur me een code").click()
    screens += 1
    visitor.enter_code()
    expect(page.locator(".strip-number, .balance-points").first).to_be_visible()

    took = time.monotonic() - began
    kept = Membership.objects.get()
    assert (kept.joined_through, kept.joined_location) == ("poster", "Utrecht")
    assert (kept.joined_campaign, kept.join_link) == ("herfst", poster)
    assert screens <= MOST_SCREENS
    assert took < MOST_SECONDS
    assert visitor.complaints == []


def test_at_the_till_and_completed_on_the_customers_phone(till: Visitor, phone: Visitor) -> None:
    page = till.page
    till.open("/till/join/")
    page.get_by_label("Winkel").select_option("Utrecht")
    assert (till.barriers(), till.sideways()) == ([], False)

    began = time.monotonic()
    expect(page.get_by_label("Kaart, telefoon of e-mail")).to_be_focused()
    page.keyboard.type(f"{CARD}\n")  # as a scanner does
    expect(page.get_by_role("heading", name="Welkom")).to_be_visible()
    took = time.monotonic() - began
    expect(page.get_by_role("img", name="QR-code voor de telefoon van de klant")).to_be_visible()
    assert (till.barriers(), till.sideways()) == ([], False)
    assert took < MOST_SECONDS_AT_THE_TILL
    [begun] = Membership.objects.all()
    assert (begun.joined_through, begun.joined_location) == ("till", "Utrecht")

    complete_on(phone, page.locator("[data-link]").get_attribute("data-link") or "")

    member = Member.objects.get()
    assert (member.pk, str(member)) == (begun.member_id, "Bo Jansen")
    assert member.user is not None
    phone.open("/card/")
    shown = phone.page.locator(".scan-number").first.inner_text()
    assert shown.replace(" ", "") == CARD
    page.keyboard.press("Enter")  # the next customer
    expect(page.get_by_label("Winkel")).to_have_value("Utrecht")
    assert till.complaints + phone.complaints == []


def complete_on(phone: Visitor, link: str) -> None:
    """Scan the till's screen with the phone, say who one is and prove the address."""
    page = phone.page
    page.goto(link)
    assert (phone.barriers(), phone.sideways()) == ([], False)
    page.get_by_label("Voornaam").fill("Bo")
    page.get_by_label("Achternaam").fill("Jansen")
    page.get_by_label("E-mailadres").fill("bo@example.nl")
    page.get_by_role("button", name="Stuur me een code").click()
    phone.enter_code()
    expect(page.get_by_text("Hallo Bo")).to_be_visible()


def test_a_link_that_was_used_opens_nothing(till: Visitor, phone: Visitor) -> None:
    till.open("/till/join/")
    till.page.keyboard.type(f"{CARD}\n")
    link = till.page.locator("[data-link]").get_attribute("data-link") or ""
    complete_on(phone, link)
    phone.page.context.clear_cookies()

    phone.page.goto(link)

    expect(phone.page.get_by_role("heading", name="Deze link werkt niet meer")).to_be_visible()
    assert (phone.barriers(), phone.sideways()) == ([], False)
