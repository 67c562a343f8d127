"""On the console two records are found, compared, made one and parted again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from loyalty.models import Programme
from members.models import DuplicateCandidate, Member, MemberLook, Membership, Merge
from members.services.enrolment import enrol_member
from tests.console.conftest import NOON, Buy

MERGES = "/console/members/merge/"
PAIRS = "/console/members/duplicatecandidate/"


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def twin(programme: Programme) -> Membership:
    return enrol_member(
        programme_id=programme.pk,
        identifiers=["email:a.devries@example.nl"],
        given_name="Anna",
        family_name="Vries",
        touchpoint="api",
        actor="test",
        at=NOON,
    )


@pytest.fixture
def compare(anna: Membership, twin: Membership) -> str:
    return f"{MERGES}of/{anna.member_id}/{twin.member_id}/"


class TestMerging:
    def test_finds_the_other_record_by_whatever_is_said(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, compare: str
    ) -> None:
        sign_in("service desk")

        page = text(client.get(f"{MERGES}of/{anna.member_id}/?q=a.devries@example.nl"))

        assert compare in page
        assert f"/{anna.member_id}/{anna.member_id}/" not in page

    def test_shows_both_side_by_side_and_what_changes(
        self, client: Client, sign_in: Callable[..., Any], buy: Buy, compare: str
    ) -> None:
        buy("10.00")
        sign_in("service desk")

        page = text(client.get(compare))

        assert "a.devries@example.nl" in page
        assert "Merge into Anna de Vries?" in page
        assert "2 addresses, numbers and cards go over." in page
        assert not Merge.objects.exists()

    def test_makes_them_one_for_a_reason(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        anna: Membership,
        twin: Membership,
        compare: str,
    ) -> None:
        user = sign_in("service desk")

        assert "This field is required" in text(client.post(compare, {"reason": ""}))
        assert not Merge.objects.exists()
        done = client.post(compare, {"reason": "She has two cards"}, follow=True)

        assert "They are one record now." in text(done)
        merge = Merge.objects.get()
        assert (merge.kept_id, merge.absorbed_id) == (anna.member_id, twin.member_id)
        assert (merge.actor, merge.reason) == (f"staff:{user.pk}", "She has two cards")
        look = MemberLook.objects.get(member=anna.member_id, deed="CHANGED")
        assert look.what == "merge"

    def test_parts_them_from_the_merges_page(
        self, client: Client, sign_in: Callable[..., Any], twin: Membership, compare: str
    ) -> None:
        sign_in("service desk")
        client.post(compare, {"reason": "She has two cards"})
        merge = Merge.objects.get()
        page = text(client.get(f"{MERGES}{merge.pk}/change/"))
        assert f"{MERGES}{merge.pk}/part/" in page

        done = client.post(f"{MERGES}{merge.pk}/part/", {"reason": "Sisters"}, follow=True)

        assert "They are two records again." in text(done)
        assert "Sisters" in text(done)
        assert Member.objects.get(pk=twin.member_id).merged_into_id is None
        assert "Parted again" in text(client.get(MERGES))

    def test_tells_why_it_cannot_be(
        self, client: Client, sign_in: Callable[..., Any], compare: str
    ) -> None:
        sign_in("service desk")
        client.post(compare, {"reason": "She has two cards"})

        page = text(client.get(compare))

        assert "This record was merged into another one." in page
        assert "Merge into" not in page

    @pytest.mark.parametrize("role", ["marketer", "finance"])
    def test_is_for_who_may(
        self, client: Client, sign_in: Callable[..., Any], compare: str, role: str
    ) -> None:
        sign_in(role)

        assert client.get(compare).status_code == 403
        assert client.post(compare, {"reason": "x"}).status_code == 403
        assert not Merge.objects.exists()

    def test_is_not_for_ones_own_record(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, compare: str
    ) -> None:
        user = sign_in("service desk")
        Member.objects.filter(pk=anna.member_id).update(user=user)

        assert client.post(compare, {"reason": "x"}).status_code == 403
        assert not Merge.objects.exists()


class TestPossibleDuplicates:
    @pytest.fixture
    def pair(self, anna: Membership, twin: Membership) -> DuplicateCandidate:
        first, second = sorted((anna.member_id, twin.member_id))
        return DuplicateCandidate.objects.create(
            first_id=first, second_id=second, score=67, reasons=["close_email"], found_at=NOON
        )

    def test_are_listed_the_surest_first_with_what_is_alike(
        self, client: Client, sign_in: Callable[..., Any], pair: DuplicateCandidate
    ) -> None:
        sign_in("service desk")

        page = text(client.get(PAIRS))

        assert "Anna de Vries and Anna Vries" in page
        assert "e-mail addresses a slip apart" in page
        assert "67 %" in page

    def test_are_told_to_be_two_people(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        pair: DuplicateCandidate,
        compare: str,
    ) -> None:
        sign_in("service desk")
        dismiss = f"{PAIRS}{pair.pk}/dismiss/"
        assert dismiss in text(client.get(compare))
        assert client.get(dismiss).status_code == 405

        done = client.post(dismiss, follow=True)

        assert "Noted: they are two people." in text(done)
        pair.refresh_from_db()
        assert pair.state == "DISMISSED"
        assert "Nobody seems to be there twice." in text(client.get(PAIRS))

    def test_stand_on_the_members_page(
        self,
        client: Client,
        sign_in: Callable[..., Any],
        pair: DuplicateCandidate,
        anna: Membership,
        compare: str,
    ) -> None:
        sign_in("service desk")

        page = text(client.get(f"/console/members/member/{anna.member_id}/change/?tab=records"))

        assert compare in page
        assert f"{MERGES}of/{anna.member_id}/" in page
