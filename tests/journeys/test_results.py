"""A marketer reads what a campaign of the past caused, and writes down what was decided."""

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign, CampaignNote
from campaigns.services.results import read_campaign
from tests.campaigns.experiments.shop import (
    AFTER,
    STAFF,
    a_campaign,
    buys,
    costs,
    enter,
    some_members,
)
from tests.journeys.conftest import Visitor
from tests.journeys.test_console import barriers, colleague
from tests.portal.shop import Shop

LIST = "/console/campaigns/reading/"
DECIDED = "Volgend najaar weer, met de helft van de punten."


@pytest.fixture
def campaign(shop: Shop) -> Campaign:
    """Forty were treated and spent 20 euros more than the forty who were held out; it is judged."""
    campaign = a_campaign(shop.programme)
    members = some_members(shop.programme, 80)
    for at, membership in enumerate(members):
        buys(membership, f"{10 + at % 10 + (20 if at < 40 else 0)}.00")
    for participant in enter(campaign, members[:40]):
        costs(participant, points=100)
    enter(campaign, members[40:], "holdout")
    read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER)
    return campaign


def test_from_the_list_to_the_answer_and_a_decision(
    visitor: Visitor, shop: Shop, campaign: Campaign
) -> None:
    page = colleague(visitor, "marketer").page
    visitor.open(LIST)
    page.get_by_role("link", name="Najaarsactie").first.click()

    answer = page.locator(".console-sentence").first
    expect(answer).to_contain_text("gaf gemiddeld € 20,00 meer uit")
    expect(page.get_by_text("Het ware verschil ligt tussen")).to_be_visible()
    expect(page.locator("svg").first).to_be_visible()
    page.get_by_text("Toon de cijfers").click()
    expect(page.get_by_role("cell", name="aangetoond", exact=True).first).to_be_visible()
    expect(page.get_by_text("Ja. Zulke groepen komen")).to_be_visible()
    assert barriers(visitor) == []

    page.get_by_label("Wat maak je ervan, of wat besluit je?").fill(DECIDED)
    page.get_by_role("button", name="Noteren").click()
    expect(page.locator(".console-notes")).to_contain_text(DECIDED)
    assert CampaignNote.objects.get().text == DECIDED


def test_of_all_marketing_together_on_a_phone(visitor: Visitor, campaign: Campaign) -> None:
    page = colleague(visitor, "marketer").page
    visitor.open(f"{LIST}together/")
    expect(page.locator(".console-sentence").first).to_contain_text("niemand wordt overal buiten")
    page.get_by_role("link", name="De laatste 365 dagen").click()
    expect(page.get_by_role("link", name="De laatste 365 dagen")).to_have_attribute(
        "aria-current", "true"
    )
    assert barriers(visitor) == []
