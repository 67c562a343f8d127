"""Who is meant by several identifiers at once; never a guess."""

import pytest

from loyalty.errors import InvalidRequest
from members.errors import IdentifierBlocked, IdentifiersOfTwoMembers, IdentifierTaken
from members.identifiers import parse_identifier, typed_identifier
from members.models import DuplicateCandidate, Identifier, Member
from members.services.cards import add_identifier, block_card
from members.services.enrolment import enrol_member, enrol_or_find
from members.services.matching import by_priority, match_member, note_duplicate, noting_duplicates
from tests.members.shop import CARD, EMAIL, NOON, open_shop

BO = "email:bo@example.nl"
TILL = {"touchpoint": "till", "actor": "test", "at": NOON}


@pytest.fixture
def bo(shop):
    return enrol_member(programme_id=shop.programme.pk, identifiers=[BO], **TILL)


class TestMatchMember:
    def test_finds_the_one_whom_all_that_is_known_means(self, shop):
        found = match_member(
            programme_id=shop.programme.pk, identifiers=["ext:crm:9", "email:ANNA@example.nl", CARD]
        )

        assert found == shop.anna
        assert match_member(programme_id=shop.programme.pk, identifiers=["ext:crm:9"]) is None
        assert match_member(programme_id=shop.programme.pk, identifiers=[]) is None

    def test_refuses_what_means_two_and_leaves_it_to_be_decided_once(self, shop, bo):
        for _again in range(2):
            with pytest.raises(IdentifiersOfTwoMembers), noting_duplicates(at=NOON):
                match_member(programme_id=shop.programme.pk, identifiers=[BO, CARD])

        candidate = DuplicateCandidate.objects.get()
        assert (candidate.first_id, candidate.second_id) == (shop.anna.member_id, bo.member_id)
        assert (candidate.score, candidate.reasons) == (90, ["given_together"])
        assert candidate.state == "OPEN"

    def test_refuses_a_blocked_card_whatever_else_is_given(self, shop):
        card = Identifier.objects.get(kind="CARD")
        block_card(
            member_id=shop.anna.member_id,
            identifier_id=card.pk,
            reason="LOST",
            actor="staff:1",
            at=NOON,
        )

        with pytest.raises(IdentifierBlocked):
            match_member(programme_id=shop.programme.pk, identifiers=[CARD, EMAIL])

    def test_knows_nobody_of_another_programme(self, shop):
        other = open_shop("other", card="card:2990000000026", email=BO)

        assert match_member(programme_id=other.programme.pk, identifiers=[EMAIL]) is None


class TestByPriority:
    def test_puts_the_card_first_and_an_unproved_address_last(self, shop):
        said = ["phone:0612345678", "ext:crm:1", "email:proved@example.nl"]
        for text in said:
            add_identifier(
                member_id=shop.anna.member_id,
                identifier=text,
                verified="proved" in text,
                actor="t",
                at=NOON,
            )

        found = by_priority([parse_identifier(text) for text in [EMAIL, *said, CARD]])

        assert [one.value for one in found] == [
            "2990000000019",
            "1",
            "proved@example.nl",
            "+31612345678",
            "anna@example.nl",
        ]


class TestNoteDuplicate:
    def test_adds_what_else_is_alike_and_keeps_what_was_decided(self, shop, bo):
        pair = (bo.member_id, shop.anna.member_id)
        note_duplicate(members=pair, score=40, reasons=["same_name"], at=NOON)
        noted = note_duplicate(members=pair, score=60, reasons=["same_mailbox"], at=NOON)
        assert noted is not None
        assert (noted.score, noted.reasons) == (60, ["same_name", "same_mailbox"])

        DuplicateCandidate.objects.update(state="DISMISSED")
        again = note_duplicate(members=pair, score=90, reasons=["given_together"], at=NOON)

        assert again is not None
        assert (again.state, again.score) == ("DISMISSED", 60)

    def test_is_nothing_for_one_member(self, shop):
        pair = (shop.anna.member_id, shop.anna.member_id)

        assert note_duplicate(members=pair, score=90, reasons=[], at=NOON) is None


class TestEnrolOrFind:
    def test_makes_a_member_once_and_finds_them_from_then_on(self, shop):
        first = enrol_or_find(
            programme_id=shop.programme.pk, identifiers=[BO], given_name="Bo", **TILL
        )
        again = enrol_or_find(
            programme_id=shop.programme.pk,
            identifiers=["email:BO@Example.nl", "phone:0612345678"],
            given_name="Mallory",
            **TILL,
        )

        assert (first[1], again) == (True, (first[0], False))
        member = Member.objects.get(pk=first[0].member_id)
        assert member.given_name == "Bo"
        assert not member.identifiers.filter(kind="PHONE").exists()

    def test_refuses_who_is_a_member_of_another_programme(self, shop):
        other = open_shop("other", card="card:2990000000026", email=BO)

        with pytest.raises(IdentifierTaken):
            enrol_or_find(programme_id=other.programme.pk, identifiers=[EMAIL], **TILL)


class TestATaggedAddress:
    def test_is_another_person_and_a_hint(self, shop):
        tagged = enrol_member(
            programme_id=shop.programme.pk, identifiers=["email:Anna+spaar@Example.nl"], **TILL
        )

        assert tagged.member_id != shop.anna.member_id
        candidate = DuplicateCandidate.objects.get()
        assert (candidate.reasons, candidate.score) == (["same_mailbox"], 60)
        assert {candidate.first_id, candidate.second_id} == {
            shop.anna.member_id,
            tagged.member_id,
        }


class TestTypedIdentifier:
    @pytest.mark.parametrize(
        ("typed", "parsed"),
        [
            ("2990000000019", ("CARD", "", "2990000000019")),
            (" 299 0000 0000 19 ", ("CARD", "", "2990000000019")),
            ("12345678", ("CARD", "", "12345678")),
            ("06-12345678", ("PHONE", "", "+31612345678")),
            ("0612345678", ("PHONE", "", "+31612345678")),
            ("+32 470 12 34 56", ("PHONE", "", "+32470123456")),
            ("Anna@Example.nl", ("EMAIL", "", "anna@example.nl")),
            ("ext:crm:7", ("EXTERNAL", "crm", "7")),
            ("0612345678901234", ("CARD", "", "0612345678901234")),
        ],
    )
    def test_knows_a_card_from_a_number_and_an_address(self, typed, parsed):
        assert tuple(typed_identifier(typed)) == parsed

    @pytest.mark.parametrize("typed", ["", "Anna", "123", "anna@", "2990000000018", "06-1234x678"])
    def test_refuses_what_is_none(self, typed):
        with pytest.raises(InvalidRequest):
            typed_identifier(typed)
