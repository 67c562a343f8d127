"""Cards and other identifiers through the API, and enrolling who may be known."""

import pytest

from loyalty.models import KeptAnswer
from members.models import (
    Consent,
    DuplicateCandidate,
    Identifier,
    Member,
    MemberLook,
    Membership,
    User,
)
from tests.api.conftest import everything, till_of
from tests.members.shop import open_shop

BO = {"identifiers": ["email:bo@example.nl"], "given_name": "Bo"}


def enrol(till, key="k-1", **changes):
    return till.post("members", BO | changes, **{"Idempotency-Key": key})


@pytest.fixture
def path(shop):
    return f"members/{shop.anna.member_id}/identifiers"


class TestEnrolling:
    def test_answers_where_the_member_completes_it(self, till):
        body = enrol(till, identifiers=[], given_name="").json()

        assert body["complete_url"].startswith("http://testserver/join/complete/")
        assert body["id"] not in body["complete_url"]
        assert "complete" not in str(list(KeptAnswer.objects.values()))

    def test_has_no_such_place_once_the_member_signs_in(self, till):
        first = enrol(till).json()
        Member.objects.filter(pk=first["id"]).update(user=User.objects.create_user("bo@example.nl"))

        again = enrol(till).json()

        assert again == first | {"complete_url": None}

    def test_keeps_touchpoint_location_and_campaign(self, till):
        body = enrol(till, touchpoint="till", location="Utrecht", campaign="autumn").json()

        kept = Membership.objects.get(member_id=body["id"])
        assert kept.joined_through == "till"
        assert (kept.joined_location, kept.joined_campaign) == ("Utrecht", "autumn")

    def test_marks_the_card_as_virtual_unless_it_was_given(self, till):
        virtual = enrol(till).json()
        given = enrol(till, key="k-2", identifiers=["card:2990000000026"]).json()

        assert Identifier.objects.get(value=virtual["card"]).is_virtual
        assert not Identifier.objects.get(value=given["card"]).is_virtual


class TestEnrollingWhoMayBeKnown:
    def test_answers_no_more_than_who_it_is_and_changes_nothing(self, shop, till):
        before = everything() | {"loyalty_keptanswer": ""}

        answer = enrol(
            till,
            identifiers=["email:ANNA@example.nl", "phone:0612345678"],
            given_name="Mallory",
            if_known="return",
        )

        assert answer.status_code == 200
        assert answer.json() == {"id": str(shop.anna.member_id), "is_known": True}
        assert everything() | {"loyalty_keptanswer": ""} == before

    def test_enrols_who_is_not_and_answers_a_repetition_the_same(self, till):
        first = enrol(till, if_known="return")
        again = enrol(till, if_known="return")
        other = enrol(till, key="k-2", if_known="return")

        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 200)
        assert again.json() == first.json()
        assert other.json() == {"id": first.json()["id"], "is_known": True}

    def test_refuses_two_members_and_leaves_it_to_be_decided(self, shop, till):
        bo = enrol(till).json()["id"]
        before = everything()

        answer = enrol(
            till,
            key="k-2",
            identifiers=["email:bo@example.nl", "card:2990000000019"],
            if_known="return",
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "identifiers_of_two_members")
        assert "members" not in answer.json()
        assert everything() == before
        candidate = DuplicateCandidate.objects.get()
        assert {str(candidate.first_id), str(candidate.second_id)} == {
            str(shop.anna.member_id),
            bo,
        }

    def test_is_strict_unless_asked_otherwise(self, till):
        before = everything()

        answer = enrol(till, identifiers=["email:anna@example.nl"])

        assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")
        assert everything() == before

    def test_wants_the_right_to_write(self, shop):
        reader = till_of(shop, "reader", ["members:read"])

        answer = enrol(reader, identifiers=["email:anna@example.nl"], if_known="return")

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


