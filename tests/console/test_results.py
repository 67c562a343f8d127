"""What a campaign caused: the answer in a sentence, the figures, and what people made of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campaigns.models import Campaign, CampaignNote, Reading
from campaigns.services.results import read_campaign
from loyalty.models import Programme
from tests.campaigns.experiments.shop import (
    AFTER,
    STAFF,
    a_campaign,
    buys,
    costs,
    enter,
    some_members,
)

SignIn = Callable[..., Any]
DAY = AFTER + timedelta(days=10)


@pytest.fixture
def campaign(programme: Programme) -> Campaign:
    """Forty were treated and spent 30 to 39 each, forty held out, who spent 10 to 19."""
    campaign = a_campaign(programme)
    members = some_members(programme, 80)
    for at, membership in enumerate(members):
        buys(membership, f"{10 + at % 10 + (20 if at < 40 else 0)}.00")
    for participant in enter(campaign, members[:40]):
        costs(participant, points=100)
    enter(campaign, members[40:], "holdout")
    return campaign


def text(response: Any) -> str:
    """What is read on a page, without its tags."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", response.content.decode())).split())


def page(campaign: Campaign) -> str:
    return f"/console/campaigns/reading/of/{campaign.pk}/"


class TestThePage:
    def test_opens_with_the_answer_and_has_the_figures_behind(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=DAY, is_final=True)
        sign_in("marketer")

        shown = text(client.get(page(campaign)))

        assert (
            "Those who got it spent €20.00 more on average (+137.9%) than those who got nothing, "
            "in 28 days." in shown
        )
        assert "After its cost, €19.00 per member was left (between €17.71 and €20.29)." in shown
        assert "€40.00 Of which 4,000 points, at what a point is worth." in shown
        assert "Yes. Groups as these come of a fair lot in 100.0% of cases or more." in shown
        assert "Judged" in shown
        assert "Read it now" not in shown

    def test_says_that_it_was_read_early(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER)
        sign_in("marketer")

        shown = text(client.get(page(campaign)))

        assert "Read early. It is judged on 1 November 2026, as was said beforehand." in shown
        assert "they hold however often anybody looks." in shown

    def test_says_that_nothing_was_read_yet_and_reads_when_asked(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("marketer")
        assert "Not read yet. It is judged by itself on 1 November 2026" in text(
            client.get(page(campaign))
        )

        done = client.post(f"{page(campaign)}read/", follow=True)

        assert "Read." in text(done)
        assert not Reading.objects.get().is_final

    def test_shows_an_earlier_reading_when_asked(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        early = read_campaign(campaign_id=campaign.pk, actor=STAFF, at=AFTER)
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=DAY, is_final=True)
        sign_in("marketer")

        to_its_page = client.get(f"/console/campaigns/reading/{early.pk}/change/")

        assert to_its_page["Location"] == f"{page(campaign)}?reading={early.pk}"
        assert "Read early. It is judged" in text(client.get(to_its_page["Location"]))

    def test_keeps_what_people_made_of_it(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        user = sign_in("marketer")

        client.post(f"{page(campaign)}note/", {"kind": "DECISION", "text": "Again in spring."})

        note = CampaignNote.objects.get()
        assert (note.kind, note.text, note.actor) == (
            "DECISION",
            "Again in spring.",
            f"staff:{user.pk}",
        )
        assert "Decision · marketer@shop.nl" in text(client.get(page(campaign)))

    def test_refuses_an_empty_note(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("marketer")

        client.post(f"{page(campaign)}note/", {"kind": "NOTE", "text": " "})

        assert not CampaignNote.objects.exists()

    def test_is_read_in_few_queries_however_many_took_part(
        self,
        client: Client,
        sign_in: SignIn,
        campaign: Campaign,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=DAY, is_final=True)
        sign_in("marketer")
        client.get(page(campaign))

        with django_assert_max_num_queries(14):
            client.get(page(campaign))

    def test_is_in_the_list_with_its_answer(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        read_campaign(campaign_id=campaign.pk, actor=STAFF, at=DAY, is_final=True)
        sign_in("finance")

        assert "Those who got it spent €20.00 more" in text(
            client.get("/console/campaigns/reading/")
        )


class TestRights:
    def test_finance_looks_and_does_not_write(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("finance")

        assert client.get(page(campaign)).status_code == 200
        assert client.post(f"{page(campaign)}read/").status_code == 403
        assert client.post(f"{page(campaign)}note/", {"text": "x"}).status_code == 403
        assert not Reading.objects.exists()

    def test_cashiers_do_not_look(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("cashier")

        assert client.get(page(campaign)).status_code == 403

    def test_looking_writes_nothing(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("marketer")

        assert client.get(f"{page(campaign)}read/").status_code == 405
        assert client.get(f"{page(campaign)}note/").status_code == 405
        assert client.get("/console/campaigns/reading/of/0/").status_code == 404
        assert not Reading.objects.exists()


class TestAllMarketingTogether:
    def test_is_a_page_of_its_own_that_the_list_leads_to(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("marketer")
        assert (
            "/console/campaigns/reading/together/"
            in client.get("/console/campaigns/reading/").content.decode()
        )

        shown = text(client.get("/console/campaigns/reading/together/?days=30"))

        assert "What all marketing together caused" in shown
        assert "nobody is held out of everything. Set that part in the contact policy." in shown
        assert "The last 365 days" in shown

    def test_costs_as_many_queries_for_many_members(
        self,
        client: Client,
        sign_in: SignIn,
        campaign: Campaign,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        client.get("/console/campaigns/reading/together/")
        with django_assert_max_num_queries(10):
            client.get("/console/campaigns/reading/together/?days=nonsense")
