"""The whole way of a new member: join, buy, see why, redeem, use the code, once."""

import re
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from loyalty.models import ApiClient
from loyalty.services.api_clients import issue_key, register_client
from tests.journeys.conftest import Visitor
from tests.portal.shop import Shop


class Till:
    """A till in Utrecht, which speaks to the API with its own key."""

    def __init__(self, base: str, key: str) -> None:
        self.base = f"{base}/api/v1"
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        headers = self.headers | {"Idempotency-Key": str(uuid4())}
        return requests.post(f"{self.base}/{path}", json=body, headers=headers, timeout=10)

    def sell_paint(self, card: str, at: datetime) -> requests.Response:
        line = {"product": "latex-wit-10l", "category": "paint", "amount": "84.50"}
        return self.post(
            "activities",
            {
                "type": "purchase",
                "member": f"card:{card}",
                "external_id": "bon-4711",
                "occurred_at": at.isoformat(),
                "channel": "store",
                "location": "Utrecht",
                "lines": [line],
            },
        )

    def use(self, code: str) -> requests.Response:
        return self.post("vouchers/use", {"code": code, "location": "Utrecht"})


@pytest.fixture
def till(visitor: Visitor, shop: Shop) -> Till:
    client = register_client(
        programme_id=shop.programme.pk,
        name="till",
        kind=ApiClient.Kind.TILL,
        scopes=["activities:write", "vouchers:use"],
    )
    return Till(visitor.base, issue_key(client_id=client.pk, at=shop.opened_at))


def join(visitor: Visitor) -> str:
    """Become a member on the phone; the number of the new card."""
    page = visitor.page
    visitor.open("/")
    page.get_by_role("link", name="Word lid").click()
    visitor.request_code("bram@example.nl")
    expect(page.get_by_role("heading", name="Welkom")).to_be_visible()
    expect(page.get_by_text("Hier zie je straks wat je verdiende")).to_be_visible()
    page.get_by_role("link", name="Kaart", exact=True).click()
    return page.locator(".scan-number").inner_text().replace(" ", "")


def test_join_earn_redeem(visitor: Visitor, shop: Shop, till: Till, now: datetime) -> None:
    shop.reward("kwast", 150)
    page = visitor.page

    card = join(visitor)
    sale = till.sell_paint(card, now)
    assert (sale.status_code, sale.json()["points"]) == (201, 168)

    page.get_by_role("link", name="Thuis").click()
    expect(page.locator(".balance-points")).to_have_text("168")
    expect(page.get_by_text("Aankoop van € 84,50")).to_be_visible()
    expect(page.get_by_text("1 punt per euro: 84 punten")).to_be_visible()
    expect(page.get_by_text("2× punten op verf: 84 punten")).to_be_visible()

    page.get_by_role("link", name="Beloningen").click()
    page.get_by_role("link", name=re.compile("Kwast nl")).click()
    expect(page.get_by_text("18 punten", exact=True)).to_be_visible()
    page.get_by_role("button", name="Inwisselen voor 150 punten").click()
    code = page.locator(".scan-code").inner_text()
    expect(page.get_by_role("img", name="QR-code voor de kassa")).to_be_visible()

    assert till.use(code).status_code == 200
    again = till.use(code.lower().replace("-", " "))
    assert (again.status_code, again.json()["code"]) == (409, "voucher_already_used")

    page.reload()
    expect(page.get_by_text("Klopt dat niet? Vraag het na in de winkel.")).to_be_visible()
    expect(page.get_by_role("img", name="QR-code voor de kassa")).to_have_count(0)
    visitor.open("/")
    expect(page.locator(".balance-points")).to_have_text("18")
    assert visitor.complaints == []


def test_works_without_scripts_and_by_keyboard_alone(
    browser: Browser, live_server: LiveServer, shop: Shop
) -> None:
    """Scripts only make it smoother; the first stop of the Tab key skips to the content."""
    context = browser.new_context(java_script_enabled=False, locale="nl")
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mailadres")).to_be_focused()
    page.keyboard.type("nobody@example.nl")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Vul je code in")).to_be_visible()
    context.close()