class TestIdentifiers:
    def test_are_listed_with_their_state(self, shop, till, path):
        body = till.get(path).json()

        assert [one["identifier"] for one in body["items"]] == [
            "card:2990000000019",
            "email:anna@example.nl",
        ]
        assert body["card"] == "2990000000019"
        assert set(body["items"][0]) == {
            "id", "identifier", "is_virtual", "added_at", "verified_at", "blocked_at",
        }  # fmt: skip

    def test_are_added(self, shop, till, path):
        answer = till.post(path, {"identifier": "phone:06-12345678"})

        assert answer.status_code == 200
        assert answer.json()["items"][-1]["identifier"] == "phone:+31612345678"
        assert till.get("members?identifier=phone:0612345678").json()["id"] == str(
            shop.anna.member_id
        )

    def test_are_removed(self, till, path):
        email = Identifier.objects.get(value="anna@example.nl")

        answer = till.delete(f"{path}/{email.pk}")

        assert [one["identifier"] for one in answer.json()["items"]] == ["card:2990000000019"]
        assert till.delete(f"{path}/{email.pk}").json()["code"] == "identifier_unknown"
        card = Identifier.objects.get(kind="CARD")
        assert till.delete(f"{path}/{card.pk}").json()["code"] == "last_identifier"

    def test_of_a_lost_card_find_nobody(self, shop, till, path):
        card = Identifier.objects.get(kind="CARD")

        answer = till.post(f"{path}/block", {"identifier": card.pk, "reason": "STOLEN"})

        assert answer.json()["items"][0]["blocked_at"] is not None
        assert answer.json()["card"] == ""
        found = till.get("members?identifier=card:2990000000019")
        assert (found.status_code, found.json()["code"]) == (409, "identifier_blocked")
        known = till.get(f"members/{shop.anna.member_id}").json()
        assert known["identifiers"] == ["email:anna@example.nl"]

    @pytest.mark.parametrize("new", ["virtual", "12345678"])
    def test_of_a_lost_card_move_to_another(self, till, path, new):
        card = Identifier.objects.get(kind="CARD")

        body = till.post(f"{path}/block", {"identifier": card.pk, "new_card": new}).json()

        assert body["card"] == body["items"][-1]["identifier"].removeprefix("card:")
        assert (body["items"][-1]["is_virtual"], body["card"] == new) == (
            new == "virtual",
            new != "virtual",
        )

    @pytest.mark.parametrize(
        ("deed", "body", "refused"),
        [
            ("", {"identifier": "card:1"}, (400, "invalid")),
            ("", {"identifier": "card:12345678", "verified": True}, (400, "invalid")),
            ("/block", {"identifier": 999_999_999}, (404, "identifier_unknown")),
            ("/block", {"identifier": 1, "reason": "WHIM"}, (400, "invalid")),
            ("/block", {"identifier": 1, "new_card": "x"}, (400, "invalid")),
            ("/block", {"identifier": "1"}, (400, "invalid")),
        ],
    )
    def test_are_refused_when_they_cannot_be_and_nothing_changes(
        self, till, path, deed, body, refused
    ):
        before = everything()

        answer = till.post(f"{path}{deed}", body)

        assert (answer.status_code, answer.json()["code"]) == refused
        assert everything() == before

    def test_are_nobodys_to_another_programme_and_to_a_reader(self, shop, till, path):
        other = open_shop("other", card="card:2990000000026", email="email:bo@example.nl")
        theirs = till_of(other, "theirs")
        reader = till_of(shop, "reader", ["members:read"])
        card = Identifier.objects.get(value="2990000000019")
        before = everything()

        deeds = [
            lambda till: till.post(path, {"identifier": "ext:crm:1"}),
            lambda till: till.delete(f"{path}/{card.pk}"),
            lambda till: till.post(f"{path}/block", {"identifier": card.pk}),
        ]

        assert [deed(theirs).status_code for deed in deeds] == [404] * 3
        assert theirs.get(path).status_code == 404
        assert [deed(reader).status_code for deed in deeds] == [403] * 3
        assert everything() == before


class TestAPartialUpdate:
    def test_leaves_consents_and_identifiers_that_were_not_sent(self, shop, till):
        body = enrol(
            till,
            consents=[{"purpose": "OFFERS", "is_given": True, "text_version": "3"}],
            touchpoint="till",
            campaign="autumn",
        ).json()
        before = till.get(f"members/{body['id']}").json()

        answer = till.patch(f"members/{body['id']}", {"family_name": "de Vries"})

        assert answer.json() == before | {"family_name": "de Vries"}
        assert Consent.objects.get().is_given
        kept = Membership.objects.get(member_id=body["id"])
        assert (kept.joined_through, kept.joined_campaign) == ("till", "autumn")


class TestWhoLooked:
    def test_is_written_down_once_a_day(self, shop, till):
        till.get(f"members/{shop.anna.member_id}")
        till.get("members?identifier=card:2990000000019")
        till.patch(f"members/{shop.anna.member_id}", {"given_name": "An"})

        looks = MemberLook.objects.order_by("deed").values_list("actor", "role", "deed", "times")
        assert list(looks) == [
            ("api:kassa", "kassa", "CHANGED", 1),
            ("api:kassa", "kassa", "SEEN", 2),
        ]
