"""The steps of a redemption: set aside, paid, had, given back; exactly, and once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyalty.errors import HoldEnded, InsufficientPoints, InvalidRequest, KeyConflict
from loyalty.models import Account, Lot, OutboxEvent
from rewards.errors import (
    LimitReached,
    NotCancellable,
    RewardSoldOut,
    VoucherAlreadyUsed,
    WrongStep,
)
from rewards.models import Redemption, RedemptionStep, Voucher
from rewards.redeeming import DeliveryWish
from rewards.services.redemption import (
    authorise_redemption,
    cancel_redemption,
    capture_redemption,
    expire_redemptions,
    fulfil_redemption,
    return_redemption,
)
from rewards.services.stock import left_in_stock
from tests.rewards.shop import NOON, STAFF, earn, everything, redeem

MINUTE = timedelta(minutes=1)
HOME = DeliveryWish(
    way="SHIP", recipient="Ada de Vries", street="Dorpsstraat 1", postal_code="1234 AB", town="Ede"
)


def set_aside(membership: Any, reward: Any, **changes: Any) -> Redemption:
    wanted = {
        "membership_id": membership.pk,
        "reward_id": reward.pk,
        "request_key": "hold-1",
        "channel": "web",
        "actor": "api:webshop",
        "at": NOON,
        "term": 15 * MINUTE,
    }
    return authorise_redemption(**{**wanted, **changes})


def cancel(redemption: Redemption, **changes: Any) -> Redemption:
    said = {"redemption_id": redemption.pk, "actor": STAFF, "at": NOON + MINUTE}
    return cancel_redemption(**{**said, **changes})


def capture(redemption: Redemption, **changes: Any) -> Redemption:
    said = {"redemption_id": redemption.pk, "actor": "api:webshop", "at": NOON + MINUTE}
    return capture_redemption(**{**said, **changes})


def names(redemption: Redemption) -> list[str]:
    steps = RedemptionStep.objects.filter(redemption=redemption).order_by("number")
    return list(steps.values_list("name", flat=True))


def balance(membership: Any) -> int:
    return int(Account.objects.get(holder=membership.holder, unit__code="points").balance)


class TestAuthorise:
    def test_sets_points_and_stock_aside_and_takes_nothing(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=400), reward_factory(stock=2)

        redemption = set_aside(membership, reward)

        assert (redemption.state, redemption.expires_at) == ("AUTHORISED", NOON + 15 * MINUTE)
        assert (balance(membership), left_in_stock(reward.pk)) == (400, 1)
        assert not Voucher.objects.exists()
        assert names(redemption) == ["AUTHORISED"]
        with pytest.raises(InsufficientPoints):
            redeem(membership, reward)

    def test_gives_the_same_again_for_the_same_key(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=400), reward_factory(stock=2)
        first = set_aside(membership, reward)
        before = everything()

        assert set_aside(membership, reward, at=NOON + timedelta(days=3)) == first
        with pytest.raises(KeyConflict):
            set_aside(membership, reward, term=MINUTE)

        assert everything() == before


class TestCapture:
    def test_pays_what_was_set_aside_and_issues_the_voucher(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(points=400), reward_factory(stock=2)

        redemption = capture(set_aside(membership, reward))

        assert (redemption.state, redemption.balance_after) == ("CAPTURED", 150)
        assert (balance(membership), left_in_stock(reward.pk)) == (150, 1)
        assert Voucher.objects.get().redemption_id == redemption.pk
        assert names(redemption) == ["AUTHORISED", "CAPTURED"]

    def test_answers_the_same_again(self, membership_factory, reward_factory):
        redemption = capture(set_aside(membership_factory(points=400), reward_factory()))
        before = everything()

        assert capture(redemption, at=NOON + timedelta(days=1)).balance_after == 150
        assert everything() == before

    def test_refuses_from_the_moment_the_term_is_over_and_changes_nothing(
        self, membership_factory, reward_factory
    ):
        redemption = set_aside(membership_factory(points=400), reward_factory(stock=1))
        before = everything()

        with pytest.raises(HoldEnded):
            capture(redemption, at=NOON + 15 * MINUTE)

        assert everything() == before

    def test_refuses_other_points_than_it_costs(self, membership_factory, reward_factory):
        redemption = set_aside(membership_factory(points=400), reward_factory())

        with pytest.raises(InvalidRequest):
            capture(redemption, points=100)

    def test_pays_less_of_points_as_money(self, membership_factory, reward_factory):
        reward = reward_factory(
            kind="TENDER", points=0, terms={"point_worth": "0.01", "step": 50, "at_least": 50}
        )
        membership = membership_factory(points=400)
        held = set_aside(membership, reward, points=300)

        redemption = capture(held, points=250)

        assert (redemption.points, redemption.worth) == (250, Decimal("2.50"))
        assert (redemption.state, balance(membership)) == ("FULFILLED", 150)


class TestTimedOut:
    """Punchh 1500006178161: an order that timed out ate the reward."""

    def test_never_eats_the_reward_or_the_points(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=250), reward_factory(stock=1)
        late = set_aside(membership, reward)

        redemption = redeem(membership, reward, at=NOON + 15 * MINUTE)  # no job has run

        late.refresh_from_db()
        assert (late.state, redemption.state) == ("EXPIRED", "CAPTURED")
        assert (left_in_stock(reward.pk), balance(membership)) == (0, 0)

    def test_counts_for_no_limit(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=900), reward_factory(limit_per_member=1)
        set_aside(membership, reward)
        with pytest.raises(LimitReached):
            redeem(membership, reward, at=NOON + 14 * MINUTE)

        redeem(membership, reward, at=NOON + 15 * MINUTE)

    def test_is_freed_by_the_job_once(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=400), reward_factory(stock=1)
        redemption = set_aside(membership, reward, delivery=None)
        assert expire_redemptions(at=NOON + 14 * MINUTE) == 0

        done = [expire_redemptions(at=NOON + 15 * MINUTE) for _again in range(2)]

        redemption.refresh_from_db()
        assert done == [1, 0]
        assert (redemption.state, left_in_stock(reward.pk)) == ("EXPIRED", 1)
        assert names(redemption) == ["AUTHORISED", "EXPIRED"]
        assert OutboxEvent.objects.filter(name="rewards.redemption_expired.v1").count() == 1

    def test_leaves_the_reward_sold_out_while_the_term_runs(
        self, membership_factory, reward_factory
    ):
        reward = reward_factory(stock=1)
        set_aside(membership_factory(points=250), reward)

        with pytest.raises(RewardSoldOut):
            redeem(membership_factory(points=250), reward, at=NOON + 14 * MINUTE)


class TestCancel:
    def test_gives_back_exactly_what_was_taken_to_the_original_lots(
        self, membership_factory, reward_factory
    ):
        membership, reward = membership_factory(), reward_factory(stock=1)
        earn(membership, 100, expires_at=NOON + timedelta(days=3))
        earn(membership, 200)
        redemption = redeem(membership, reward)
        assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [0, 50]

        cancel(redemption)

        assert list(Lot.objects.order_by("pk").values_list("remaining", "expires_at")) == [
            (100, NOON + timedelta(days=3)),
            (200, None),
        ]
        assert (balance(membership), left_in_stock(reward.pk)) == (300, 1)
        assert Voucher.objects.get().state == "CANCELLED"
        assert names(redemption) == ["CAPTURED", "CANCELLED"]

    def test_changes_nothing_again(self, membership_factory, reward_factory):
        redemption = redeem(membership_factory(points=250), reward_factory(stock=1))
        cancel(redemption)
        before = everything()

        assert cancel(redemption).state == "CANCELLED"
        assert everything() == before

    def test_frees_what_was_set_aside(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=250), reward_factory(stock=1)
        cancel(set_aside(membership, reward))

        assert redeem(membership, reward).balance_after == 0

    def test_lets_the_member_have_it_again(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=250), reward_factory(limit_per_member=1)
        cancel(redeem(membership, reward))

        redeem(membership, reward)

    def test_lets_a_member_undo_until_their_time_is_over(self, membership_factory, reward_factory):
        redemption = redeem(membership_factory(points=250), reward_factory())
        before = everything()

        with pytest.raises(NotCancellable):
            cancel(redemption, by_member=True, at=NOON + 15 * MINUTE)

        assert everything() == before
        cancel(redemption, by_member=True, at=NOON + 14 * MINUTE)

    def test_refuses_once_the_voucher_was_used_and_changes_nothing(
        self, membership_factory, reward_factory
    ):
        """K22: a used code is not made good again by its member."""
        redemption = redeem(membership_factory(points=250), reward_factory(stock=1))
        Voucher.objects.update(state="USED", uses=1, used_at=NOON, used_location="Utrecht")
        before = everything()

        with pytest.raises(VoucherAlreadyUsed):
            cancel(redemption, by_member=True)

        assert everything() == before

    def test_refuses_what_was_had(self, membership_factory, reward_factory):
        redemption = redeem(membership_factory(points=250), reward_factory())
        fulfil_redemption(redemption_id=redemption.pk, actor=STAFF, at=NOON)
        before = everything()

        with pytest.raises(WrongStep):
            cancel(redemption)

        assert everything() == before


class TestReturn:
    def test_takes_it_back_and_gives_the_points_back(self, membership_factory, reward_factory):
        membership, reward = membership_factory(points=250), reward_factory(stock=1)
        redemption = redeem(membership, reward)
        fulfil_redemption(redemption_id=redemption.pk, actor=STAFF, at=NOON)

        for _again in range(2):
            return_redemption(redemption_id=redemption.pk, reason="broken", actor=STAFF, at=NOON)

        assert (balance(membership), left_in_stock(reward.pk)) == (250, 1)
        assert names(redemption) == ["CAPTURED", "FULFILLED", "RETURNED"]

    def test_refuses_what_was_not_had(self, membership_factory, reward_factory):
        redemption = redeem(membership_factory(points=250), reward_factory())
        before = everything()

        with pytest.raises(WrongStep):
            return_redemption(redemption_id=redemption.pk, reason="broken", actor=STAFF, at=NOON)

        assert everything() == before
