"""A member signs in to a webshop with their account here: two real servers, a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from members.services.sign_in_clients import register_sign_in_client
from tests.journeys.conftest import Visitor
from tests.journeys.english import english_visitor, fill_in_code
from tests.journeys.webshop import Webshop
from tests.portal.shop import Shop


@pytest.fixture
def guest(browser: Browser, live_server: LiveServer, shop: Shop) -> Iterator[Visitor]:
    visitor = english_visitor(browser, live_server)
    yield visitor
    visitor.page.context.close()


@pytest.fixture
def webshop(live_server: LiveServer, shop: Shop) -> Iterator[Webshop]:
    webshop = Webshop(live_server.url)
    app, webshop.secret = register_sign_in_client(
        name="Verfwinkel",
        redirect_uris=[webshop.back],
        scopes=["profile", "email", "loyalty"],
        is_public=False,
    )
    webshop.client_id = app.pk
    yield webshop
    webshop.close()


class TestWebshop:
    def test_signs_a_member_in_and_knows_their_points(
        self, guest: Visitor, webshop: Webshop, shop: Shop
    ) -> None:
        anna = shop.enrol("anna@example.nl", given_name="Anna")
        shop.sell("25.00", at=anna.joined_at, to="email:anna@example.nl")
        page = guest.page

        page.goto(webshop.base)
        page.get_by_label("E-mail address").fill("anna@example.nl")
        page.get_by_role("button", name="Send me a code").click()
        fill_in_code(guest)
        expect(page.get_by_role("heading", name="Sign in to Verfwinkel")).to_be_visible()
        assert guest.barriers() == []
        page.get_by_role("button", name="Agree and continue").click()

        expect(page.get_by_role("heading")).to_have_text(
            f"Signed in: Anna, 25 points, {anna.member_id}"
        )
        assert guest.complaints == []

        guest.open("/me/security/")
        expect(page.get_by_text("Verfwinkel")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Verfwinkel")).to_have_count(0)

    def test_somebody_new_joins_on_the_way(self, guest: Visitor, webshop: Webshop) -> None:
        page = guest.page
        page.goto(webshop.base)
        page.get_by_role("link", name="Become a member").click()
        page.get_by_label("E-mail address").fill("bram@example.nl")
        page.get_by_role("button", name="Send me a code").click()
        fill_in_code(guest)
        page.get_by_role("button", name="Agree and continue").click()

        expect(page.get_by_role("heading")).to_contain_text("Signed in: , 0 points")

    def test_takes_no_for_an_answer(self, guest: Visitor, webshop: Webshop, shop: Shop) -> None:
        shop.enrol("anna@example.nl", given_name="Anna")
        page = guest.page
        page.goto(webshop.base)
        page.get_by_label("E-mail address").fill("anna@example.nl")
        page.get_by_role("button", name="Send me a code").click()
        fill_in_code(guest)
        page.get_by_role("button", name="No, go back").click()

        expect(page.get_by_role("heading")).to_have_text("Not signed in: access_denied")

    def test_an_answer_that_was_not_asked_for_signs_nobody_in(
        self, guest: Visitor, webshop: Webshop
    ) -> None:
        guest.page.goto(f"{webshop.back}?code=stolen&state=another")

        expect(guest.page.get_by_role("heading")).to_have_text("Not signed in: state")
