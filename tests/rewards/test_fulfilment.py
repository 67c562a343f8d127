"""The queue of what is to be delivered, deed by deed."""

from datetime import timedelta
from typing import Any

import pytest

from loyalty.errors import InvalidRequest
from loyalty.events import dispatch_pending
from members.models import Message, TimelineEntry
from members.services.retention import carry_out
from rewards.errors import WrongStep
from rewards.models import Fulfilment, Redemption, RedemptionStep
from rewards.services.fulfilment import (
    book_fulfilment,
    complete_fulfilment,
    hand_over,
    ready_fulfilment,
    ship_fulfilment,
)
from tests.rewards.shop import NOON, STAFF, everything, redeem
from tests.rewards.test_redemption_steps import HOME


def delivery_of(membership_factory: Any, reward_factory: Any, **changes: Any) -> Fulfilment:
    wanted = {"kind": "GIFT", "terms": {"ways": ["SHIP"]}, "delivery": HOME} | changes
    delivery = wanted.pop("delivery")
    reward = reward_factory(**wanted)
    redemption = redeem(membership_factory(points=250), reward, delivery=delivery)
    return Fulfilment.objects.get(redemption=redemption)


def names() -> list[str]:
    return list(RedemptionStep.objects.order_by("number").values_list("name", flat=True))


class TestShip:
    def test_tells_the_member_and_says_no_address(self, membership_factory, reward_factory):
        delivery = delivery_of(membership_factory, reward_factory)
        ready_fulfilment(fulfilment_id=delivery.pk, actor=STAFF, at=NOON)

        ship_fulfilment(
            fulfilment_id=delivery.pk, carrier="PostNL", tracking="3S123", actor=STAFF, at=NOON
        )

        delivery.refresh_from_db()
        assert (delivery.state, delivery.tracking, delivery.done_by) == ("DONE", "3S123", STAFF)
        assert Redemption.objects.get().state == "FULFILLED"
        assert names() == ["CAPTURED", "READY", "SHIPPED", "FULFILLED"]
        while dispatch_pending(at=NOON):
            pass
        told = str(list(TimelineEntry.objects.values_list("payload", flat=True)))
        titles = list(Message.objects.order_by("pk").values_list("title_en", flat=True))
        assert "3S123" not in told
        assert "Dorpsstraat" not in told
        assert titles[-2:] == ["Brush is ready for you", "Brush is on its way"]

    def test_refuses_twice_and_changes_nothing(self, membership_factory, reward_factory):
        delivery = delivery_of(membership_factory, reward_factory)
        ship_fulfilment(fulfilment_id=delivery.pk, actor=STAFF, at=NOON)
        before = everything()

        with pytest.raises(WrongStep):
            ship_fulfilment(fulfilment_id=delivery.pk, actor=STAFF, at=NOON)

        assert everything() == before

    def test_refuses_what_is_booked(self, membership_factory, reward_factory):
        delivery = delivery_of(
            membership_factory, reward_factory, kind="SERVICE", terms={}, delivery=None
        )

        with pytest.raises(InvalidRequest):
            ship_fulfilment(fulfilment_id=delivery.pk, actor=STAFF, at=NOON)


class TestHandOver:
    def test_has_the_member_have_it(self, membership_factory, reward_factory):
        delivery = delivery_of(
            membership_factory, reward_factory, terms={"ways": ["COLLECT"]}, delivery=None
        )

        hand_over(fulfilment_id=delivery.pk, location="Ede", actor=STAFF, at=NOON)

        delivery.refresh_from_db()
        assert (delivery.state, delivery.location) == ("DONE", "Ede")
        assert names() == ["CAPTURED", "HANDED_OVER", "FULFILLED"]


class TestBook:
    def test_books_moves_and_does_it(self, membership_factory, reward_factory):
        delivery = delivery_of(
            membership_factory, reward_factory, kind="SERVICE", terms={}, delivery=None
        )
        for days in (3, 4):
            book_fulfilment(
                fulfilment_id=delivery.pk,
                booked_for=NOON + timedelta(days=days),
                location="Ede",
                actor=STAFF,
                at=NOON,
            )

        complete_fulfilment(fulfilment_id=delivery.pk, actor=STAFF, at=NOON)

        delivery.refresh_from_db()
        assert (delivery.state, delivery.booked_for) == ("DONE", NOON + timedelta(days=4))
        assert names() == ["CAPTURED", "BOOKED", "BOOKED", "COMPLETED", "FULFILLED"]

    def test_refuses_a_moment_that_has_been(self, membership_factory, reward_factory):
        delivery = delivery_of(
            membership_factory, reward_factory, kind="SERVICE", terms={}, delivery=None
        )
        before = everything()

        with pytest.raises(InvalidRequest):
            book_fulfilment(fulfilment_id=delivery.pk, booked_for=NOON, actor=STAFF, at=NOON)

        assert everything() == before


class TestRetention:
    def test_forgets_an_address_ninety_days_after_it_was_delivered(
        self, membership_factory, reward_factory
    ):
        delivery = delivery_of(membership_factory, reward_factory)
        programme_id = delivery.redemption.reward.programme_id
        ship_fulfilment(fulfilment_id=delivery.pk, carrier="PostNL", actor=STAFF, at=NOON)

        early = carry_out(programme_id=programme_id, at=NOON + timedelta(days=90))
        delivery.refresh_from_db()
        assert (early["delivery_addresses"], delivery.town) == (0, HOME.town)

        late = carry_out(programme_id=programme_id, at=NOON + timedelta(days=91))
        delivery.refresh_from_db()
        assert late["delivery_addresses"] == 1
        assert (delivery.recipient, delivery.street, delivery.town) == ("", "", "")
        assert (delivery.state, delivery.carrier) == ("DONE", "PostNL")
