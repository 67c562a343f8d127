from decimal import Decimal

import pytest

from campaigns.errors import CampaignInvalid
from campaigns.journeys.document import read_document
from campaigns.journeys.sentences import campaign_sentences
from campaigns.messaging.ready_made import READY_MADE as MESSAGES
from campaigns.services.forecast import forecast
from campaigns.services.ready_made import READY_MADE
from tests.campaigns.journeys.town import DAY, MESSAGE, POINTS, document

TO_CHOOSE = {"double-points", "tier-almost-reached"}  # a rule, a segment


class TestReadyMade:
    @pytest.mark.parametrize("key", sorted(set(READY_MADE) - TO_CHOOSE))
    def test_can_be_carried_out_with_the_ready_made_messages(self, key):
        read = read_document(READY_MADE[key].document)

        assert key in MESSAGES
        assert campaign_sentences(read, "nl", {})

    @pytest.mark.parametrize("key", sorted(TO_CHOOSE))
    def test_waits_for_what_only_the_shop_can_choose(self, key):
        with pytest.raises(CampaignInvalid):
            read_document(READY_MADE[key].document)


class TestForecast:
    def test_counts_the_audience_its_reach_and_what_it_costs(self, town):
        town.now += 40 * DAY
        for number in range(3):
            town.member(number, agrees=number > 0)
        campaign = town.saved("welcome", document(MESSAGE, POINTS))

        seen = forecast(campaign=campaign, at=town.now + DAY)

        assert seen.audience == 4  # Anna joined long before
        assert (seen.reached["EMAIL"], seen.reached["SMS"], seen.unreached) == (2, 0, 2)
        assert (seen.points, seen.cost) == (200, Decimal(0))  # a point is worth nothing here
        assert seen.entered_past_month == 3
        assert len(seen.sample) == 4
