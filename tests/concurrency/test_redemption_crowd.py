"""Fifty processes for one thing, round after round: exactly one wins each; and kill -9 between steps."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from loyalty.models import Account
from loyalty.services.unit_holdings import units_held
from members.models import Membership
from rewards.models import Redemption, Reward
from rewards.services.redemption import (
    authorise_redemption,
    cancel_redemption,
    capture_redemption,
    expire_redemptions,
)
from rewards.services.stock import left_in_stock
from tests.concurrency.racing import race
from tests.properties.redeeming_machine import broken_promises
from tests.rewards.shop import (
    NOON,
    STAFF,
    membership_factory,
    programme,
    redeem,
    reward_factory,
)

__all__ = ["membership_factory", "programme", "reward_factory"]

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 50
TERM = timedelta(minutes=15)


def taken(membership: Membership, reward: Reward, number: int, runner: int) -> str:
    redeem(membership, reward, request_key=f"{number}-{runner}-{membership.pk}")
    return "redeemed"


def set_aside(membership: Membership, reward: Reward, key: str) -> Redemption:
    return authorise_redemption(
        membership_id=membership.pk,
        reward_id=reward.pk,
        request_key=key,
        channel="web",
        actor="api:webshop",
        at=NOON,
        term=TERM,
    )


def rounds_of(answers: list[list[Any]]) -> list[list[Any]]:
    """What all runners answered, round by round."""
    return [list(each) for each in zip(*answers, strict=True)]


@pytest.fixture
def rounds() -> int:
    """As many as fit in the suite; `make prove` asks for a hundred."""
    return int(os.environ.get("CROWD_ROUNDS", "8"))


class TestFiftyAtOnce:
    def test_one_wins_the_last_one_each_round(self, membership_factory, reward_factory, rounds):
        """K21: given one left, when fifty race, then one wins."""
        members = [membership_factory(points=250 * rounds) for _ in range(CROWD)]
        rewards = [reward_factory(key=f"r{number}", stock=1) for number in range(rounds)]

        answers = race(
            [
                [partial(taken, member, reward, n, who) for n, reward in enumerate(rewards)]
                for who, member in enumerate(members)
            ]
        )

        for answered in rounds_of(answers):
            assert answered.count("redeemed") == 1
            assert answered.count("RewardSoldOut") == CROWD - 1
        assert [left_in_stock(reward.pk) for reward in rewards] == [0] * rounds
        assert broken_promises() == []

    def test_one_wins_one_balance_each_round(self, membership_factory, reward_factory, rounds):
        members = [membership_factory(points=250) for _ in range(rounds)]
        reward = reward_factory()

        answers = race(
            [
                [partial(taken, member, reward, n, who) for n, member in enumerate(members)]
                for who in range(CROWD)
            ]
        )

        for answered in rounds_of(answers):
            assert answered.count("redeemed") == 1
            assert answered.count("InsufficientPoints") == CROWD - 1
        balances = Account.objects.filter(holder__in=[each.holder for each in members])
        assert set(balances.values_list("balance", flat=True)) == {0}
        assert broken_promises() == []

    def test_one_frees_what_timed_out_and_takes_it(self, membership_factory, reward_factory):
        late = [membership_factory(points=250) for _ in range(3)]
        reward = reward_factory(stock=3)
        for number, membership in enumerate(late):
            set_aside(membership, reward, f"late-{number}")
        members = [membership_factory(points=250) for _ in range(12)]

        answers = race([[partial(_late, each, reward)] for each in members])

        answered = [answer for [answer] in answers]
        assert answered.count("redeemed") == 3
        assert answered.count("RewardSoldOut") == 9
        assert Redemption.objects.filter(state="EXPIRED").count() == 3
        assert broken_promises() == []

    def test_captures_cancels_and_expires_at_once_and_agrees(
        self, membership_factory, reward_factory
    ):
        """K26: refunds race payments under the same locks."""
        members = [membership_factory(points=250) for _ in range(6)]
        reward = reward_factory(stock=6)
        held = [set_aside(each, reward, f"held-{n}") for n, each in enumerate(members)]
        deeds: list[Callable[[], Any]] = []
        for one in held:
            said = {"redemption_id": one.pk, "actor": STAFF}
            deeds.append(partial(capture_redemption, at=NOON, **said))
            deeds.append(partial(cancel_redemption, at=NOON, **said))
            deeds.append(partial(expire_redemptions, at=NOON + TERM, reward_id=reward.pk))

        answers = race([[partial(_name_of, deed)] for deed in deeds])

        known = {"done", "WrongStep"}
        assert {answer for [answer] in answers} <= known
        assert broken_promises() == []


class TestKilled:
    """Punchh again: whatever dies between two steps leaves no hold past its term."""

    def test_leaves_no_hold_past_its_term(self, membership_factory, reward_factory):
        reward = reward_factory(stock=4)
        members = [membership_factory(points=250) for _ in range(4)]
        connections.close_all()
        context = multiprocessing.get_context("fork")
        for number, membership in enumerate(members):
            child = context.Process(target=_die, args=(membership, reward, number))
            child.start()
            child.join(60)
            assert child.exitcode == -signal.SIGKILL

        before = [_spendable(each, at=NOON) for each in members]
        after = [_spendable(each, at=NOON + TERM) for each in members]
        expire_redemptions(at=NOON + TERM)

        assert before == [0, 250, 0, 0]
        assert after == [250, 250, 0, 250]
        assert left_in_stock(reward.pk) == 3
        assert broken_promises() == []


def _late(membership: Membership, reward: Reward) -> str:
    redeem(membership, reward, at=NOON + TERM, request_key=f"late-{membership.pk}")
    return "redeemed"


def _name_of(deed: Callable[[], Any]) -> str:
    deed()
    return "done"


def _die(membership: Membership, reward: Reward, number: int) -> None:
    """After authorising; in the middle of it; after capturing; in the middle of capturing."""
    from django.db import connection, transaction

    for inherited in connections.all(initialized_only=True):
        inherited.connection = None
    connection.ensure_connection()
    if number == 1:
        with transaction.atomic():
            set_aside(membership, reward, f"die-{number}")
            os.kill(os.getpid(), signal.SIGKILL)
    held = set_aside(membership, reward, f"die-{number}")
    if number == 2:
        capture_redemption(redemption_id=held.pk, actor=STAFF, at=NOON)
    if number == 3:
        with transaction.atomic():
            capture_redemption(redemption_id=held.pk, actor=STAFF, at=NOON)
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _spendable(membership: Membership, *, at: Any) -> int:
    account = Account.objects.get(holder=membership.holder, unit__code="points")
    held = units_held(holder=membership.holder, unit_ids=[account.unit_id], at=at)
    return held[account.unit_id].spendable if account.unit_id in held else 0
