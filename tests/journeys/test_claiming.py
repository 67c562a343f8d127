"""A receipt without a card, added on the phone; and then: forget me."""

from playwright.sync_api import BrowserContext, expect

from members.models import GuestSale, Member, Membership, User
from tests.api.conftest import till_of
from tests.api.test_guests import sale
from tests.journeys.conftest import Visitor
from tests.journeys.english import fill_in_code
from tests.journeys.test_accessibility import sign_in
from tests.portal.shop import CARD, Shop
from tests.portal.test_claiming import typed


def test_a_receipt_is_added_and_whoever_asks_is_forgotten(
    visitor: Visitor, context: BrowserContext, shop: Shop
) -> None:
    shop.enrol("anna@example.nl", identifiers=["email:anna@example.nl", f"card:{CARD}"])
    sold = till_of(shop).post("guest-sales", sale())
    assert sold.status_code == 201
    sign_in(context, visitor, User.objects.get(email="anna@example.nl"))
    page = visitor.page

    visitor.open("/claim/")
    assert visitor.barriers() == []
    for name, value in typed(GuestSale.objects.get(), amount="30,00").items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("+30")

    visitor.open("/me/privacy/delete/")
    if "/prove/" in page.url:
        page.locator("main form button").first.click()
        fill_in_code(visitor)
        visitor.open("/me/privacy/delete/")
    assert visitor.barriers() == []
    page.locator("main [name=card]").fill(CARD)
    with page.expect_event("framenavigated"):
        page.locator("main form button").last.click()

    forgotten = Member.objects.get()
    assert forgotten.erased_at is not None
    assert (forgotten.user, forgotten.given_name) == (None, "")
    assert Membership.objects.count() == 1
    visitor.open("/me/")
    assert "/accounts/login/" in page.url
    assert visitor.complaints == []
