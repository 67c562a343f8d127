"""A member gets a campaign's mail, takes the reward it speaks of, and stops the next one by its link.

Once with scripts and once without: nothing on a member's way needs one.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign, Dispatch, DispatchEvent
from campaigns.services.entering import Entrance, enter
from campaigns.services.gate import work_off
from campaigns.services.policies import kept_policy
from campaigns.services.templates import save_template
from campaigns.services.walking import walk
from members.models import Consent, Membership, User
from members.services.consents import record_consent
from rewards.models import Redemption
from tests.campaigns.journeys.town import MAKER, Town, document
from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.test_accessibility import sign_in
from tests.portal.kinds import stock_shelves
from tests.portal.shop import CARD, Shop

WEBMAIL = "http://webmail.example/"
WORDS = {"nl": "Iets voor je klus", "en": "Something for your job"}
EMAIL = {
    "subject": WORDS,
    "blocks": [{"block": "heading", "text": WORDS}, {"block": "reward", "reward": "discount"}],
}
MAIL = {"kind": "message", "template": "job", "channels": ["EMAIL"]}


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def context(request: Any, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="nl", java_script_enabled=request.param)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def anna(shop: Shop, now: datetime, settings: Any, live_server: LiveServer) -> Membership:
    """With 600 points, who agreed to offers and reads English."""
    settings.BASE_URL = live_server.url
    member = shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
    )
    shop.sell("600.00", at=now - timedelta(hours=2))
    record_consent(
        member_id=member.member_id, purpose="OFFERS", channel="ANY", is_given=True,
        text_version="", touchpoint="portal", actor="portal", at=now - timedelta(hours=1),
    )  # fmt: skip
    return member


@pytest.fixture
def town(shop: Shop, now: datetime) -> Town:
    stock_shelves(shop)
    town = Town(shop, now)
    policy = kept_policy(programme_id=town.programme_id)
    policy.holdout, policy.cap, policy.quiet_from, policy.quiet_until = 0, 5, time(3), time(3)
    policy.save()
    save_template(
        programme_id=town.programme_id, key="job", name="Job", document={"email": EMAIL},
        actor=MAKER, at=now,
    )  # fmt: skip
    return town


def told(town: Town, key: str, member: Membership) -> Campaign:
    """A campaign by hand of which the mail leaves, if it may, by the gate."""
    campaign = town.live(key, document(MAIL, trigger={"kind": "by_hand"}))
    enter(campaign_id=campaign.pk, entrances=[Entrance(member.pk, "hand")], at=town.now)
    walk(at=town.now)
    work_off(at=town.now)
    return campaign


def open_letter(page: Page) -> Any:
    """The last mail, as a mail program on the web shows it."""
    letter = mail.outbox[-1]
    ((html, _kind),) = letter.alternatives

    def show(route: Route) -> None:
        route.fulfill(body=str(html), content_type="text/html; charset=utf-8")

    page.route(WEBMAIL, show)
    page.goto(WEBMAIL)
    expect(page.get_by_role("heading", name=WORDS["en"])).to_be_visible()
    return letter


def follow(page: Page, part: str) -> Page:
    """Where the first link with this in its address leads to, in whatever tab it opens."""
    link = page.locator(f"a[href*='{part}']").first
    if link.get_attribute("target") == "_blank":
        with page.context.expect_page() as opened:
            link.click()
        return opened.value
    link.click()
    return page


def test_a_mail_is_followed_redeemed_and_stopped(
    visitor: Visitor, context: BrowserContext, town: Town, anna: Membership
) -> None:
    page = visitor.page
    sign_in(context, visitor, User.objects.get(email="anna@example.nl"))
    told(town, "spring", anna)

    letter = open_letter(page)
    assert letter.to == ["anna@example.nl"]
    shop = follow(page, "/m/")
    expect(shop.get_by_role("heading", level=1, name="€5 off")).to_be_visible()
    shop.get_by_role("button", name=re.compile("^Redeem for")).click()
    expect(shop.get_by_role("status")).to_contain_text("It is yours.")

    assert Redemption.objects.get().membership_id == anna.pk
    first = Dispatch.objects.get(campaign__key="spring")
    kinds = DispatchEvent.objects.filter(dispatch=first)
    assert list(kinds.values_list("kind", flat=True)) == ["CLICKED"]

    context.clear_cookies()  # nobody need sign in to stop it
    open_letter(page)
    stop = follow(page, "/news/stop/")
    expect(stop.get_by_role("heading", level=1, name="Unsubscribe")).to_be_visible()
    assert not Consent.objects.filter(is_given=False).exists()  # looking stops nothing
    stop.get_by_role("button", name=re.compile("^Stop this way")).click()
    expect(stop.get_by_role("heading", level=1, name="You are unsubscribed")).to_be_visible()

    town.now += timedelta(hours=1)
    told(town, "summer", anna)
    second = Dispatch.objects.get(campaign__key="summer")
    assert (second.fate, second.reason) == ("DROPPED", "no_consent")
    assert len(mail.outbox) == 1
    assert not visitor.sideways()
    assert visitor.complaints == []
