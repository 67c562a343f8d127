"""Signing in with a finger, and with a password; in a real browser with a virtual authenticator."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from members.models import Member
from tests.journeys.conftest import Visitor
from tests.journeys.english import (
    add_authenticator,
    english_visitor,
    fill_in_code,
    sign_in_by_code,
    sign_out,
)
from tests.portal.shop import Shop

PASSWORD = "groene verf en kwasten"


@pytest.fixture
def guest(browser: Browser, live_server: LiveServer, shop: Shop) -> Iterator[Visitor]:
    visitor = english_visitor(browser, live_server)
    yield visitor
    visitor.page.context.close()


class TestPasskey:
    def test_is_added_named_used_and_removed(self, guest: Visitor, shop: Shop) -> None:
        add_authenticator(guest)
        shop.enrol("anna@example.nl", given_name="Anna")
        page = guest.page
        sign_in_by_code(guest, "anna@example.nl")

        guest.open("/me/security/")
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("My phone")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

        sign_out(guest)
        guest.open("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("heading", name="Hello Anna")).to_be_visible()

        guest.open("/me/security/")
        expect(page.get_by_text("My phone")).to_be_visible()
        page.get_by_role("link", name="Rename My phone").click()
        page.get_by_role("link", name="Use your passkey").click()  # is it you?
        page.get_by_role("button", name="Use your passkey").click()
        page.get_by_label("Name").fill("My old phone")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Remove My old phone").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("My old phone")).to_have_count(0)
        assert Authenticator.objects.count() == 0
        assert guest.complaints == []

    def test_is_enough_to_join(self, guest: Visitor) -> None:
        add_authenticator(guest)
        guest.open("/accounts/signup/")
        page = guest.page
        page.get_by_role("link", name="Join with a passkey").click()
        page.get_by_label("E-mail address").fill("bram@example.nl")
        page.get_by_role("button", name="Send me a code").click()
        fill_in_code(guest)
        page.get_by_role("button", name="Make a passkey").click()
        expect(page).to_have_url(f"{guest.base}/")

        assert Member.objects.filter(user__email="bram@example.nl").exists()
        sign_out(guest)
        guest.open("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{guest.base}/")
        guest.open("/me/security/")
        expect(page.get_by_role("heading", name="Signing in and devices")).to_be_visible()
        assert guest.complaints == []

    def test_cannot_be_asked_for_before_the_script_listens(
        self, guest: Visitor, shop: Shop
    ) -> None:
        shop.enrol("anna@example.nl", given_name="Anna")
        sign_in_by_code(guest, "anna@example.nl")
        guest.page.route("**/passkeys*.js", lambda route: route.abort())
        guest.open("/me/security/")

        guest.page.get_by_role("link", name="Add a passkey").click()

        expect(guest.page.get_by_role("button", name="Add a passkey")).to_be_disabled()

    def test_one_that_is_not_there_is_told_of_kindly(self, guest: Visitor) -> None:
        guest.open("/accounts/login/")
        guest.page.evaluate(
            "() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }"
        )

        guest.page.get_by_role("button", name="Sign in with a passkey").click()

        expect(guest.page.get_by_text("That did not work.")).to_be_visible()


class TestPassword:
    def test_is_set_used_and_removed(self, guest: Visitor, shop: Shop) -> None:
        shop.enrol("anna@example.nl", given_name="Anna")
        page = guest.page
        sign_in_by_code(guest, "anna@example.nl")
        guest.open("/me/security/")
        page.get_by_role("link", name="Set a password").click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same once more").fill(PASSWORD)
        with page.expect_event("framenavigated"):
            page.get_by_role("button", name="Set the password").click()

        sign_out(guest)
        guest.open("/accounts/login/")
        page.get_by_role("link", name="Sign in with a password").click()
        page.get_by_label("E-mail address").fill("anna@example.nl")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Hello Anna")).to_be_visible()

        guest.open("/me/security/")
        page.get_by_role("link", name="Remove the password").click()
        page.get_by_label("Password").fill(PASSWORD)  # is it you?
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Remove the password").click()
        expect(page.get_by_role("link", name="Set a password")).to_be_visible()
        assert guest.complaints == []
