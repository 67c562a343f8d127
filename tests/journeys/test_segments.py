"""A marketer makes a segment in a real browser, with scripts and without."""

import pytest
from playwright.sync_api import Page, expect

from members.models import Segment
from tests.journeys.conftest import Visitor
from tests.journeys.test_console import anna, barriers, colleague
from tests.portal.shop import Shop

__all__ = ["anna"]

LIST = "/console/members/segment/"
WANTED = {
    "all": [
        {
            "attribute": "purchases.amount",
            "is": "at_least",
            "value": "100.00",
            "with": {"days": 90, "category": "paint"},
        },
        {"attribute": "tier", "is": "none_of", "value": ["gold"]},
    ]
}


@pytest.fixture
def marketer(visitor: Visitor, shop: Shop) -> Visitor:
    return colleague(visitor, "marketer")


def add(page: Page, attribute: str) -> None:
    page.locator("#c-new").select_option(attribute)
    page.get_by_role("button", name="Voorwaarde toevoegen").click()


def make_a_segment(page: Page) -> None:
    """Bought paint for 100 euros in 90 days, and is not gold."""
    page.get_by_label("Naam in het Nederlands").fill("Schilders zonder goud")
    page.get_by_label("Naam in het Engels").fill("Painters without gold")
    add(page, "purchases.amount")
    first = page.locator("#c_0")
    first.locator("[name=c_0-operator]").select_option("at_least")
    first.locator("[name=c_0-value]").fill("100,00")
    first.locator("[name=c_0-with-days]").fill("90")
    first.locator("summary").click()
    first.get_by_text("verf", exact=True).click()
    add(page, "tier")
    second = page.locator("#c_1")
    second.locator("[name=c_1-operator]").select_option("none_of")
    second.locator("[name=c_1-keys-other]").fill("gold")


@pytest.mark.usefixtures("anna")
def test_makes_a_segment_on_the_phone_by_clicks_and_publishes_it(marketer: Visitor) -> None:
    page = marketer.page
    marketer.open(f"{LIST}add/")
    make_a_segment(page)
    expect(page.locator("#segment-said")).to_contain_text("verf")
    expect(page.locator("#segment-said")).to_contain_text("90")
    expect(page.locator("#segment-size")).to_contain_text("Anna")
    expect(page.get_by_label("Naam in het Nederlands")).to_have_value("Schilders zonder goud")
    assert (barriers(marketer), marketer.sideways()) == ([], False)

    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("Opgeslagen, nog niet live:")).to_be_visible()
    segment = Segment.objects.get()
    assert segment.versions.get().document == WANTED

    marketer.open(f"{LIST}{segment.pk}/publish/")
    page.locator("main, #main").get_by_role("button", name="Publiceren").click()
    expect(page.get_by_text("Vanaf nu live:")).to_be_visible()
    segment.refresh_from_db()
    assert (segment.state, segment.size) == (Segment.State.LIVE, 1)
    assert marketer.complaints == []
