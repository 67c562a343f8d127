"""A marketer's console in a real browser: what its scripts and its policy do together."""

from collections.abc import Callable
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import Request, expect

from config.roles import ensure_roles
from loyalty.models import EarningRule
from members.models import User
from tests.journeys.conftest import Visitor
from tests.portal.shop import CARD, Shop

LAW = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a long enough password"
PAGES = [
    "",
    "members/member/",
    "loyalty/earningrule/",
    "loyalty/earningrule/add/",
    "rewards/reward/",
]


@pytest.fixture
def marketer(visitor: Visitor, shop: Shop) -> Visitor:
    """Signed in by e-mail and password, as people do."""
    ensure_roles()
    user = User.objects.create_user("eva@shop.nl", PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name="marketer"))
    visitor.open("/console/")
    visitor.page.get_by_label("E-mailadres").fill("eva@shop.nl")
    visitor.page.locator("#id_password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Aanmelden").click()
    expect(visitor.page.get_by_role("heading", name="Overzicht")).to_be_visible()
    return visitor


def test_makes_a_rule_on_the_phone_and_switches_it_on(marketer: Visitor) -> None:
    page = marketer.page
    marketer.open("/console/loyalty/earningrule/add/")
    page.get_by_label("Naam in het Nederlands").fill("Dubbel")
    page.get_by_label("Naam in het Engels").fill("Double")
    expect(page.locator("#id_per")).to_be_visible()
    page.get_by_label("Wat het oplevert").select_option("multiplier")
    expect(page.locator("#id_per")).to_be_hidden()
    page.locator("#id_factor").fill("1,5")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("Opgeslagen, nog niet live: 1,5× punten.")).to_be_visible()
    rule = EarningRule.objects.get(name_nl="Dubbel")
    marketer.open(f"/console/loyalty/earningrule/{rule.pk}/publish/")
    page.locator("main, #main").get_by_role("button", name="Publiceren").click()
    expect(page.get_by_text("Vanaf nu live: 1,5× punten.")).to_be_visible()
    rule.refresh_from_db()
    assert rule.state == EarningRule.State.LIVE
    assert marketer.complaints == []


def barriers(marketer: Visitor) -> list[str]:
    """What axe finds by the law's rules; Unfold's frame is not all of our making."""
    options = {"runOnly": {"type": "tag", "values": LAW}, "resultTypes": ["violations"]}
    found = Axe().run(marketer.page, options=options).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def test_the_pages_load_nothing_from_elsewhere_fit_the_phone_and_shut_nobody_out(
    marketer: Visitor, shop: Shop, now: datetime
) -> None:
    anna = shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
        language="nl",
    )
    shop.sell("1250.00", at=now)
    asked: list[str] = []
    hear: Callable[[Request], None] = lambda request: asked.append(request.url)  # noqa: E731
    marketer.page.on("request", hear)
    wrong = {}
    for path in [*PAGES, f"members/member/{anna.member_id}/change/"]:
        marketer.open(f"/console/{path}")
        found = barriers(marketer) + (["wider than the screen"] if marketer.sideways() else [])
        if found:
            wrong[path] = found
    assert wrong == {}
    assert [url for url in asked if not url.startswith((marketer.base, "data:"))] == []
    assert marketer.complaints == []
