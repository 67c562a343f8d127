import pytest

from campaigns.journeys.document import read_document
from campaigns.journeys.sentences import campaign_sentences
from campaigns.messaging.ready_made import READY_MADE as MESSAGES
from campaigns.services.forecast import forecast
from campaigns.services.ready_made import READY_MADE
from tests.campaigns.journeys.town import DAY, MESSAGE, POINTS, document


class TestReadyMade:
    @pytest.mark.parametrize("key", READY_MADE)
    def test_can_be_carried_out_with_the_ready_made_messages(self, key):
        made = READY_MADE[key]

        read = read_document(made.document)

        assert key in MESSAGES
        assert campaign_sentences(read, "nl", {})


class TestForecast:
    def test_counts_the_audience_its_reach_and_what_it_costs(self, town):
        town.now += 40 * DAY
        for number in range(3):
            town.member(number, agrees=number > 0)
        campaign = town.saved("welcome", document(MESSAGE, POINTS))

        seen = forecast(
            campaign=campaign, document=read_document(document(MESSAGE, POINTS)), at=town.now + DAY
        )

        assert seen.audience == 4  # Anna joined long before
        assert (seen.contactable["EMAIL"], seen.contactable["SMS"], seen.contactable[""]) == (
            2,
            0,
            2,
        )
        assert seen.points_each == 50
        assert seen.entered_past_month == 3
        assert len(seen.sample) == 4
