"""By what a member is found: added, removed, lost, moved to another card, found again."""

from uuid import UUID

import pytest

from loyalty.errors import InvalidRequest
from loyalty.events import dispatch_pending
from loyalty.models import Account, OutboxEvent
from members.errors import (
    IdentifierBlocked,
    IdentifierOfLogin,
    IdentifierTaken,
    IdentifierUnknown,
    LastIdentifier,
    MemberUnknown,
)
from members.identifiers import check_digit
from members.models import Identifier, Member, TimelineEntry, User
from members.selectors import card_number, find_membership, identifiers_of, known_by
from members.services.activities import record_activity
from members.services.cards import (
    add_identifier,
    block_card,
    move_card,
    remove_identifier,
    unblock_card,
)
from members.services.enrolment import enrol_member
from tests.members.deeds import balance, bought, record
from tests.members.shop import CARD, EMAIL, NOON

STAFF = {"actor": "staff:1", "at": NOON}
NOBODY = UUID("01a2041e-1934-7324-92d6-175ee18ceb40")


@pytest.fixture
def lost(shop):
    return Identifier.objects.get(member=shop.anna.member, kind="CARD")


@pytest.fixture
def bo(shop):
    return enrol_member(
        programme_id=shop.programme.pk,
        identifiers=["card:2990000000026", "email:bo@example.nl"],
        touchpoint="till",
        actor="test",
        at=NOON,
    )


def state():
    rows = Identifier.objects.order_by("pk").values_list(
        "member", "kind", "value", "verified_at", "blocked_at"
    )
    return list(rows), OutboxEvent.objects.count()


class TestBlockCard:
    def test_lets_the_card_find_nobody_and_leaves_the_points(self, shop, lost):
        record(shop, bought("b-1", 3, "10.00"))

        block_card(member_id=shop.anna.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)

        with pytest.raises(IdentifierBlocked):
            find_membership(shop.programme.pk, CARD)
        assert find_membership(shop.programme.pk, EMAIL) == shop.anna
        assert (balance(shop), card_number(shop.anna.member_id)) == (10, "")
        assert identifiers_of(shop.anna.member_id) == [EMAIL]
        event = OutboxEvent.objects.latest("id")
        assert event.name == "members.card_blocked.v1"
        assert event.payload == {
            "identifier": lost.pk,
            "kind": "CARD",
            "reason": "LOST",
            "actor": "staff:1",
        }

    def test_lets_no_purchase_through_on_the_lost_card(self, shop, lost):
        block_card(member_id=shop.anna.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)

        with pytest.raises(IdentifierBlocked) as refused:
            record_activity(
                book=shop.book, submission=bought("b-1", 3, "10.00"), actor="api:kassa", at=NOON
            )

        assert (refused.value.code, refused.value.status) == ("identifier_blocked", 409)
        assert balance(shop) == 0
        assert record(shop, bought("b-1", 3, "10.00", member=EMAIL)).award.points == 10

    def test_stands_in_the_members_story(self, shop, lost):
        block_card(member_id=shop.anna.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)

        dispatch_pending(at=NOON)

        said = TimelineEntry.objects.filter(member=shop.anna.member).values_list("name", flat=True)
        assert "members.card_blocked.v1" in said

    def test_may_be_the_last_one(self, shop):
        member = enrol_member(
            programme_id=shop.programme.pk, identifiers=[], touchpoint="till", actor="t", at=NOON
        ).member
        [card] = known_by(member.pk)

        blocked = block_card(member_id=member.pk, identifier_id=card.pk, reason="STOLEN", **STAFF)

        assert blocked.blocked_at == NOON

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"reason": "WHIM"}, InvalidRequest),
            ({"identifier_id": 0}, IdentifierUnknown),
            ({"member_id": NOBODY}, MemberUnknown),
        ],
    )
    def test_refuses_what_cannot_be_and_changes_nothing(self, shop, lost, changes, refusal):
        before = state()

        with pytest.raises(refusal):
            block_card(
                **{
                    "member_id": shop.anna.member_id,
                    "identifier_id": lost.pk,
                    "reason": "LOST",
                    **STAFF,
                    **changes,
                }
            )

        assert state() == before

    def test_refuses_somebody_elses_card(self, shop, bo, lost):
        with pytest.raises(IdentifierUnknown):
            block_card(member_id=bo.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)


