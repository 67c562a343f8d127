"""Two records of one person become one, as if they had always been one."""

from datetime import timedelta
from uuid import UUID

import pytest

from loyalty.errors import InvalidRequest
from loyalty.models import Account, HolderMerge, Lot, OutboxEvent, Transfer
from loyalty.services.holds import authorise_points
from loyalty.services.merging import PointsSetAside
from loyalty.services.spending import spend_points
from members.errors import AlreadyMerged, MemberErased, MemberUnknown
from members.models import Activity, Consent, Identifier, Member, Merge, Note, User
from members.selectors import account_of, find_membership
from members.services.enrolment import enrol_member
from members.services.fulfilment import report_fulfilment
from members.services.merging import merge_members
from tests.members.deeds import bought, paid, part, record, returned, revisions
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
    standing_of,
)
from tests.members.shop import CARD, NOON

pytestmark = pytest.mark.django_db

FIRST = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [{"field": "count", "of": "purchase", "operator": "equals", "value": 1}],
    "effects": [{"kind": "fixed", "points": 500}],
}
WAITS = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "fixed", "points": 30}],
    "terms": {"awaits": "delivered"},
}


@pytest.fixture
def pair():
    return open_pair()


def twice(pair, *rules):
    """A purchase of each record, under these rules besides the shop's own."""
    for key, rule in rules:
        pair.shop.publish(key, rule)
    record(pair.shop, bought("b-1", 2, "10.00"))
    return record(pair.shop, bought("b-2", 3, "20.00", member=OTHER_CARD))


