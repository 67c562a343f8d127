import pytest

from loyalty.errors import InvalidRequest
from loyalty.models import Account, OutboxEvent, Programme
from loyalty.services.accounts import open_programme
from members.errors import IdentifierTaken, MemberUnknown
from members.models import Identifier, Member, Membership, User
from members.selectors import find_membership, membership_of_user
from members.services import joining
from members.services.consents import record_consent
from members.services.enrolment import Enrolment, enrol_member, enrol_members, member_for_login
from tests.members.shop import CARD, EMAIL, NOON


def enrol(shop, *identifiers, **changes):
    return enrol_member(
        **{
            "programme_id": shop.programme.pk,
            "identifiers": identifiers,
            "touchpoint": "till",
            "actor": "test",
            "at": NOON,
        }
        | changes
    )


def sign_in(shop, user, **changes):
    return member_for_login(
        **{
            "user_id": user.pk,
            "email": user.email,
            "programme_id": shop.programme.pk,
            "touchpoint": "portal",
            "language": "en",
            "at": NOON,
        }
        | changes
    )


def counts():
    return [
        model.objects.count() for model in (Member, Membership, Identifier, Account, OutboxEvent)
    ]


class TestEnrolMember:
    def test_leaves_nothing_behind_when_somebody_was_quicker(self, shop, monkeypatch):
        monkeypatch.setattr(joining, "_taken", lambda keys: set())
        before = counts()

        with pytest.raises(IdentifierTaken):
            enrol(shop, "ext:crm:1", EMAIL)

        assert counts() == before

    def test_draws_another_number_when_somebody_has_the_card(self, shop, monkeypatch):
        numbers = iter([CARD.partition(":")[2], "2990000000026"])
        monkeypatch.setattr(joining, "new_card_number", lambda: next(numbers))

        membership = enrol(shop, "email:bo@example.nl")

        card = Identifier.objects.get(member=membership.member, kind="CARD")
        assert card.value == "2990000000026"


class TestEnrolMembers:
    def test_refuses_one_without_harm_to_the_others(self, shop):
        answers = enrol_members(
            programme_id=shop.programme.pk,
            enrolments=[
                Enrolment(identifiers=["email:bo@example.nl"]),
                Enrolment(identifiers=[EMAIL]),
                Enrolment(identifiers=["nonsense"]),
                Enrolment(identifiers=["email:BO@example.nl"]),
                Enrolment(identifiers=["email:cas@example.nl"], language="xx"),
                Enrolment(identifiers=["email:dirk@example.nl"]),
            ],
            touchpoint="import",
            actor="test",
            at=NOON,
        )

        assert [type(answer) for answer in answers] == [
            Membership,
            IdentifierTaken,
            InvalidRequest,
            IdentifierTaken,
            InvalidRequest,
            Membership,
        ]
        assert Membership.objects.count() == 3
        assert Account.objects.filter(kind="MEMBER").count() == 3

    def test_takes_as_many_statements_for_a_hundred_as_for_one(
        self, shop, django_assert_num_queries
    ):
        for count in (1, 100):
            people = [Enrolment(identifiers=[f"ext:crm:{count}-{n}"]) for n in range(count)]
            with django_assert_num_queries(10):
                enrol_members(
                    programme_id=shop.programme.pk,
                    enrolments=people,
                    touchpoint="import",
                    actor="test",
                    at=NOON,
                )


class TestMemberForLogin:
    def test_makes_a_member_once(self, shop):
        user = User.objects.create_user("bo@example.nl")

        first, again = sign_in(shop, user), sign_in(shop, user)

        assert first == again == membership_of_user(user.pk, shop.programme.pk)
        assert first.member.language == "en"
        assert Identifier.objects.get(value="bo@example.nl").verified_at == NOON
        assert Member.objects.count() == 2

    def test_finds_who_joined_at_the_till_with_this_address(self, shop):
        user = User.objects.create_user("anna@example.nl")

        membership = sign_in(shop, user, email="Anna@Example.nl")

        assert membership == shop.anna
        assert Member.objects.get(pk=shop.anna.member_id).user == user
        assert Identifier.objects.get(value="anna@example.nl").verified_at == NOON
        assert Member.objects.count() == 1

    def test_refuses_an_address_whose_member_has_another_login_and_changes_nothing(self, shop):
        sign_in(shop, User.objects.create_user("anna@example.nl"))
        other = User.objects.create_user("other@example.nl")
        before = counts()

        with pytest.raises(IdentifierTaken):
            sign_in(shop, other, email="anna@example.nl")

        assert counts() == before
        assert Member.objects.get().user.email == "anna@example.nl"

    def test_brings_a_member_into_a_second_programme(self, shop):
        user = User.objects.create_user("anna@example.nl")
        first = sign_in(shop, user)
        second_shop = Programme(slug="second", name="Second")
        open_programme(programme=second_shop, at=NOON)

        second = sign_in(shop, user, programme_id=second_shop.pk)

        assert second.member_id == first.member_id
        assert second.holder != first.holder
        assert Account.objects.get(holder=second.holder).balance == 0


class TestFindMembership:
    def test_knows_nobody_by_nothing(self, shop):
        with pytest.raises(MemberUnknown):
            find_membership(shop.programme.pk, "ext:crm:9")
        with pytest.raises(MemberUnknown):
            membership_of_user(0, shop.programme.pk)


class TestRecordConsent:
    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"purpose": "SPAM"}, InvalidRequest),
            ({"channel": "PIGEON"}, InvalidRequest),
            ({"member_id": "01a2041e-1934-7324-92d6-175ee18ceb40"}, MemberUnknown),
        ],
    )
    def test_refuses_what_it_does_not_know_and_changes_nothing(self, shop, changes, refusal):
        before = OutboxEvent.objects.count()

        with pytest.raises(refusal):
            record_consent(
                **{
                    "member_id": shop.anna.member_id,
                    "purpose": "OFFERS",
                    "channel": "EMAIL",
                    "is_given": True,
                    "text_version": "1",
                    "touchpoint": "portal",
                    "actor": "test",
                    "at": NOON,
                }
                | changes
            )

        assert shop.anna.member.consents.count() == 0
        assert OutboxEvent.objects.count() == before

    def test_keeps_every_receipt(self, shop):
        for is_given in (True, False):
            record_consent(
                member_id=shop.anna.member_id,
                purpose="OFFERS",
                channel="EMAIL",
                is_given=is_given,
                text_version="1",
                touchpoint="portal",
                actor="test",
                at=NOON,
            )

        receipts = shop.anna.member.consents.order_by("id").values_list("is_given", flat=True)
        assert list(receipts) == [True, False]
