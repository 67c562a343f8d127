"""The till in a browser: a scanner that types, a thumb, and a line that goes down."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from members.models import Activity, Membership, User
from rewards.models import JournalEntry, Redemption, Till, TillReceipt, Voucher
from rewards.selectors import usable_points
from rewards.services.offline.tickets import ticket_of
from rewards.services.redemption import redeem_reward
from rewards.services.tills import save_till
from tests.journeys.conftest import Visitor
from tests.portal.shop import CARD, STAFF, Shop

MOST_SECONDS = 15


@pytest.fixture
def anna(shop: Shop) -> Membership:
    """A member with 300 points, a reward within reach, and a voucher for five euro."""
    anna = shop.enrol("anna@example.nl", given_name="Anna", identifiers=[f"card:{CARD}"])
    shop.sell("800.00", at=shop.opened_at)
    five = shop.reward(
        "vijfje", 500, kind="DISCOUNT", terms={"amount": "5.00"}, is_offline=True, is_bearer=True
    )
    shop.reward("kwast", 100)
    redeem_reward(
        membership_id=anna.pk,
        reward_id=five.pk,
        request_key="a",
        channel="portal",
        actor=f"member:{anna.member_id}",
        at=timezone.now(),
    )
    return anna


@pytest.fixture
def till(visitor: Visitor, shop: Shop) -> Visitor:
    """A browser that is the till in Utrecht, with a cashier before it."""
    save_till(
        programme_id=shop.programme.pk,
        key="utrecht-1",
        name="Kassa 1",
        location="Utrecht",
        actor=STAFF,
        at=shop.opened_at,
    )
    cashier = User.objects.create_user("kees@example.org", is_staff=True)
    for right in ("use_till", "enrol_member"):
        cashier.user_permissions.add(Permission.objects.get(codename=right))
    client = Client()
    client.force_login(cashier, "allauth.account.auth_backends.AuthenticationBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    visitor.open("/till/")
    visitor.page.get_by_role("button", name="Kassa 1").click()
    expect(visitor.page.get_by_role("heading", name="Kassa 1")).to_be_visible()
    return visitor


def scan(till: Visitor, code: str) -> None:
    """As a scanner does: it types, whatever was touched last, and ends with Enter."""
    till.page.wait_for_load_state("load")  # from here on the page listens
    till.page.locator("body").press("Escape")
    till.page.evaluate("document.activeElement.blur()")
    till.page.keyboard.type(f"{code}\n")


class TestTill:
    def test_finds_a_customer_books_with_a_voucher_and_undoes(
        self, till: Visitor, anna: Membership
    ) -> None:
        page = till.page
        assert (till.barriers(), till.sideways()) == ([], False)
        scan(till, CARD)
        expect(page.get_by_role("heading", name="Anna")).to_be_visible()
        expect(page.get_by_text("300 punten")).to_be_visible()
        assert (till.barriers(), till.sideways()) == ([], False)

        page.get_by_role("checkbox", name="Vijfje nl").check()
        page.get_by_label("Bedrag").fill("30,00")
        page.get_by_role("button", name="Eerst uitrekenen").click()
        expect(page.get_by_text("Te betalen")).to_be_visible()
        expect(page.locator(".till-total").last).to_have_text("€ 25,00")
        page.get_by_role("button", name="Boeken").click()

        expect(page.locator(".till-answer")).to_contain_text("Geboekt: € 25,00 te betalen")
        receipt = TillReceipt.objects.get()
        assert (receipt.amount, receipt.earned) == (Decimal("25.00"), 25)
        assert usable_points(anna, at=timezone.now()) == 325
        assert Voucher.objects.get().state == "USED"
        assert till.barriers() == []

        page.locator(".till-answer").get_by_role("button", name="Ongedaan maken").click()
        expect(page.locator(".till-answer")).to_contain_text("Ongedaan gemaakt")
        assert TillReceipt.objects.get().state == "CANCELLED"
        assert usable_points(anna, at=timezone.now()) == 300
        assert Voucher.objects.get().state == "ISSUED"
        assert till.complaints == []

    def test_takes_a_reward_and_tells_a_refusal_in_words(
        self, till: Visitor, anna: Membership
    ) -> None:
        page = till.page
        scan(till, "2990000000026")
        expect(page.get_by_role("alert")).to_contain_text("Niemand heeft deze kaart")
        assert till.barriers() == []
        scan(till, CARD)
        page.get_by_text("beloning voor punten").click()
        page.get_by_role("checkbox", name="Kwast nl").check()
        page.get_by_label("Bedrag").fill("10")
        page.get_by_role("button", name="Boeken").click()

        expect(page.locator(".till-answer")).to_contain_text("het saldo is 210 punten")
        assert Redemption.objects.filter(reward__key="kwast", state="FULFILLED").count() == 1
        assert till.complaints == []

    def test_notes_sales_and_vouchers_without_a_line_and_brings_them_in(
        self, till: Visitor, anna: Membership
    ) -> None:
        page, context = till.page, till.page.context
        ticket = ticket_of(Voucher.objects.get())
        till.open("/till/")  # the pack and the page are kept from here on
        page.wait_for_function(
            "() => navigator.serviceWorker.controller?.scriptURL.endsWith('/till/sw.js') ?? false"
        )
        page.wait_for_function(
            """async () => await new Promise((said) => {
                const asked = indexedDB.open("trouw-till", 1);
                asked.onupgradeneeded = () => asked.transaction.abort();
                asked.onerror = () => said(false);
                asked.onsuccess = () => {
                    const kept = asked.result.transaction("kept").objectStore("kept").get("pack");
                    kept.onsuccess = () => { asked.result.close(); said(Boolean(kept.result)); };
                };
            })"""
        )

        context.set_offline(True)
        till.open("/till/")
        expect(page.get_by_text("Offline:")).to_be_visible()
        assert (till.barriers(), till.sideways()) == ([], False)
        expect(page.get_by_role("button", name="Noteren")).to_be_enabled()
        scan(till, ticket[:-4] + "AAAA")
        expect(page.locator("[data-answer]")).to_contain_text("Neem hem niet aan")
        scan(till, ticket)
        expect(page.locator("[data-answer]")).to_contain_text("€ 5,00")
        scan(till, CARD)
        page.get_by_label("Bedrag").fill("20,00")
        page.get_by_role("button", name="Noteren").click()
        expect(page.locator("[data-count]")).to_have_text("2")
        scan(till, ticket)
        expect(page.locator("[data-answer]")).to_contain_text("al gescand")

        context.set_offline(False)
        with page.expect_response("**/till/pack.json*"):  # and is given a new pack
            page.get_by_role("link", name="Is er weer lijn?").click()
        expect(page.get_by_text("Bijgewerkt wat zonder lijn")).to_be_visible()
        expect(page.locator("[data-brought]")).to_have_text("2")
        assert JournalEntry.objects.filter(outcome="BOOKED").count() == 2
        assert Activity.objects.filter(amount=Decimal("20.00"), membership=anna).count() == 1
        assert Voucher.objects.get().state == "USED"
        assert usable_points(anna, at=timezone.now()) == 320
        assert Till.objects.get().packs.count() >= 2
