"""Workers at the same campaign, and workers that die in the middle: every effect once."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connections

from campaigns.models import Campaign, Dispatch, Participant, StepTaken
from campaigns.services import actions
from campaigns.services.entering import Entrance, enter
from campaigns.services.walking import walk
from tests.campaigns.journeys.town import MESSAGE, POINTS, Town, document, states
from tests.concurrency.racing import race
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
MEMBERS = 12


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town(open_shop())
    town.nobody_held_out_of_all()
    town.message()
    town.told()
    return town


def begun(town: Town, **said: object) -> Campaign:
    """A campaign in which everybody is about to take the first step."""
    campaign = town.live("gift", document(MESSAGE, POINTS, trigger={"kind": "by_hand"}), **said)
    entrances = [Entrance(town.member(n).pk, "hand") for n in range(MEMBERS)]
    enter(campaign_id=campaign.pk, entrances=entrances, at=town.now)
    return campaign


def points_given(town: Town, campaign: Campaign) -> list[int]:
    rows = Participant.objects.filter(campaign=campaign).select_related("membership")
    return [town.points_of(row.membership) for row in rows.order_by("pk")]


def let_in(campaign_id: int, entrances: list[Entrance], at: object) -> int:
    return enter(campaign_id=campaign_id, entrances=entrances, at=at)


class TestWalking:
    def test_gives_and_tells_everybody_once_by_many_workers(self, town):
        campaign = begun(town)

        race([[partial(walk, at=town.now), partial(walk, at=town.now)]] * WORKERS)
        walk(at=town.now)

        assert points_given(town, campaign) == [50] * MEMBERS
        assert Dispatch.objects.filter(campaign=campaign).count() == MEMBERS
        assert StepTaken.objects.count() == 2 * MEMBERS
        assert states(campaign) == ["DONE"] * MEMBERS

    def test_never_spends_more_than_the_budget(self, town):
        campaign = begun(town, budget_points=250)

        race([[partial(walk, at=town.now)]] * WORKERS)

        campaign.refresh_from_db()
        assert sum(points_given(town, campaign)) == campaign.spent_points == 250
        assert (campaign.state, campaign.stop_reason) == ("PAUSED", "budget")

    def test_lets_nobody_in_twice(self, town):
        what = document(POINTS, trigger={"kind": "by_hand"}, again="every", again_days=7)
        campaign = town.live("gift", what)
        members = [town.member(n).pk for n in range(MEMBERS)]

        race(
            [
                [partial(let_in, campaign.pk, [Entrance(pk, f"w{n}") for pk in members], town.now)]
                for n in range(WORKERS)
            ]
        )

        assert Participant.objects.filter(campaign=campaign).count() == MEMBERS

    def test_gives_once_though_a_worker_is_killed_in_the_step(self, town):
        campaign = begun(town)

        connections.close_all()
        worker = multiprocessing.get_context("fork").Process(target=_walk_and_die, args=(town,))
        worker.start()
        worker.join(60)
        assert worker.exitcode == -signal.SIGKILL
        walk(at=town.now)

        assert points_given(town, campaign) == [50] * MEMBERS
        assert Dispatch.objects.filter(campaign=campaign).count() == MEMBERS
        assert StepTaken.objects.count() == 2 * MEMBERS


def _walk_and_die(town: Town) -> None:
    """Walk until the third gift is booked and not yet committed, and be killed there."""
    spend, gifts = actions._spend, []

    def dying(*said: object) -> None:
        spend(*said)
        gifts.append(said)
        if len(gifts) == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    actions._spend = dying
    walk(at=town.now)
