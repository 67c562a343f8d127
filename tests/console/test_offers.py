"""Offers: made in a form, published and stopped, and what members did with them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from campaigns.models import Offer
from campaigns.services.offers import dismiss_offer, follow_offer
from loyalty.models import Programme
from members.models import Membership
from tests.console.rewarding import a_reward
from tests.console.rules import text

LIST = "/console/campaigns/offer/"
SignIn = Callable[..., Any]


def said(**changes: Any) -> dict[str, Any]:
    return {
        "title_nl": "Nieuwe muur",
        "title_en": "New wall",
        "text_nl": "Verf",
        "text_en": "Paint",
        "leads_to": "",
        "link": "",
        "brands": "Lindeman, Oosterveld",
        "given_by": "",
        "weight": "70",
        "starts_on": "",
        "ends_on": "2099-12-31",
        **changes,
    }


class TestMakingAnOffer:
    def test_keeps_what_was_said_and_shows_it_once_live(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        reward = a_reward(programme)

        shown = text(client.post(f"{LIST}add/", said(leads_to=str(reward.pk)), follow=True))

        offer = Offer.objects.get()
        assert "Saved, not live yet: New wall" in shown
        assert (offer.key, offer.state, offer.weight) == ("new-wall", "DRAFT", 70)
        assert (offer.reward_id, offer.brands) == (reward.pk, ["Lindeman", "Oosterveld"])
        assert "New wall: Paint" in text(client.get(f"{LIST}{offer.pk}/change/"))
        client.post(f"{LIST}{offer.pk}/publish/")
        offer.refresh_from_db()
        assert offer.state == "LIVE"
        client.post(f"{LIST}{offer.pk}/stop/")
        offer.refresh_from_db()
        assert offer.state == "STOPPED"

    def test_copies_it_as_a_draft_without_its_days(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", said())
        offer = Offer.objects.get()
        page = f"{LIST}{offer.pk}"
        assert f"{page}/copy/" in client.get(f"{page}/change/").text

        assert "without its days" in text(client.get(f"{page}/copy/"))
        assert Offer.objects.count() == 1
        client.post(f"{page}/copy/")

        copy = Offer.objects.exclude(pk=offer.pk).get()
        assert (copy.key, copy.title_nl, copy.state) == ("new-wall-2", "Nieuwe muur", "DRAFT")
        assert (offer.ends_at is None, copy.ends_at) == (False, None)

    def test_refuses_a_link_that_leads_elsewhere_and_keeps_nothing(
        self, client: Client, sign_in: SignIn
    ) -> None:
        sign_in("marketer")

        answer = client.post(f"{LIST}add/", said(link="javascript:alert(1)"), follow=True)

        assert "begins with https://" in text(answer)
        assert not Offer.objects.exists()

    def test_changes_a_live_one_and_keeps_its_key(
        self, client: Client, sign_in: SignIn, programme: Programme
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", said())
        offer = Offer.objects.get()

        client.post(f"{LIST}{offer.pk}/change/", said(title_en="Other", weight="3"))

        offer.refresh_from_db()
        assert (offer.key, offer.title_en, offer.weight) == ("new-wall", "Other", 3)


class TestList:
    def test_says_how_many_saw_followed_and_put_it_away(
        self, client: Client, sign_in: SignIn, anna: Membership
    ) -> None:
        sign_in("marketer")
        client.post(f"{LIST}add/", said())
        offer = Offer.objects.get()
        client.post(f"{LIST}{offer.pk}/publish/")
        at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        follow_offer(membership=anna, key=offer.key, at=at)
        dismiss_offer(membership=anna, key=offer.key, at=at)

        page = text(client.get(f"{LIST}{offer.pk}/change/"))

        assert "One member saw it. 1 followed it, 1 put it away." in page
        assert "New wall" in text(client.get(LIST))