class TestMoveCard:
    def test_gives_a_new_virtual_card_for_the_lost_one(self, shop, lost):
        new = move_card(member_id=shop.anna.member_id, identifier_id=lost.pk, **STAFF)

        assert new.is_virtual
        assert new.value[-1] == check_digit(new.value[:-1])
        assert card_number(shop.anna.member_id) == new.value
        assert find_membership(shop.programme.pk, f"card:{new.value}") == shop.anna
        with pytest.raises(IdentifierBlocked):
            find_membership(shop.programme.pk, CARD)

    def test_takes_the_card_that_the_desk_hands_over(self, shop, lost):
        new = move_card(
            member_id=shop.anna.member_id, identifier_id=lost.pk, number="1234 5678", **STAFF
        )

        assert (new.value, new.is_virtual) == ("12345678", False)
        assert card_number(shop.anna.member_id) == "12345678"

    def test_never_lets_the_old_number_be_used_again(self, shop, lost, bo):
        move_card(member_id=shop.anna.member_id, identifier_id=lost.pk, **STAFF)
        before = state()

        with pytest.raises(IdentifierTaken):
            add_identifier(member_id=bo.member_id, identifier=CARD, **STAFF)
        with pytest.raises(IdentifierBlocked):
            add_identifier(member_id=shop.anna.member_id, identifier=CARD, **STAFF)
        with pytest.raises(IdentifierBlocked):
            remove_identifier(member_id=shop.anna.member_id, identifier_id=lost.pk, **STAFF)
        with pytest.raises(IdentifierTaken):
            enrol_member(
                programme_id=shop.programme.pk,
                identifiers=[CARD],
                touchpoint="till",
                actor="t",
                at=NOON,
            )

        assert state() == before

    def test_leaves_the_old_card_as_it_was_when_the_new_one_is_somebodys(self, shop, lost, bo):
        before = state()

        with pytest.raises(IdentifierTaken):
            move_card(
                member_id=shop.anna.member_id,
                identifier_id=lost.pk,
                number="2990000000026",
                **STAFF,
            )

        assert state() == before


class TestUnblockCard:
    def test_lets_a_card_that_was_found_work_again(self, shop, lost):
        block_card(member_id=shop.anna.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)

        unblock_card(member_id=shop.anna.member_id, identifier_id=lost.pk, **STAFF)

        assert find_membership(shop.programme.pk, CARD) == shop.anna
        assert OutboxEvent.objects.latest("id").name == "members.card_unblocked.v1"

    def test_says_nothing_of_a_card_that_works(self, shop, lost):
        before = state()

        unblock_card(member_id=shop.anna.member_id, identifier_id=lost.pk, **STAFF)

        assert state() == before


class TestAddIdentifier:
    def test_lets_the_member_be_found_by_one_thing_more(self, shop):
        added = add_identifier(
            member_id=shop.anna.member_id, identifier="phone:06 12345678", verified=True, **STAFF
        )

        assert (added.value, added.verified_at, added.added_at) == ("+31612345678", NOON, NOON)
        assert find_membership(shop.programme.pk, "phone:+31 6 1234 5678") == shop.anna
        payload = OutboxEvent.objects.latest("id").payload
        assert payload == {
            "identifier": added.pk,
            "kind": "PHONE",
            "is_verified": True,
            "actor": "staff:1",
        }

    def test_is_nothing_new_when_the_member_has_it(self, shop):
        before = state()

        add_identifier(member_id=shop.anna.member_id, identifier="email:ANNA@example.nl", **STAFF)

        assert state() == before

    @pytest.mark.parametrize("kind", ["email:Bo@Example.nl", "card:299 0000 0000 26"])
    def test_refuses_what_is_somebody_elses(self, shop, bo, kind):
        before = state()

        with pytest.raises(IdentifierTaken):
            add_identifier(member_id=shop.anna.member_id, identifier=kind, **STAFF)

        assert state() == before

    def test_refuses_the_twenty_first(self, shop):
        for number in range(18):
            add_identifier(member_id=shop.anna.member_id, identifier=f"ext:crm:{number}", **STAFF)

        with pytest.raises(InvalidRequest):
            add_identifier(member_id=shop.anna.member_id, identifier="ext:crm:18", **STAFF)

    def test_knows_no_member_who_was_merged_or_forgotten(self, shop, bo):
        Member.objects.filter(pk=bo.member_id).update(merged_into=shop.anna.member)

        with pytest.raises(MemberUnknown):
            add_identifier(member_id=bo.member_id, identifier="ext:crm:1", **STAFF)


class TestRemoveIdentifier:
    def test_lets_somebody_else_have_it(self, shop, bo):
        email = Identifier.objects.get(value="bo@example.nl")

        remove_identifier(member_id=bo.member_id, identifier_id=email.pk, **STAFF)

        add_identifier(member_id=shop.anna.member_id, identifier="email:bo@example.nl", **STAFF)
        assert find_membership(shop.programme.pk, "email:bo@example.nl") == shop.anna

    def test_refuses_the_last_one_that_works(self, shop, lost):
        block_card(member_id=shop.anna.member_id, identifier_id=lost.pk, reason="LOST", **STAFF)
        email = Identifier.objects.get(value="anna@example.nl")
        before = state()

        with pytest.raises(LastIdentifier):
            remove_identifier(member_id=shop.anna.member_id, identifier_id=email.pk, **STAFF)

        assert state() == before

    def test_refuses_the_address_that_the_member_signs_in_with(self, shop):
        Member.objects.update(user=User.objects.create_user("anna@example.nl"))
        email = Identifier.objects.get(value="anna@example.nl")

        with pytest.raises(IdentifierOfLogin):
            remove_identifier(member_id=shop.anna.member_id, identifier_id=email.pk, **STAFF)


class TestFindMembership:
    def test_finds_whom_somebody_was_merged_into_by_the_old_id(self, shop, bo):
        Member.objects.filter(pk=bo.member_id).update(merged_into=shop.anna.member)

        assert find_membership(shop.programme.pk, str(bo.member_id)) == shop.anna
        sale = bought("b-1", 3, "10.00", member=str(bo.member_id))
        assert record(shop, sale).award.points == 10
        assert Account.objects.get(holder=shop.anna.holder).balance == 10
