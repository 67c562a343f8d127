"""What a visitor who reads English does at the portal's door."""

import re

from django.core import mail
from playwright.sync_api import Browser, CDPSession
from pytest_django.live_server_helper import LiveServer

from tests.journeys.conftest import PHONE, Visitor


def english_visitor(browser: Browser, live_server: LiveServer) -> Visitor:
    """Somebody with a phone of their own that speaks English."""
    context = browser.new_context(viewport=PHONE, locale="en")
    context.set_default_timeout(15_000)
    visitor = Visitor(context.new_page(), live_server.url)
    visitor.page.on("console", visitor.hear)
    return visitor


def fill_in_code(visitor: Visitor) -> None:
    """Take the code from the last mail."""
    field = visitor.page.get_by_label("Code from the mail")
    field.wait_for()
    codes = [re.search(r"\d{4}-\d{4}", str(letter.body)) for letter in mail.outbox]
    mail.outbox.clear()
    found = next(code for code in reversed(codes) if code)
    field.fill(found[0])
    visitor.page.locator("main form button[type=submit]").first.click()


def sign_in_by_code(visitor: Visitor, email: str, path: str = "/accounts/login/") -> None:
    visitor.open(path)
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_role("button", name="Send me a code").click()
    fill_in_code(visitor)


def sign_out(visitor: Visitor) -> None:
    visitor.open("/accounts/logout/")
    with visitor.page.expect_event("framenavigated"):
        visitor.page.get_by_role("button", name="Sign out").click()


def add_authenticator(visitor: Visitor) -> CDPSession:
    """Give the phone a finger that is always the right one."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session
