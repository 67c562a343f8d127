"""Members put into a campaign by hand, and segments that say which campaigns use them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import pytest
from django.test import Client

from campaigns.models import Campaign, Participant
from campaigns.services.by_hand import put_in_segments
from loyalty.models import Programme
from members.models import Identifier, Membership, Segment, User
from members.services.segments import join_segment
from tests.campaigns.journeys.town import DAY, POINTS, Town, document
from tests.console.campaign_forms import LIST
from tests.console.conftest import NOON
from tests.console.rules import text
from tests.members.shop import Shop

SignIn = Callable[..., User]


@pytest.fixture
def gold(programme: Programme) -> Segment:
    return Segment.objects.create(
        programme=programme, key="gold", state="LIVE", name_nl="Goud", name_en="Gold",
        created_at=NOON,
    )  # fmt: skip


@pytest.fixture
def campaign(town: Town) -> Campaign:
    return town.live("thanks", document(POINTS, trigger={"kind": "by_hand"}))


@pytest.fixture
def town(programme: Programme) -> Town:
    town = Town(cast("Shop", SimpleNamespace(programme=programme)), NOON)
    town.nobody_held_out_of_all()
    return town


def keyed(client: Client, path: str, **said: object) -> dict[str, object]:
    return {"key": client.get(path).context["form"]["key"].value(), **said}


class TestPuttingMembersIn:
    def test_says_how_many_first_and_lets_in_who_is_on_the_list(
        self, client: Client, sign_in: SignIn, campaign: Campaign, anna: Membership
    ) -> None:
        sign_in("marketer")
        card = Identifier.objects.filter(member=anna.member_id, kind="CARD").get().value
        path = f"{LIST}{campaign.pk}/put-in/"
        sent = keyed(client, path, lines=f"{card}\nnobody@example.nl")
        assert sent["key"]
        counted = text(client.post(path, {**sent, "deed": "count"}))
        assert "It is about 1 member." in counted
        assert "By 1 line nobody was found." in counted
        assert not Participant.objects.exists()
        for _turn in range(2):
            client.post(path, {**sent, "deed": "put"})
        assert [p.membership_id for p in Participant.objects.all()] == [anna.pk]

    def test_lets_a_segment_in_by_a_worker_once(
        self, client: Client, sign_in: SignIn, campaign: Campaign, anna: Membership, gold: Segment
    ) -> None:
        sign_in("marketer")
        join_segment(membership_id=anna.pk, segment="gold", at=NOON - DAY)
        path = f"{LIST}{campaign.pk}/put-in/"
        sent = keyed(client, path, segments=["gold"])
        assert "It is about 1 member." in text(client.post(path, {**sent, "deed": "count"}))
        with patch("campaigns.admin.campaign_hand.put_in_segments.delay") as asked:
            client.post(path, {**sent, "deed": "put"})
        said = asked.call_args.kwargs
        assert (said["campaign_id"], said["segments"]) == (campaign.pk, ["gold"])
        for _turn in range(2):
            put_in_segments(**said, at=NOON)
        assert [p.membership_id for p in Participant.objects.all()] == [anna.pk]

    def test_is_not_for_a_campaign_that_begins_by_itself(
        self, client: Client, sign_in: SignIn, town: Town
    ) -> None:
        sign_in("marketer")
        campaign = town.live("welcome", document(POINTS))
        answer = client.get(f"{LIST}{campaign.pk}/put-in/")
        assert answer.status_code == 302
        assert not Participant.objects.exists()

    def test_is_not_for_who_may_only_look(
        self, client: Client, sign_in: SignIn, campaign: Campaign
    ) -> None:
        sign_in("finance")
        assert client.get(f"{LIST}{campaign.pk}/put-in/").status_code == 403


class TestUses:
    def test_a_segment_says_which_campaigns_use_it_also_before_it_is_stopped(
        self, client: Client, sign_in: SignIn, town: Town, gold: Segment
    ) -> None:
        asks = {"attribute": "segment", "is": "in", "value": ["gold"]}
        town.saved("welcome", document({"kind": "condition", "asks": asks, "yes": [POINTS]}))
        town.saved("other", document(POINTS))
        sign_in("marketer")
        asked = text(client.get(f"/console/members/segment/{gold.pk}/stop/"))
        assert "In use by: Campaign “welcome”." in asked
        assert "“other”" not in asked
