"""A person forgotten: nothing of them left, and the books as they were."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty.errors import InvalidRequest
from loyalty.models import Account, OutboxEvent, Remark, Transfer
from loyalty.services.adjustments import adjust_points
from loyalty.services.audit import audit
from members.errors import MemberUnknown
from members.models import Activity, Erasure, Identifier, Member, MemberLook, Merge, Note, User
from members.selectors import account_of, find_membership
from members.services.activities import record_activity
from members.services.enrolment import enrol_member
from members.services.erasure import erase_member
from members.services.looks import record_look
from members.services.merging import merge_members
from members.types import ActivitySubmission, LineSubmission
from tests.api.conftest import till_of
from tests.members.shop import CARD, EMAIL, NOON, Shop

LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

KIND_WORDS = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [
        {"field": "activity.attribute", "name": "mood", "operator": "in", "value": ["happy"]}
    ],
    "effects": [{"kind": "fixed", "points": 7}],
}


def buy(shop: Shop, receipt: str = "4711", **fields: Any) -> Any:
    submission = ActivitySubmission(
        type="purchase",
        member=CARD,
        source="till",
        external_id=receipt,
        occurred_at=NOON,
        lines=(LineSubmission(product="emulsion", amount="50.00", category="paint"),),
        **fields,
    )
    return record_activity(book=shop.book, submission=submission, actor="api:till", at=NOON)


def forget(shop: Shop) -> Any:
    return erase_member(member_id=shop.anna.member_id, reason="asked", actor="staff:1", at=LATER)


class TestEraseMember:
    def test_leaves_a_row_without_a_name_that_nothing_finds(self, shop: Shop) -> None:
        user = User.objects.create_user("anna@example.nl", "a long enough password")
        Member.objects.filter(pk=shop.anna.member_id).update(user=user, family_name="de Vries")
        Note.objects.create(
            member=shop.anna.member, text="Calls often", author="staff:1", written_at=NOON
        )
        buy(shop)

        forget(shop)

        member = Member.objects.get(pk=shop.anna.member_id)
        assert (member.given_name, member.family_name, member.user) == ("", "", None)
        assert member.erased_at == LATER
        assert not Identifier.objects.exists()
        assert not User.objects.exists()
        assert not Note.objects.exists()
        for said in (CARD, EMAIL, str(shop.anna.member_id)):
            with pytest.raises(MemberUnknown):
                find_membership(shop.programme.pk, said)

    def test_gives_up_the_points_and_closes_the_account(self, shop: Shop) -> None:
        earned = buy(shop)

        done = forget(shop)

        account = Account.objects.get(kind="MEMBER", holder=shop.anna.holder)
        assert done.points == earned.balance == 150
        assert (account.balance, account.closed_at) == (0, LATER)
        last = Transfer.objects.latest("pk")
        assert (last.kind, last.points, last.source) == ("ADJUST", 150, "forfeit")
        assert OutboxEvent.objects.filter(name="loyalty.points_adjusted.v1").count() == 1

    def test_leaves_the_books_as_the_audit_wants_them(self, shop: Shop) -> None:
        buy(shop)
        adjust_points(
            account_id=account_of(shop.anna),
            points=40,
            reason="Sorry, Anna",
            actor="staff:1",
            at=NOON,
            key="k",
        )
        shop.publish("kind-words", KIND_WORDS)
        buy(shop, receipt="4712", attributes={"mood": "happy"})
        before = [found.name for found in audit() if found.differences]

        forget(shop)

        assert before == []
        assert Transfer.objects.filter(source="activity").count() == 2
        assert [found.name for found in audit() if found.differences] == []
        assert not Remark.objects.exists()

    def test_strips_activities_of_words_and_keeps_their_numbers(self, shop: Shop) -> None:
        recorded = buy(shop, receipt="order of Anna 12", attributes={"text": "I am Anna"})

        forget(shop)

        activity = Activity.objects.get(pk=recorded.id)
        assert activity.external_id.startswith("forgotten:")
        assert (activity.attributes, activity.points) == ({}, 150)
        said = OutboxEvent.objects.get(name="members.activity_recorded.v1").payload
        assert said["external_id"] == activity.external_id
        assert said["points"] == 150

    def test_frees_the_identifiers_for_who_comes_next(self, shop: Shop) -> None:
        forget(shop)

        again = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=[CARD, EMAIL],
            touchpoint="till",
            actor="api:till",
            at=LATER,
        )

        assert again.member_id != shop.anna.member_id

    def test_again_is_nothing(self, shop: Shop) -> None:
        forget(shop)

        assert forget(shop).is_again
        assert Erasure.objects.count() == 1

    def test_lets_nothing_be_written_down_of_them_afterwards(self, shop: Shop) -> None:
        forget(shop)

        record_look(
            member_id=shop.anna.member_id,
            actor="staff:1",
            role="service desk",
            deed=MemberLook.Deed.SEEN,
            at=LATER,
        )

        assert not MemberLook.objects.exists()

    def test_refuses_a_reason_in_words_and_forgets_nothing(self, shop: Shop) -> None:
        with pytest.raises(InvalidRequest):
            erase_member(
                member_id=shop.anna.member_id, reason="She asked", actor="staff:1", at=LATER
            )

        assert Identifier.objects.count() == 2

    def test_takes_the_records_that_were_merged_into_theirs(self, shop: Shop) -> None:
        other = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:anna2@example.nl"],
            given_name="Annie",
            touchpoint="till",
            actor="api:till",
            at=NOON,
        )
        Member.objects.filter(pk=other.member_id).update(merged_into=shop.anna.member_id)

        forget(shop)

        assert set(Member.objects.values_list("given_name", flat=True)) == {""}
        assert Erasure.objects.count() == 2


class TestApi:
    def test_knows_nobody_by_card_or_id_any_more(self, shop: Shop) -> None:
        till = till_of(shop)
        member_id = str(shop.anna.member_id)
        forget(shop)

        for said in (CARD, member_id):
            activity = {
                "type": "purchase",
                "member": said,
                "source": "till",
                "external_id": said,
                "occurred_at": "2026-11-22T12:00:00Z",
                "lines": [{"product": "emulsion", "amount": "50.00"}],
            }
            answers = [till.post("activities", activity), till.get(f"members?identifier={said}")]
            assert [each.json()["code"] for each in answers] == ["member_unknown"] * 2
        assert till.get(f"members/{member_id}").json()["code"] == "member_unknown"
        assert till.patch(f"members/{member_id}", {"given_name": "Anna"}).status_code == 404
        assert Member.objects.get(pk=member_id).given_name == ""


class TestWhoWasMerged:
    def test_is_forgotten_with_both_records(self, shop: Shop) -> None:
        other = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:anna2@example.nl"],
            given_name="Annie",
            touchpoint="till",
            actor="api:till",
            at=NOON,
        )
        buy(shop)
        merge_members(
            kept_id=other.member_id,
            absorbed_id=shop.anna.member_id,
            reason="The same Anna",
            actor="staff:1",
            at=LATER,
        )

        done = forget(shop)

        assert done.member == other.member_id
        assert done.points == 150
        assert set(Member.objects.values_list("given_name", flat=True)) == {""}
        assert Merge.objects.get().reason == ""
        assert [found.name for found in audit() if found.differences] == []
