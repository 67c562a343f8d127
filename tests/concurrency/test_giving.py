"""Eight at once, in processes of their own: one grant for a key, one reward of a choice, full cards."""

from collections.abc import Iterator
from functools import partial

import pytest

from loyalty.events.bus import dispatch_pending
from loyalty.models import Account, EventFailure, OutboxEvent
from members.models import SegmentMembership
from members.services.activities import record_activity
from members.types import ActivitySubmission
from rewards.models import Grant, Redemption
from rewards.services.boosts import settle_boost
from rewards.services.filling import fill_card
from rewards.services.giving import choices_of, give, take_grant
from rewards.services.redemption import redeem_reward
from tests.concurrency.racing import race
from tests.members.shop import CARD, open_shop
from tests.rewards.occasions import DAY, MINUTE, STAFF, Town

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 8
ROUNDS = range(3)
WHY = {"nl": "Omdat het kan", "en": "Because we can"}


@pytest.fixture
def town() -> Iterator[Town]:
    return Town(open_shop())


def given(town: Town, key: str, **said: object) -> str:
    values = {"membership_id": town.anna.pk, "reason": WHY, "actor": STAFF, "at": town.now}
    return str(give(key=key, **{**values, **said}).pk)


def taken(town: Town, grant: Grant, reward_id: int) -> str:
    redemption = take_grant(
        grant_id=grant.pk, reward_id=reward_id, channel="web", actor=STAFF, at=town.now
    )
    return str(redemption.pk)


def buy(town: Town, number: int) -> None:
    record_activity(
        book=town.shop.book,
        submission=ActivitySubmission(
            type="purchase",
            member=CARD,
            external_id=f"receipt-{number}",
            occurred_at=town.now + number * MINUTE,
            amount="1.00",
        ),
        actor="api:till",
        at=town.now + DAY,
    )


def relay(town: Town) -> int:
    """As the relay does: a few events at a time until there are none."""
    told = 0
    while done := dispatch_pending(at=town.now + DAY, limit=3):
        told += done
    return told


class TestGrants:
    def test_are_given_once_for_a_key(self, town):
        for number in ROUNDS:
            reward = town.reward(f"r{number}", stock=RUNNERS)

            answers = race([[partial(given, town, f"key-{number}", reward=reward)]] * RUNNERS)

            grant = Grant.objects.get(key=f"key-{number}")
            assert answers == [[str(grant.pk)]] * RUNNERS
            assert Redemption.objects.get(reward=reward).grant == grant

    def test_are_taken_once_whatever_each_chooses(self, town):
        rewards = [town.reward(f"r{number}") for number in range(RUNNERS)]
        occasion = town.occasion("JOINED", *rewards, way="CHOICE")
        for number in ROUNDS:
            given(town, f"key-{number}", occasion=occasion)
            grant = Grant.objects.get(key=f"key-{number}")

            answers = race(
                [[partial(taken, town, grant, choice.pk)] for choice in choices_of(grant)]
            )

            redemption = Redemption.objects.get(grant=grant)
            assert answers == [[str(redemption.pk)]] * RUNNERS
            grant.refresh_from_db()
            assert (grant.state, grant.reward) == ("TAKEN", redemption.reward)


class TestStampCards:
    def stamps(self, town):
        accounts = Account.objects.filter(holder=town.anna.holder, kind="MEMBER")
        return accounts.get(unit__code="stamps-coffee").balance

    def test_are_filled_once_by_several_relays(self, town):
        town.card(town.reward(), stamps=4)
        for number in range(18):
            buy(town, number)

        race([[partial(relay, town)]] * RUNNERS)

        assert list(EventFailure.objects.values_list("subscriber", "error")) == []
        assert not OutboxEvent.objects.filter(dispatched_at=None).exists()
        assert (Redemption.objects.count(), self.stamps(town)) == (4, 2)

    def test_are_filled_once_for_different_causes(self, town):
        card = town.card(town.reward(), stamps=4)
        for number in range(9):
            buy(town, number)

        race(
            [
                [
                    partial(
                        fill_card,
                        card_id=card.pk,
                        membership_id=town.anna.pk,
                        cause=cause,
                        at=town.now + DAY,
                    )
                ]
                for cause in range(RUNNERS)
            ]
        )

        assert (Redemption.objects.count(), self.stamps(town)) == (2, 1)


class TestBoosts:
    def test_run_for_the_days_of_all_that_were_redeemed(self, town):
        reward = town.reward(
            "triple", points=1, kind="MULTIPLIER", terms={"factor": "3", "days": 7}
        )
        for number in range(RUNNERS):
            buy(town, number)
        for number in range(RUNNERS):
            redeem_reward(
                membership_id=town.anna.pk,
                reward_id=reward.pk,
                request_key=f"k{number}",
                channel="web",
                actor="api:webshop",
                at=town.now + DAY,
            )

        race(
            [
                [
                    partial(
                        settle_boost,
                        membership_id=town.anna.pk,
                        reward=reward,
                        at=town.now + DAY + MINUTE,
                    )
                ]
            ]
            * RUNNERS
        )

        stay = SegmentMembership.objects.get()
        assert stay.until - stay.since == RUNNERS * 7 * DAY
