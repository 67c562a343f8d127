"""The card works without a line, and is gone from the phone once its owner signs out."""

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from members.models import User
from tests.journeys.conftest import Visitor
from tests.journeys.test_accessibility import sign_in
from tests.portal.shop import CARD, Shop

KEPT = "caches.open('own').then((cache) => cache.match('/card/')).then(Boolean)"
CONTROLLED = "() => navigator.serviceWorker.controller?.state === 'activated'"
ACTIVE = "navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')"
SHOWN = "2990 0000 00019"


def wait_for(page: Page, script: str, *, until: bool) -> None:
    """Ask the browser until it says so; what it kept is not on the page to wait for."""
    page.wait_for_function(
        f"async () => (await {script}) === {'true' if until else 'false'}", polling=100
    )


@pytest.fixture
def at_home(shop: Shop, visitor: Visitor, context: BrowserContext) -> Visitor:
    """Anna has opened her home page, and the worker has kept her card."""
    shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
        language="nl",
    )
    sign_in(context, visitor, User.objects.get(email="anna@example.nl"))
    visitor.open("/")
    wait_for(visitor.page, KEPT, until=True)
    wait_for(visitor.page, ACTIVE, until=True)
    visitor.open("/earn/")  # from here on the worker answers
    visitor.page.wait_for_function(CONTROLLED)
    return visitor


class TestWithoutALine:
    def test_the_card_can_be_shown(self, at_home: Visitor, context: BrowserContext) -> None:
        context.set_offline(True)

        at_home.open("/card/")

        expect(at_home.page.get_by_text(SHOWN)).to_be_visible()
        expect(at_home.page.locator("svg.qr")).to_be_visible()
        width = at_home.page.locator("svg.qr").bounding_box()
        assert width
        assert width["width"] >= 200

    def test_other_pages_say_so(self, at_home: Visitor, context: BrowserContext) -> None:
        context.set_offline(True)

        at_home.open("/rewards/")

        expect(at_home.page.locator("a[href='/card/']").first).to_be_visible()
        assert SHOWN not in at_home.page.content()

    def test_the_card_is_gone_after_signing_out(
        self, at_home: Visitor, context: BrowserContext
    ) -> None:
        at_home.open("/me/")
        at_home.page.locator("main form button[type=submit]").last.click()
        expect(at_home.page.locator("body[data-signed-in]")).to_have_count(0)
        wait_for(at_home.page, KEPT, until=False)
        context.set_offline(True)

        at_home.open("/card/")

        assert SHOWN not in at_home.page.content()

    def test_the_card_is_gone_once_the_session_has_ended_elsewhere(
        self, at_home: Visitor, context: BrowserContext
    ) -> None:
        context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

        at_home.open("/card/")

        expect(at_home.page.locator("body[data-signed-in]")).to_have_count(0)
        wait_for(at_home.page, KEPT, until=False)
