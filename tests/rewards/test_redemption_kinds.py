"""What each kind of reward comes to when it is taken, step by step."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.errors import InvalidRequest
from loyalty.models import OutboxEvent
from rewards.errors import (
    NotCancellable,
    RewardSoldOut,
    RewardUnavailable,
    WrongStep,
)
from rewards.models import Fulfilment, PoolCode, Voucher
from rewards.services.pools import add_codes, save_pool
from tests.rewards.shop import NOON, STAFF, everything, redeem
from tests.rewards.test_redemption_steps import HOME, balance, cancel, capture, set_aside


class TestKinds:
    def test_asks_where_to_send_a_gift_and_keeps_it_with_the_delivery_alone(
        self, membership_factory, reward_factory
    ):
        reward = reward_factory(kind="GIFT", terms={"ways": ["SHIP", "COLLECT"]})
        membership = membership_factory(points=500)
        with pytest.raises(InvalidRequest):
            redeem(membership, reward)

        redemption = redeem(membership, reward, delivery=HOME)

        delivery = Fulfilment.objects.get(redemption=redemption)
        assert (delivery.way, delivery.state, delivery.town) == ("SHIP", "TO_DO", "Ede")
        assert not Voucher.objects.exists()
        said = str(list(OutboxEvent.objects.values_list("payload", flat=True)))
        assert "Dorpsstraat" not in said

    def test_has_nobody_deliver_what_is_not_paid(self, membership_factory, reward_factory):
        reward = reward_factory(kind="GIFT", terms={"ways": ["SHIP"]})
        held = set_aside(membership_factory(points=250), reward, delivery=HOME)
        assert Fulfilment.objects.get().state == "DROPPED"

        capture(held)

        assert Fulfilment.objects.get().state == "TO_DO"

    def test_forgets_the_address_of_what_is_not_delivered(self, membership_factory, reward_factory):
        reward = reward_factory(kind="GIFT", terms={"ways": ["SHIP"]})

        cancel(redeem(membership_factory(points=250), reward, delivery=HOME))

        delivery = Fulfilment.objects.get()
        assert (delivery.state, delivery.recipient, delivery.street) == ("DROPPED", "", "")

    def test_takes_as_many_samples_as_there_are_to_choose(self, membership_factory, reward_factory):
        samples = [{"nl": "Wit", "en": "White"}, {"nl": "Zwart", "en": "Black"}]
        reward = reward_factory(kind="SAMPLES", terms={"count": 1, "samples": samples})
        membership = membership_factory(points=500)
        for choice in ({"samples": [0, 1]}, {"samples": []}, {"samples": [2]}, {"slot": 0}, None):
            with pytest.raises(InvalidRequest):
                redeem(membership, reward, choice=choice)

        redemption = redeem(membership, reward, choice={"samples": [1]})

        assert redemption.choice == {"samples": [{"nl": "Zwart", "en": "Black"}]}
        assert Fulfilment.objects.get().way == "COLLECT"

    def test_puts_money_on_a_gift_card(self, membership_factory, reward_factory):
        reward = reward_factory(kind="CASH_CARD", terms={"value": "10"}, is_bearer=False)
        membership = membership_factory(points=250)

        redeem(membership, reward)

        voucher = Voucher.objects.get()
        assert (voucher.value_left, voucher.max_uses) == (Decimal(10), None)
        assert voucher.membership_id == membership.pk

    def test_lets_the_voucher_of_an_event_end_with_it(self, membership_factory, reward_factory):
        begin, end = NOON + timedelta(days=9), NOON + timedelta(days=9, hours=2)
        terms = {"starts_at": begin.isoformat(), "ends_at": end.isoformat(), "venue": "Ede"}
        reward = reward_factory(kind="EXPERIENCE", terms=terms)
        membership = membership_factory(points=500)

        assert redeem(membership, reward).voucher.expires_at == end
        with pytest.raises(RewardUnavailable):
            redeem(membership, reward, at=begin)

    def test_hands_a_partners_code_out_for_good(
        self, membership_factory, reward_factory, programme
    ):
        pool = save_pool(
            programme_id=programme.pk, key="cinema", name="Bios", low_at=0, actor=STAFF, at=NOON
        )
        add_codes(pool_id=pool.pk, codes=["CINEMA-0001-XYZ"], actor=STAFF, at=NOON)
        terms = {"pool": "cinema", "where": {"nl": "Bij de bios", "en": "At the cinema"}}
        reward = reward_factory(kind="PARTNER", terms=terms)

        redemption = redeem(membership_factory(points=250), reward)

        assert PoolCode.objects.get().redemption_id == redemption.pk
        assert redemption.state == "FULFILLED"
        unlucky = membership_factory(points=250)
        before = everything()
        with pytest.raises(RewardSoldOut):
            redeem(unlucky, reward)
        for by_member in (True, False):
            with pytest.raises((NotCancellable, WrongStep)):
                cancel(redemption, by_member=by_member)
        assert everything() == before

    def test_donates_at_once_and_lets_the_member_undo_it_for_a_while(
        self, membership_factory, reward_factory
    ):
        reward = reward_factory(kind="DONATION", terms={"cause": "Voedselbank"})
        membership = membership_factory(points=250)

        redemption = redeem(membership, reward)

        assert (redemption.state, balance(membership)) == ("FULFILLED", 0)
        cancel(redemption, by_member=True)
        assert balance(membership) == 250


class TestLeaked:
    """K24 Starbucks 2023: what leaked is held by its cap, outsiders are refused."""

    def test_is_held_by_its_audience_and_its_stock(self, membership_factory, reward_factory):
        reward = reward_factory(segments=["stargazers"], stock=2)
        outsider = membership_factory(points=250)
        before = everything()

        with pytest.raises(Exception, match="group of members"):
            redeem(outsider, reward)

        assert everything() == before
