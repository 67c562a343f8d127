import uuid

import pytest

from loyalty.errors import InvalidRequest, KeyConflict
from members.errors import VisitorUnknown
from members.models import Activity, Visitor, VisitorEvent
from members.services.enrolment import enrol_member
from members.services.visitors import (
    MOST_EVENTS,
    forget_visitor,
    keep_visitor_event,
    know_visitor,
    remember_visitor,
)
from tests.members.deeds import balance, bought, paid, record
from tests.members.shop import NOON, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def visitor(shop) -> Visitor:
    return remember_visitor(programme_id=shop.programme.pk, text_version="2026-11", at=NOON)


def keep(shop, visitor, key="v-1", on=10, amount="20.00", **changes):
    return keep_visitor_event(
        book=shop.book,
        visitor_id=visitor.pk,
        submission=bought(key, on, amount, member="", **changes),
        actor="api:webshop",
        at=NOON,
    )


def known(shop, visitor, membership=None):
    return know_visitor(visitor_id=visitor.pk, membership=membership or shop.anna, at=NOON)


class TestRememberVisitor:
    def test_wants_the_words_that_were_agreed_to(self, shop):
        with pytest.raises(InvalidRequest):
            remember_visitor(programme_id=shop.programme.pk, text_version="", at=NOON)
        assert Visitor.objects.count() == 0


class TestKeepVisitorEvent:
    def test_keeps_it_once_and_gives_nobody_points(self, shop, visitor):
        assert (keep(shop, visitor), keep(shop, visitor)) == (False, True)
        assert (VisitorEvent.objects.count(), Activity.objects.count()) == (1, 0)

    def test_refuses_another_deed_under_the_key(self, shop, visitor):
        keep(shop, visitor)
        with pytest.raises(KeyConflict):
            keep(shop, visitor, amount="21.00")
        assert VisitorEvent.objects.count() == 1

    def test_refuses_points_and_unknown_visitors(self, shop, visitor):
        with pytest.raises(InvalidRequest):
            keep(shop, visitor, points_paid=paid(5, "1.00"))
        with pytest.raises(VisitorUnknown):
            keep(shop, Visitor(id=uuid.uuid4()))
        assert VisitorEvent.objects.count() == 0

    def test_refuses_more_than_is_kept_of_a_visitor(self, shop, visitor):
        VisitorEvent.objects.bulk_create(
            VisitorEvent(
                visitor=visitor,
                source="webshop",
                external_id=f"x-{number}",
                submission={},
                occurred_at=NOON,
                recorded_at=NOON,
            )
            for number in range(MOST_EVENTS)
        )
        with pytest.raises(InvalidRequest):
            keep(shop, visitor)
        assert VisitorEvent.objects.count() == MOST_EVENTS


class TestKnowVisitor:
    def test_makes_the_deeds_the_members_in_the_order_of_happening(self, shop, visitor):
        keep(shop, visitor, "v-2", on=12, amount="10.00")
        keep(shop, visitor, "v-1", on=10)

        recorded = known(shop, visitor)

        assert [each.award.points for each in recorded] == [20, 10]
        assert balance(shop) == 30
        assert VisitorEvent.objects.count() == 0

    def test_again_does_nothing_and_what_comes_later_is_recorded_at_once(self, shop, visitor):
        keep(shop, visitor)
        known(shop, visitor)
        assert known(shop, visitor) == []

        keep(shop, visitor, "v-9", on=11, amount="5.00")

        assert (balance(shop), VisitorEvent.objects.count()) == (25, 0)

    def test_refuses_another_member(self, shop, visitor):
        keep(shop, visitor)
        known(shop, visitor)
        other = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:bo@example.nl"],
            touchpoint="api",
            actor="test",
            at=NOON,
        )
        with pytest.raises(KeyConflict):
            known(shop, visitor, other)
        assert balance(shop) == 20

    def test_leaves_out_what_was_booked_for_somebody_meanwhile(self, shop, visitor):
        keep(shop, visitor, "v-1", source="kassa")
        keep(shop, visitor, "v-2", source="kassa", amount="7.00")
        record(shop, bought("v-1", 10, "99.00"))
        assert [each.award.points for each in known(shop, visitor)] == [7]

    def test_refuses_a_visitor_of_another_programme(self, shop, visitor):
        other = open_shop("ander", card="card:2990000000026", email="email:an@example.nl")
        with pytest.raises(VisitorUnknown):
            known(other, visitor)


class TestForgetVisitor:
    def test_removes_what_was_kept_apart_and_leaves_what_is_a_members(self, shop, visitor):
        keep(shop, visitor)
        known(shop, visitor)
        forget_visitor(visitor_id=visitor.pk, programme_id=shop.programme.pk)
        assert (Visitor.objects.count(), Activity.objects.count()) == (0, 1)