class TestMergeMembers:
    def test_lets_the_kept_one_have_points_activities_and_all_that_finds_the_other(self, pair):
        twice(pair)
        was = open_lots(pair.kept) + open_lots(pair.absorbed)

        merge = pair.merge()

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (30, 0)
        assert open_lots(pair.kept) == sorted(was, key=str)
        assert set(Activity.objects.values_list("membership_id", flat=True)) == {pair.kept.pk}
        for said in (CARD, OTHER_CARD, OTHER_EMAIL, str(pair.absorbed.member_id)):
            assert find_membership(pair.shop.programme.pk, said) == pair.kept
        assert Member.objects.get(pk=pair.absorbed.member_id).merged_into_id == merge.kept_id
        assert standing_of(pair.kept)["counts"] == {"purchase": 2}
        assert is_proved()

    def test_moves_each_lot_as_one_that_names_what_it_was_in_one_transfer(self, pair):
        twice(pair)
        record(pair.shop, bought("b-3", 4, "5.00", member=OTHER_CARD))
        was = list(Lot.objects.filter(account__holder=pair.absorbed.holder).order_by("pk"))

        merge = pair.merge()

        move = Transfer.objects.get(kind="MOVE")
        lots = Lot.objects.filter(transfer=move).order_by("pk")
        assert [lot.origin_id for lot in lots] == [lot.pk for lot in was]
        assert (move.points, move.source) == (25, "merge")
        assert move.external_id.startswith(str(merge.pk))
        told = OutboxEvent.objects.filter(name="loyalty.points_moved.v1")
        assert [event.payload["points"] for event in told] == [25]

    def test_judges_both_histories_as_one_and_books_the_difference(self, pair):
        twice(pair, ("first", FIRST))
        assert balance_of(pair.kept) + balance_of(pair.absorbed) == 1030

        merge = pair.merge()

        assert revisions() == [("b-2", 1, 20)]
        assert balance_of(pair.kept) == 530
        back = Transfer.objects.get(kind="RETURN")
        assert (back.points, back.reasons[0]["code"]) == (500, "merged")
        assert back.reasons[0]["params"]["cause"] == str(merge.pk)
        assert is_proved()

    def test_lets_what_waits_and_debts_go_over(self, pair):
        record(pair.shop, bought("b-1", 2, "100.00", member=OTHER_CARD))
        self._spend(pair, 150)
        record(pair.shop, returned("r-1", "b-1", 4, member=OTHER_CARD))
        assert owed_by(pair.absorbed) == 150
        pair.shop.publish("waits", WAITS)
        record(pair.shop, bought("b-2", 5, "10.00", member=OTHER_CARD))
        waiting = [lot for lot in open_lots(pair.absorbed) if lot[3]]
        owed = owed_by(pair.absorbed)

        pair.merge()

        assert (owed_by(pair.kept), owed_by(pair.absorbed)) == (owed, 0)
        assert [lot for lot in open_lots(pair.kept) if lot[3]] == waiting
        assert is_proved()

    @staticmethod
    def _spend(pair, points):
        spend_points(
            account_id=account_of(pair.absorbed),
            points=points,
            source="test",
            external_id="s-1",
            reasons=[],
            actor="test",
            at=NOON,
        )

    def test_keeps_the_login_of_the_kept_one_and_lets_the_others_address_find_them(self, pair):
        mine, other = (User.objects.create_user(f"{name}@login.nl") for name in ("a", "b"))
        Member.objects.filter(pk=pair.kept.member_id).update(user=mine)
        Member.objects.filter(pk=pair.absorbed.member_id).update(user=other)

        pair.merge()

        assert Member.objects.get(user=mine).pk == pair.kept.member_id
        assert not Member.objects.filter(user=other).exists()
        assert find_membership(pair.shop.programme.pk, "email:b@login.nl") == pair.kept

    def test_gives_the_kept_one_the_others_login_when_there_is_none(self, pair):
        other = User.objects.create_user("b@login.nl")
        Member.objects.filter(pk=pair.absorbed.member_id).update(user=other)

        pair.merge()

        assert Member.objects.get(user=other).pk == pair.kept.member_id

    def test_takes_receipts_of_consent_and_notes_along(self, pair):
        self._belongings(pair)

        pair.merge()

        kept = pair.kept.member
        assert list(Consent.objects.values_list("member", "is_given")) == [(kept.pk, True)]
        assert list(Note.objects.values_list("member", flat=True)) == [kept.pk]
        assert Identifier.objects.filter(member=kept).count() == 4

    @staticmethod
    def _belongings(pair):
        Consent.objects.create(
            member=pair.absorbed.member,
            purpose="OFFERS",
            is_given=True,
            text_version="1",
            touchpoint="api",
            actor="test",
            recorded_at=NOON,
        )
        Note.objects.create(
            member=pair.absorbed.member, text="Likes blue", author="staff:1", written_at=NOON
        )

    def test_says_it_once_and_writes_down_the_holders(self, pair):
        merge = pair.merge()

        event = OutboxEvent.objects.get(name="members.member_merged.v1")
        assert (event.subject, event.payload["merge"]) == (pair.kept.member_id, str(merge.pk))
        known = HolderMerge.objects.get()
        assert (known.kept, known.absorbed) == (pair.kept.holder, pair.absorbed.holder)
        assert (known.deed, known.merge) == ("MERGE", merge.pk)

    def test_counts_from_the_day_on_which_the_first_of_them_joined(self, pair):
        earlier = NOON - timedelta(days=400)
        pair.absorbed.joined_at = earlier
        pair.absorbed.save(update_fields=["joined_at"])

        pair.merge()

        pair.kept.refresh_from_db()
        assert pair.kept.joined_at == earlier


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"reason": " "}, InvalidRequest),
            ({"kept_id": None}, InvalidRequest),
            ({"absorbed_id": "01990000-0000-7000-8000-000000000000"}, MemberUnknown),
        ],
    )
    def test_of_nonsense_changes_nothing(self, pair, changes, refusal):
        if "kept_id" in changes:
            changes = {"kept_id": pair.absorbed.member_id}
        if "absorbed_id" in changes:
            changes = {"absorbed_id": UUID(changes["absorbed_id"])}

        with pytest.raises(refusal):
            pair.merge(**changes)

        assert not Merge.objects.exists()

    def test_of_who_was_merged_or_forgotten(self, pair):
        pair.merge()
        with pytest.raises(AlreadyMerged):
            pair.merge()
        with pytest.raises(AlreadyMerged):
            pair.merge(kept_id=pair.absorbed.member_id, absorbed_id=pair.kept.member_id)
        assert Merge.objects.count() == 1

    def test_of_the_forgotten(self, pair):
        Member.objects.filter(pk=pair.absorbed.member_id).update(
            given_name="", family_name="", erased_at=NOON
        )
        with pytest.raises(MemberErased):
            pair.merge()
        assert not Merge.objects.exists()

    def test_while_points_are_set_aside_and_changes_nothing(self, pair):
        twice(pair)
        account = Account.objects.get(holder=pair.absorbed.holder, unit__code="points")
        authorise_points(
            account_id=account.pk,
            points=5,
            source="shop",
            external_id="h-1",
            actor="test",
            at=NOON,
            term=timedelta(days=1),
        )

        with pytest.raises(PointsSetAside):
            pair.merge()

        assert (balance_of(pair.kept), balance_of(pair.absorbed)) == (10, 20)
        assert not Merge.objects.exists()
        assert Identifier.objects.filter(member=pair.absorbed.member).count() == 2


