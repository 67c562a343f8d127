"""A merge undone: two people again, each with what was theirs."""

import pytest

from loyalty.errors import InvalidRequest
from loyalty.models import OutboxEvent
from loyalty.services.adjustments import adjust_points
from loyalty.services.spending import spend_points
from members.errors import MergeEnded, PartLaterMergeFirst
from members.models import Activity, Identifier, Member, Merge, User
from members.selectors import account_of, find_membership
from members.services.enrolment import enrol_member
from members.services.merging import merge_members
from tests.members.deeds import bought, record, returned
from tests.members.pairs import (
    LATER,
    MUCH_LATER,
    OTHER_CARD,
    OTHER_EMAIL,
    balance_of,
    is_proved,
    open_lots,
    open_pair,
    owed_by,
    points_by_date,
    standing_of,
)
from tests.members.shop import CARD, NOON
from tests.members.test_merging import FIRST, WAITS, twice

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    return open_pair()


def state(pair, lots=open_lots):
    return [
        (lots(each), owed_by(each), standing_of(each), each.activities.count())
        for each in (pair.kept, pair.absorbed)
    ]


class TestPartMembers:
    def test_with_nothing_between_leaves_all_as_it_was(self, pair):
        twice(pair, ("waits", WAITS))
        was = state(pair)
        merge = pair.merge()

        pair.part(merge)

        assert state(pair) == was
        for said, membership in ((CARD, pair.kept), (OTHER_EMAIL, pair.absorbed)):
            assert find_membership(pair.shop.programme.pk, said) == membership
        assert Member.objects.get(pk=pair.absorbed.member_id).merged_into_id is None
        assert OutboxEvent.objects.filter(name="members.member_parted.v1").count() == 1
        assert is_proved()

    def test_books_back_what_the_merge_had_booked(self, pair):
        twice(pair, ("first", FIRST), ("waits", WAITS))
        was = state(pair, points_by_date)
        merge = pair.merge()
        assert balance_of(pair.kept) == 590

        pair.part(merge)

        assert state(pair, points_by_date) == was
        assert is_proved()

    def test_gives_back_points_that_no_purchase_gave(self, pair):
        adjust_points(
            account_id=account_of(pair.absorbed),
            points=40,
            reason="Sorry",
            key="a-1",
            actor="staff:2",
            at=NOON,
        )

        pair.part(pair.merge())

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (0, 40)

    def test_leaves_spent_what_was_spent(self, pair):
        twice(pair)
        merge = pair.merge()
        spend_points(
            account_id=account_of(pair.kept),
            points=25,
            source="test",
            external_id="s-1",
            reasons=[],
            actor="test",
            at=LATER,
        )

        pair.part(merge)

        assert balance_of(pair.kept) + balance_of(pair.absorbed) == 5
        assert is_proved()

    def test_gives_back_a_return_with_its_sale_and_keeps_what_the_kept_one_did(self, pair):
        twice(pair)
        merge = pair.merge()
        record(pair.shop, returned("r-1", "b-2", 5), at=LATER)
        record(pair.shop, bought("b-3", 6, "4.00", member=OTHER_CARD), at=LATER)

        pair.part(merge)

        mine = Activity.objects.filter(membership=pair.absorbed)
        assert set(mine.values_list("external_id", flat=True)) == {"b-2", "r-1"}
        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (14, 0)
        assert is_proved()

    def test_gives_back_what_their_purchase_got_since(self, pair):
        twice(pair, ("first", FIRST))
        merge = pair.merge()
        assert balance_of(pair.kept) == 530

        pair.part(merge)

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (510, 520)
        assert is_proved()

    def test_lets_each_go_on_buying_and_returning(self, pair):
        twice(pair)
        pair.part(pair.merge())

        record(pair.shop, returned("r-1", "b-2", 5, member=OTHER_CARD), at=MUCH_LATER)
        record(pair.shop, bought("b-3", 6, "4.00", member=CARD), at=MUCH_LATER)
        again = record(pair.shop, bought("b-1", 2, "10.00"), at=MUCH_LATER)

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (14, 0)
        assert again.is_replay
        assert is_proved()

    def test_gives_the_login_back(self, pair):
        login = User.objects.create_user("b@login.nl")
        Member.objects.filter(pk=pair.absorbed.member_id).update(user=login)
        merge = pair.merge()

        pair.part(merge)

        assert Member.objects.get(user=login).pk == pair.absorbed.member_id
        assert not Identifier.objects.filter(value="b@login.nl").exists()

    def test_can_be_followed_by_another_merge_the_other_way(self, pair):
        twice(pair, ("first", FIRST))
        pair.part(pair.merge())

        pair.merge(kept_id=pair.absorbed.member_id, absorbed_id=pair.kept.member_id, at=MUCH_LATER)

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (0, 530)
        assert is_proved()

    def test_is_refused_twice_without_a_reason_and_under_a_later_merge(self, pair):
        twice(pair)
        merge = pair.merge()
        with pytest.raises(InvalidRequest):
            pair.part(merge, reason="")
        last = enrol_member(
            programme_id=pair.shop.programme.pk,
            identifiers=["card:2990000000088"],
            given_name="Anna",
            touchpoint="api",
            actor="test",
            at=NOON,
        )
        later = merge_members(
            kept_id=last.member_id,
            absorbed_id=pair.kept.member_id,
            reason="Again",
            actor="staff:1",
            at=MUCH_LATER,
        )
        with pytest.raises(PartLaterMergeFirst):
            pair.part(merge)
        assert Merge.objects.filter(parted_at=None).count() == 2

        pair.part(later)
        pair.part(merge)
        with pytest.raises(MergeEnded):
            pair.part(merge)
        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (10, 20)
        assert is_proved()
