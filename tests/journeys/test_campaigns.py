"""A marketer makes a welcome from nothing, a colleague approves it, and it is live."""

from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign, MessageTemplate
from config.roles import ensure_roles
from loyalty.models import Programme
from members.models import Segment, User
from tests.journeys.conftest import Visitor
from tests.portal.shop import Shop

PASSWORD = "a long enough password"
MOST_CLICKS = 20
ADD = "/console/campaigns/campaign/add/"
_COUNTS = "window.clicks = 0; addEventListener('click', () => window.clicks++, true);"


def colleagues(*emails: str) -> None:
    ensure_roles()
    for email in emails:
        user = User.objects.create_user(email, PASSWORD, is_staff=True)
        user.groups.set(Group.objects.filter(name="marketer"))


def sign_in(visitor: Visitor, email: str) -> None:
    visitor.page.context.clear_cookies()
    visitor.open("/console/")
    visitor.page.get_by_label("E-mailadres").fill(email)
    visitor.page.locator("#id_password").fill(PASSWORD)
    visitor.page.locator("form button[type=submit]").first.click()
    expect(visitor.page.locator("#nav-sidebar, aside, nav").first).to_be_attached()
    expect(visitor.page.locator("#id_password")).to_have_count(0)


def write_a_message(page: Page) -> None:
    page.locator("#s_0 summary").click()
    page.locator("[name=s_0-w_name]").fill("Hallo")
    page.locator("[name=s_0-w_subject_nl]").fill("Hoi {given_name}")
    page.locator("[name=s_0-w_subject_en]").fill("Hi {given_name}")
    page.locator("[name=s_0-w_text_nl]").fill("Fijn dat je er bent.")
    page.locator("[name=s_0-w_text_en]").fill("Good to see you.")


def do(page: Page, campaign: Campaign, deed: str, base: str) -> None:
    """Press a deed's button on the page, and then the one that it asks for."""
    page.goto(f"{base}/console/campaigns/campaign/{campaign.pk}/{deed}/")
    page.locator(".console-ask button[type=submit]").click()
    expect(page.locator(".console-ask")).to_have_count(0)


def make_a_welcome(page: Page) -> int:
    """A welcome for painters, by clicks; how many it took until it was kept."""
    page.locator('.campaign-begins a[href="?from=nothing"]').click()
    page.evaluate(_COUNTS)
    page.locator("[name=name_nl]").fill("Welkom schilders")
    page.locator("[name=name_en]").fill("Welcome painters")
    page.locator("label[for=id_segments_0]").click()
    page.locator("#new-s").select_option("message")
    page.locator('button[value="add-s"]').click()
    expect(page.locator("#s_0")).to_be_visible()
    write_a_message(page)
    expect(page.locator("#campaign-said")).to_contain_text("Het begint als iemand lid wordt.")
    expect(page.locator("#campaign-said")).to_contain_text("Schilders")
    clicks = int(page.evaluate("window.clicks"))
    page.locator(".console-save button[value=save]").click()
    expect(page.locator(".console-tabs")).to_be_visible()
    return clicks + 2  # the choice before, the saving after


def test_from_nothing_to_live_by_two_people(visitor: Visitor, shop: Shop) -> None:
    colleagues("eva@shop.nl", "omar@shop.nl")
    Segment.objects.create(
        programme=Programme.objects.get(), key="painters", name_nl="Schilders",
        name_en="Painters", state=Segment.State.LIVE, created_at=timezone.now(),
    )  # fmt: skip
    page = visitor.page
    sign_in(visitor, "eva@shop.nl")
    visitor.open(ADD)
    clicks = make_a_welcome(page)
    campaign = Campaign.objects.get()
    assert campaign.versions.get().document["segments"] == ["painters"]
    assert MessageTemplate.objects.get().name == "Hallo"
    do(page, campaign, "ask_approval", visitor.base)
    do(page, campaign, "approve", visitor.base)  # refused, in words
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.REVIEW
    sign_in(visitor, "omar@shop.nl")
    do(page, campaign, "approve", visitor.base)
    do(page, campaign, "launch", visitor.base)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.LIVE
    # Asking, approving, launching: a button and its answer each.
    assert clicks + 2 * 3 <= MOST_CLICKS, clicks
    assert not visitor.sideways()
    assert visitor.complaints == []
