"""A marketer's console in a real browser: what its scripts and its policy do together."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from config.roles import ensure_roles
from loyalty.models import BackTest, EarningRule, Lot
from loyalty.services.back_tests import run_back_test
from members.models import Membership, User
from tests.journeys.conftest import Visitor
from tests.portal.shop import CARD, Shop

LAW = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a long enough password"
PAGES = [
    "",
    "members/member/",
    "loyalty/earningrule/",
    "loyalty/earningrule/add/",
    "loyalty/backtest/",
    "loyalty/backtest/add/",
    "rewards/reward/",
]
BOOKS = ["loyalty/transfer/", "loyalty/transfer/movements/", "loyalty/programme/"]


def colleague(visitor: Visitor, role: str) -> Visitor:
    """Signed in by e-mail and password, as people do."""
    ensure_roles()
    user = User.objects.create_user("eva@shop.nl", PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    visitor.open("/console/")
    visitor.page.get_by_label("E-mailadres").fill("eva@shop.nl")
    visitor.page.locator("#id_password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Aanmelden").click()
    expect(visitor.page.get_by_role("heading", name="Overzicht")).to_be_visible()
    return visitor


@pytest.fixture
def marketer(visitor: Visitor, shop: Shop) -> Visitor:
    return colleague(visitor, "marketer")


def make_a_rule(page: Page) -> None:
    """Twice the points on paint, by clicks."""
    page.get_by_label("Naam in het Nederlands").fill("Dubbel")
    page.get_by_label("Naam in het Engels").fill("Double")
    page.get_by_role("button", name="Verwijderen: Punten per bedrag").click()
    expect(page.locator("#effect-0")).to_have_count(0)
    page.get_by_label("Nieuwe opbrengst").select_option("multiplier")
    page.get_by_role("button", name="Opbrengst toevoegen").click()
    page.get_by_label("Keer", exact=True).fill("1,5")
    page.get_by_label("Nieuwe voorwaarde").select_option("line.category")
    page.get_by_role("button", name="Voorwaarde toevoegen").click()
    page.locator("#condition-0").get_by_text("verf", exact=True).click()


def test_makes_a_rule_on_the_phone_by_clicks_and_switches_it_on(marketer: Visitor) -> None:
    page = marketer.page
    marketer.open("/console/loyalty/earningrule/add/")
    make_a_rule(page)
    expect(page.locator("#rule-said")).to_contain_text("1,5× punten op verf.")
    expect(page.get_by_label("Naam in het Nederlands")).to_have_value("Dubbel")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("Opgeslagen, nog niet live: 1,5× punten op verf.")).to_be_visible()
    rule = EarningRule.objects.get(name_nl="Dubbel")
    marketer.open(f"/console/loyalty/earningrule/{rule.pk}/publish/")
    page.locator("main, #main").get_by_role("button", name="Publiceren").click()
    expect(page.get_by_text("Vanaf nu live: 1,5× punten op verf.")).to_be_visible()
    rule.refresh_from_db()
    assert rule.state == EarningRule.State.LIVE
    assert marketer.complaints == []


def test_makes_the_same_rule_without_scripts(
    marketer: Visitor, browser: Browser, context: BrowserContext
) -> None:
    plain = browser.new_context(java_script_enabled=False, locale="nl")
    plain.add_cookies(context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(f"{marketer.base}/console/loyalty/earningrule/add/")
    make_a_rule(page)
    page.get_by_role("button", name="Controleren").click()
    expect(page.locator("#rule-said")).to_contain_text("1,5× punten op verf.")
    page.locator(".console-save").get_by_role("button", name="Opslaan").click()
    plain.close()
    document = EarningRule.objects.get(name_nl="Dubbel").versions.get().document
    assert (document["conditions"], document["effects"]) == (
        [{"field": "line.category", "operator": "in", "value": ["paint"]}],
        [{"kind": "multiplier", "factor": "1.5"}],
    )


def barriers(marketer: Visitor) -> list[str]:
    """What axe finds by the law's rules; Unfold's frame is not all of our making."""
    options = {"runOnly": {"type": "tag", "values": LAW}, "resultTypes": ["violations"]}
    found = Axe().run(marketer.page, options=options).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def wrong_on(visitor: Visitor, pages: Iterable[str]) -> dict[str, list[str]]:
    """What is in people's way on each page; wider than the phone is too."""
    wrong = {}
    for path in pages:
        visitor.open(f"/console/{path}")
        found = barriers(visitor) + (["wider than the screen"] if visitor.sideways() else [])
        if found:
            wrong[path] = found
    return wrong


@pytest.fixture
def anna(shop: Shop, now: datetime) -> Membership:
    anna = shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
        language="nl",
    )
    shop.sell("1250.00", at=now - timedelta(days=3), category="paint")
    return anna


def test_the_pages_load_nothing_from_elsewhere_fit_the_phone_and_shut_nobody_out(
    marketer: Visitor, anna: Membership
) -> None:
    asked: list[str] = []
    hear: Callable[[Request], None] = lambda request: asked.append(request.url)  # noqa: E731
    marketer.page.on("request", hear)
    rule = EarningRule.objects.get(key="double-paint")
    own = [f"loyalty/earningrule/{rule.pk}/{deed}/" for deed in ("change", "history", "stop")]
    more = [f"members/member/{anna.member_id}/change/", f"members/member/try/{rule.pk}/"]
    assert wrong_on(marketer, [*PAGES, *own, *more]) == {}
    assert [url for url in asked if not url.startswith((marketer.base, "data:"))] == []
    assert marketer.complaints == []


def test_the_books_and_the_desk_shut_nobody_out(visitor: Visitor, anna: Membership) -> None:
    administrator = colleague(visitor, "administrator")
    member = f"members/member/{anna.member_id}"
    lot = Lot.objects.latest("pk")
    tabs = [f"{member}/change/?tab={tab}" for tab in ("points", "tier", "activities", "story")]
    deeds = [f"{member}/correct/", f"{member}/lots/{lot.pk}/extend/"]
    assert wrong_on(administrator, [*BOOKS, *tabs, *deeds]) == {}
    assert administrator.complaints == []


def test_a_back_test_is_followed_until_its_figures_are_there(
    marketer: Visitor, anna: Membership
) -> None:
    page = marketer.page
    marketer.open("/console/loyalty/backtest/add/")
    page.get_by_label("Wat je wilt weten").fill("Wat als niets verandert?")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Wacht op zijn beurt.")).to_be_visible()
    assert barriers(marketer) == []
    back_test = BackTest.objects.get()
    run_back_test(back_test_id=back_test.pk, clock=timezone.now)
    expect(page.get_by_text("Er was niets veranderd")).to_be_visible()
    assert barriers(marketer) == []
    assert not marketer.sideways()
    assert marketer.complaints == []
