"""Signing in through a provider: a local OpenID Connect provider stands for all of them."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from oidc_provider_mock import User as Account
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Browser, expect
from pytest_django import Settings

from config.providers import sign_in_origins
from members.models import Member, Membership, User
from tests.journeys.conftest import Visitor
from tests.portal.shop import CARD, Shop

BRAM = {
    "email": "bram@example.nl",
    "email_verified": True,
    "given_name": "Bram",
    "family_name": "Bakker",
}


@pytest.fixture
def provider(settings: Settings) -> Iterator[None]:
    """Three accounts: Bram's own; one that claims Anna's address unproved, one that proved it."""
    accounts = [
        Account(sub="bram", claims=BRAM),
        Account(sub="mallory", claims={"email": "anna@example.nl", "email_verified": False}),
        Account(sub="anna", claims={"email": "anna@example.nl", "email_verified": True}),
    ]
    with run_server_in_thread(user_claims=accounts) as server:
        app = {
            "provider_id": "demo",
            "name": "Demo-account",
            "client_id": "trouw",
            "secret": "secret",
            "settings": {"server_url": f"http://localhost:{server.server_port}"},
        }
        providers = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        settings.SOCIALACCOUNT_PROVIDERS = providers
        directives = dict(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
        directives["form-action"] = ["'self'", *sign_in_origins(providers)]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
        yield


def sign_in_as(visitor: Visitor, sub: str) -> None:
    visitor.open("/accounts/login/")
    visitor.page.get_by_role("button", name="Verder met Demo-account").click()
    visitor.page.get_by_role("button", name=sub, exact=True).click()


@pytest.mark.usefixtures("provider")
@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the provider's library
class TestProvider:
    def test_makes_a_member_with_the_name_it_tells(self, visitor: Visitor) -> None:
        sign_in_as(visitor, "bram")

        expect(visitor.page.get_by_role("heading", name="Hallo Bram")).to_be_visible()
        member = Member.objects.get(user__email="bram@example.nl")
        assert (member.given_name, member.family_name) == ("Bram", "Bakker")
        assert visitor.complaints == []

    def test_opens_the_same_member_the_next_time(self, visitor: Visitor) -> None:
        sign_in_as(visitor, "bram")
        visitor.page.get_by_role("link", name="Ik", exact=True).click()
        visitor.page.get_by_role("button", name="Uitloggen").click()
        sign_in_as(visitor, "bram")

        expect(visitor.page.get_by_role("heading", name="Hallo Bram")).to_be_visible()
        assert Member.objects.count() == User.objects.count() == 1

    @pytest.mark.parametrize("sub", ["mallory", "anna"])
    def test_never_opens_a_member_who_signs_in_with_a_code(
        self, visitor: Visitor, shop: Shop, sub: str
    ) -> None:
        """Also when the provider says that the address is proved: it is only its word."""
        anna = shop.enrol("anna@example.nl", given_name="Anna")

        sign_in_as(visitor, sub)

        expect(visitor.page.get_by_role("heading", name="Vul je code in")).to_be_visible()
        visitor.open("/me/")
        expect(visitor.page.get_by_role("heading", name="Vul je code in")).to_be_visible()
        assert Membership.objects.get() == anna
        [letter] = mail.outbox
        assert letter.to == ["anna@example.nl"]
        assert re.search(r"\d{4}-\d{4}", str(letter.body)) is None

    def test_an_unproved_address_does_not_open_a_member_from_the_till(
        self, visitor: Visitor, shop: Shop
    ) -> None:
        """Nobody signs in with Anna's address yet, but it is on her card."""
        from members.services.enrolment import enrol_member

        anna = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:anna@example.nl", f"card:{CARD}"],
            given_name="Anna",
            touchpoint="till",
            actor="test",
            at=shop.opened_at,
        )

        sign_in_as(visitor, "mallory")

        expect(visitor.page.get_by_role("heading", name="Vul je code in")).to_be_visible()
        anna.member.refresh_from_db()
        assert anna.member.user is None
        assert Membership.objects.get() == anna

        visitor.enter_code()  # whoever reads Anna's mail is Anna

        expect(visitor.page.get_by_role("heading", name="Hallo Anna")).to_be_visible()
        assert Membership.objects.get() == anna

    def test_nobody_lies_in_wait_behind_an_address(
        self, visitor: Visitor, browser: Browser, shop: Shop
    ) -> None:
        """Mallory claims Anna's address first; Anna joins later, and is alone in her account."""
        sign_in_as(visitor, "mallory")
        expect(visitor.page.get_by_role("heading", name="Vul je code in")).to_be_visible()
        mail.outbox.clear()
        cache.clear()  # days later, as far as the limits are concerned

        hers = browser.new_context(locale="nl")
        anna = Visitor(hers.new_page(), visitor.base)
        anna.open("/accounts/signup/")
        anna.request_code("anna@example.nl")
        expect(anna.page.get_by_role("heading", name="Welkom")).to_be_visible()
        hers.close()

        for path in ["/me/", "/accounts/confirm-email/"]:
            visitor.open(path)
            expect(visitor.page.get_by_role("heading", name="Je gegevens")).to_have_count(0)
        visitor.page.context.clear_cookies()
        cache.clear()
        sign_in_as(visitor, "mallory")
        visitor.open("/me/")
        expect(visitor.page.get_by_role("heading", name="Je gegevens")).to_have_count(0)
        assert User.objects.get(member__isnull=False).socialaccount_set.count() == 0
        assert Membership.objects.count() == 1

    def test_is_linked_by_whoever_is_signed_in_and_opens_their_account_from_then_on(
        self, visitor: Visitor, shop: Shop
    ) -> None:
        """Bram's account elsewhere carries another address than Anna's; it is linked to her."""
        anna = shop.enrol("anna@example.nl", given_name="Anna")
        visitor.open("/accounts/login/")
        visitor.request_code("anna@example.nl")
        expect(visitor.page.get_by_role("heading", name="Hello Anna")).to_be_visible()

        visitor.open("/accounts/3rdparty/connections/")
        visitor.page.locator("form[action*='process=connect'] button").click()
        visitor.page.get_by_role("button", name="bram", exact=True).click()
        expect(visitor.page).to_have_url(f"{visitor.base}/me/security/")
        visitor.page.context.clear_cookies()
        sign_in_as(visitor, "bram")

        expect(visitor.page.get_by_role("heading", name="Hello Anna")).to_be_visible()
        assert Membership.objects.get() == anna
        assert "anna@example.nl" in [address for letter in mail.outbox for address in letter.to]

    def test_one_that_is_somebody_elses_is_not_linked(self, visitor: Visitor, shop: Shop) -> None:
        sign_in_as(visitor, "bram")
        expect(visitor.page.get_by_role("heading", name="Hallo Bram")).to_be_visible()
        visitor.page.context.clear_cookies()
        shop.enrol("anna@example.nl", given_name="Anna")
        visitor.open("/accounts/login/")
        visitor.request_code("anna@example.nl")
        expect(visitor.page.get_by_role("heading", name="Hello Anna")).to_be_visible()

        visitor.open("/accounts/3rdparty/connections/")
        visitor.page.locator("form[action*='process=connect'] button").click()
        with visitor.page.expect_event("framenavigated"):
            visitor.page.get_by_role("button", name="bram", exact=True).click()

        bram = User.objects.get(email="bram@example.nl")
        assert bram.socialaccount_set.count() == 1
        assert User.objects.get(email="anna@example.nl").socialaccount_set.count() == 0
