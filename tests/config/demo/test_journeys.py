from datetime import timedelta

import pytest

from campaigns.models import Campaign, Participant, StepTaken
from campaigns.services.walking import walk
from config.demo.journeys import see_to_journeys
from config.demo.shop import open_shop
from loyalty.models import Programme
from loyalty.services.rulebook import Rulebook, current_rulebook
from tests.config.demo.test_coupons import HOUSEHOLDS, NOW, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Rulebook:
    return current_rulebook(programme_id=open_shop(at=NOW).pk)


class TestJourneysOfTheDemo:
    def test_are_three_live_ones_and_the_newest_members_walk_through_the_welcome(
        self, book: Rulebook
    ) -> None:
        load(book, HOUSEHOLDS)
        programme = Programme.objects.get(pk=book.programme_id)

        for day in range(2):
            see_to_journeys(programme=programme, at=NOW + timedelta(days=day))
        walk(at=NOW)

        mine = Campaign.objects.filter(key__in=["welcome", "birthday", "expiring"])
        assert sorted(mine.values_list("key", "state", "holdout", "version")) == [
            ("birthday", "LIVE", 20, 1),
            ("expiring", "LIVE", 20, 1),
            ("welcome", "LIVE", 20, 1),
        ]
        welcomed = Participant.objects.filter(campaign__key="welcome")
        assert 0 < welcomed.count() <= 12
        for participant in welcomed:
            is_held_out = participant.arm in ("holdout", "universal")
            taken = StepTaken.objects.filter(participant=participant).count()
            assert taken == (0 if is_held_out else 2)  # told, then waiting