class TestAfterwards:
    def test_a_purchase_by_either_card_is_the_kept_ones(self, pair):
        twice(pair)
        pair.merge()

        done = record(pair.shop, bought("b-3", 5, "7.00", member=OTHER_CARD), at=MUCH_LATER)
        by_id = bought("b-4", 6, "3.00", member=str(pair.absorbed.member_id))
        record(pair.shop, by_id, at=MUCH_LATER)

        assert done.balance == 37
        assert balance_of(pair.kept) == 40
        assert is_proved()

    def test_the_same_purchase_again_is_the_first_one(self, pair):
        first = twice(pair)
        pair.merge()

        again = record(pair.shop, bought("b-2", 3, "20.00", member=OTHER_CARD), at=MUCH_LATER)

        assert (again.id, again.is_replay) == (first.id, True)
        assert balance_of(pair.kept) == 30

    def test_a_return_takes_from_the_very_points_that_the_sale_gave_the_other(self, pair):
        twice(pair)
        moved = Lot.objects.get(account__holder=pair.absorbed.holder)
        pair.merge()

        record(pair.shop, returned("r-1", "b-2", 5, member=OTHER_CARD), at=MUCH_LATER)

        assert Lot.objects.get(origin=moved).remaining == 0
        assert balance_of(pair.kept) == 10
        assert is_proved()

    def test_points_that_had_paid_before_come_back_with_their_dates(self, pair):
        twice(pair)
        end = open_lots(pair.absorbed)[0][4]
        sale = bought("b-3", 4, "10.00", member=OTHER_CARD, points_paid=paid(15, "1.50"))
        record(pair.shop, sale)
        pair.merge()

        record(pair.shop, returned("r-1", "b-3", 5, member=CARD), at=MUCH_LATER)

        assert balance_of(pair.kept) == 30
        assert {lot[4] for lot in open_lots(pair.kept) if lot[1] in {5, 15}} == {end}
        assert is_proved()

    def test_points_that_waited_become_usable_or_go(self, pair):
        pair.shop.publish("waits", WAITS)
        done = record(pair.shop, bought("b-1", 2, "10.00", member=OTHER_CARD))
        gone = record(pair.shop, bought("b-2", 3, "10.00", member=OTHER_CARD))
        pair.merge()

        for activity, event in ((done.id, "delivered"), (gone.id, "cancelled")):
            report_fulfilment(
                programme_id=pair.shop.programme.pk,
                activity_id=activity,
                event=event,
                occurred_at=LATER,
                actor="test",
                at=MUCH_LATER,
            )

        assert balance_of(pair.kept) == 50
        assert [lot[2] for lot in open_lots(pair.kept) if lot[3]] == [LATER]
        record(pair.shop, returned("r-2", "b-2", 5, part(1)), at=MUCH_LATER)
        assert balance_of(pair.kept) == 40
        assert is_proved()

    def test_merging_the_kept_one_on_leads_all_to_the_last(self, pair):
        twice(pair)
        last = enrol_member(
            programme_id=pair.shop.programme.pk,
            identifiers=["card:2990000000088"],
            given_name="Anna",
            touchpoint="api",
            actor="test",
            at=NOON,
        )
        pair.merge()

        merge_members(
            kept_id=last.member_id,
            absorbed_id=pair.kept.member_id,
            reason="Again",
            actor="staff:1",
            at=MUCH_LATER,
        )

        assert find_membership(pair.shop.programme.pk, str(pair.absorbed.member_id)) == last
        assert balance_of(last) == 30
        assert is_proved()
