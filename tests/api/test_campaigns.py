"""Members put into campaigns by other systems."""

import pytest

from campaigns.models import Campaign, Participant
from tests.api.conftest import Till, till_of
from tests.campaigns.journeys.town import POINTS, Town, document
from tests.members.shop import Shop

ANNA = "card:2990000000019"
BODY = {"member": ANNA}
FIRST, SECOND = {"Idempotency-Key": "first"}, {"Idempotency-Key": "second"}


@pytest.fixture
def crm(shop: Shop) -> Till:
    return till_of(shop, "crm", ["campaigns:write"])


@pytest.fixture
def campaign(shop: Shop) -> Campaign:
    town = Town(shop)
    town.nobody_held_out_of_all()
    return town.live("thanks", document(POINTS, trigger={"kind": "by_hand"}, again="always"))


class TestPutIn:
    def test_lets_the_member_in_once_per_key(self, shop: Shop, crm: Till, campaign: Campaign):
        path = "campaigns/thanks/members"
        answers = [crm.post(path, BODY, **FIRST) for _turn in range(2)]
        assert [each.json() for each in answers] == [{"campaign": "thanks", "came_in": True}] * 2
        assert Participant.objects.get().membership == shop.anna

        crm.post(path, BODY, **SECOND)
        assert Participant.objects.filter(campaign=campaign).count() == 2

    def test_wants_a_key(self, crm: Till, campaign: Campaign):
        refused = crm.post("campaigns/thanks/members", BODY)
        assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")
        assert not Participant.objects.exists()

    def test_refuses_one_that_is_not_live_and_lets_nobody_in(self, crm: Till, campaign: Campaign):
        Campaign.objects.update(state="PAUSED")
        refused = crm.post("campaigns/thanks/members", BODY, **FIRST)
        assert refused.json()["code"] == "campaign_state"
        assert not Participant.objects.exists()

    def test_refuses_one_that_begins_by_itself(self, shop: Shop, crm: Till):
        Town(shop).live("welcome", document(POINTS))
        refused = crm.post("campaigns/welcome/members", BODY, **FIRST)
        assert refused.json()["code"] == "campaign_state"
        assert not Participant.objects.exists()

    def test_knows_no_campaign_of_that_name(self, crm: Till):
        refused = crm.post("campaigns/nothing/members", BODY, **FIRST)
        assert refused.status_code == 404

    def test_is_refused_without_the_right(self, shop: Shop, campaign: Campaign):
        till = till_of(shop, "till", ["offers:write"])
        refused = till.post("campaigns/thanks/members", BODY, **FIRST)
        assert refused.status_code == 403
        assert not Participant.objects.exists()
