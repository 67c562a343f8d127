"""Eight at once, in processes of their own: one balance, one limit, one last item, one voucher."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count

import pytest

from loyalty.models import Account, LotMove, OutboxEvent, Transfer
from members.models import Membership
from rewards.codes import code_of
from rewards.models import Redemption, Reward, Stock, Voucher
from rewards.services.stock import left_in_stock
from rewards.services.vouchers import use_voucher
from tests.concurrency.racing import Deed, race
from tests.rewards.shop import (
    NOON,
    membership_factory,
    programme,
    redeem,
    reward_factory,
)

__all__ = ["membership_factory", "programme", "reward_factory"]

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = 8
OTHERS = RUNNERS - 1
ROUNDS = range(3)  # one lucky order of events proves nothing


def at_once(deeds: Sequence[Deed]) -> list[str]:
    """What each deed came to, sorted; each is done in a process of its own."""
    return sorted(str(answer) for [answer] in race([[deed] for deed in deeds]))


def redeemed(membership: Membership, reward: Reward, key: str) -> str:
    return f"redeemed {redeem(membership, reward, request_key=key).pk}"


def used(voucher: Voucher, till: int) -> str:
    use_voucher(
        programme_id=voucher.redemption.reward.programme_id,
        code=code_of(voucher.pk),
        request_key=f"sale with {voucher.pk}",
        actor=f"api:till-{till}",
        location=f"till {till}",
        at=NOON,
    )
    return "used"


@pytest.fixture
def keys() -> Iterator[str]:
    return (f"race-{number}" for number in count())


def balances(*memberships: Membership) -> list[int]:
    holders = [membership.holder for membership in memberships]
    found = Account.objects.filter(holder__in=holders).order_by("balance")
    return list(found.values_list("balance", flat=True))


def of(reward: Reward) -> Redemption:
    """The one redemption of a reward, with its voucher; fails if there are more."""
    return Redemption.objects.select_related("voucher").get(reward=reward)


def taken_of(reward: Reward) -> int:
    return Stock.objects.get(reward=reward).total - (left_in_stock(reward.pk) or 0)


def winners(outcomes: Sequence[str]) -> int:
    return sum(outcome.startswith("redeemed ") for outcome in outcomes)


class TestEightAtOnce:
    def test_spend_a_balance_that_suffices_once(self, membership_factory, reward_factory, keys):
        for number in ROUNDS:
            membership, reward = membership_factory(points=499), reward_factory(key=f"r{number}")

            outcomes = at_once(
                [partial(redeemed, membership, reward, next(keys)) for _ in range(RUNNERS)]
            )

            assert winners(outcomes) == 1
            assert outcomes.count("InsufficientPoints") == OTHERS
            assert balances(membership) == [249]
            transfer = Transfer.objects.get(external_id=str(of(reward).pk))
            assert LotMove.objects.get(transfer=transfer).points == -250
        assert Transfer.objects.filter(kind="REDEEM").count() == len(ROUNDS)
        said = OutboxEvent.objects.filter(name="rewards.reward_redeemed.v1")
        assert said.count() == Voucher.objects.count() == len(ROUNDS)

    def test_take_a_reward_that_a_member_may_take_once(
        self, membership_factory, reward_factory, keys
    ):
        for number in ROUNDS:
            membership = membership_factory(points=10_000)
            reward = reward_factory(key=f"r{number}", limit_per_member=1)

            outcomes = at_once(
                [partial(redeemed, membership, reward, next(keys)) for _ in range(RUNNERS)]
            )

            assert winners(outcomes) == 1
            assert outcomes.count("LimitReached") == OTHERS
            assert of(reward).balance_after == 9750
            assert balances(membership) == [9750]

    def test_take_the_last_one(self, membership_factory, reward_factory, keys):
        for number in ROUNDS:
            reward = reward_factory(key=f"r{number}", stock=1)
            members = [membership_factory(points=250) for _ in range(RUNNERS)]

            outcomes = at_once([partial(redeemed, m, reward, next(keys)) for m in members])

            assert winners(outcomes) == 1
            assert outcomes.count("RewardSoldOut") == OTHERS
            assert of(reward).voucher.state == "ISSUED"
            assert taken_of(reward) == 1
            assert balances(*members) == [0] + [250] * OTHERS

    def test_repeat_one_request(self, membership_factory, reward_factory, keys):
        for number in ROUNDS:
            membership = membership_factory(points=10_000)
            reward = reward_factory(key=f"r{number}", stock=9)

            outcomes = at_once([partial(redeemed, membership, reward, next(keys))] * RUNNERS)

            assert outcomes == [f"redeemed {of(reward).pk}"] * RUNNERS
            assert balances(membership) == [9750]
            assert taken_of(reward) == 1

    def test_send_one_key_for_different_members(self, membership_factory, reward_factory, keys):
        for number in ROUNDS:
            reward, key = reward_factory(key=f"r{number}", stock=9), next(keys)
            members = [membership_factory(points=250) for _ in range(RUNNERS)]

            outcomes = at_once([partial(redeemed, member, reward, key) for member in members])

            assert winners(outcomes) == 1
            assert outcomes.count("KeyConflict") == OTHERS
            assert balances(*members) == [0] + [250] * OTHERS
            assert taken_of(reward) == 1

    def test_use_one_voucher(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=1250), reward_factory()
        for number in ROUNDS:
            voucher = redeem(membership, reward).voucher

            outcomes = at_once([partial(used, voucher, till) for till in range(RUNNERS)])

            assert outcomes == ["VoucherAlreadyUsed"] * OTHERS + ["used"]
            voucher.refresh_from_db()
            assert voucher.state == "USED"
            said = OutboxEvent.objects.filter(name="rewards.voucher_used.v1")
            assert said.count() == number + 1
