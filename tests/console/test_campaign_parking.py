"""What broke again and again is seen on the campaign's page, and tried again from there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from campaigns.models import Campaign, Dispatch, Participant
from loyalty.models import Programme
from members.models import Membership, User
from tests.console.campaign_forms import ADD, BASICS, message, page
from tests.console.conftest import NOON
from tests.console.rules import text

SignIn = Callable[..., User]


@pytest.fixture
def campaign(client: Client, sign_in: SignIn, programme: Programme, anna: Membership) -> Campaign:
    """Live; Anna was put aside at its step, and so was a message to her."""
    sign_in("marketer")
    client.post(ADD, {**BASICS, **message("s_0")})
    campaign = Campaign.objects.latest("pk")
    Campaign.objects.update(state="LIVE")
    participant = Participant.objects.create(
        campaign=campaign, membership=anna, key="once", version=1, arm="main", place="0",
        state="STOPPED", attempts=5, entered_at=NOON, finished_at=NOON,
    )  # fmt: skip
    Dispatch.objects.create(
        id=uuid7(), member=anna.member, membership=anna, key="hello", channel="EMAIL",
        nature="MARKETING", purpose="OFFERS", source="campaign:welcome", campaign=campaign,
        participant=participant, arm="main", fate="FAILED", reason="broke", attempts=5,
        not_before=NOON, created_at=NOON, decided_at=NOON,
    )  # fmt: skip
    return campaign


class TestPutAside:
    def test_is_said_and_tried_again(self, client: Client, campaign: Campaign) -> None:
        told = text(client.get(page(campaign.pk)))
        assert "1 member was put aside: their step broke five times." in told
        assert "1 message was put aside: making it broke five times." in told
        assert "making it broke each time, so it was put aside" in told
        assert "Try again" in told

        done = text(client.post(page(campaign.pk, "try_again"), follow=True))

        assert "tries again what broke." in done
        assert "was put aside: " not in done
        participant, dispatch = Participant.objects.get(), Dispatch.objects.get()
        assert (participant.state, participant.attempts) == ("ACTIVE", 0)
        assert (dispatch.fate, dispatch.reason, dispatch.attempts) == ("WAITING", "", 0)

    def test_is_not_offered_where_nothing_broke(self, client: Client, campaign: Campaign) -> None:
        Dispatch.objects.all().delete()
        Participant.objects.all().delete()

        told = text(client.get(page(campaign.pk)))

        assert "Put aside" not in told
        assert "Try again" not in told

    def test_is_for_who_may_change_it(
        self, client: Client, sign_in: Any, campaign: Campaign
    ) -> None:
        sign_in("finance")

        assert client.post(page(campaign.pk, "try_again")).status_code == 403
        assert Participant.objects.get().state == "STOPPED"
