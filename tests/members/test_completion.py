"""Completing what was begun at a till."""

import time
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest

from loyalty.models import OutboxEvent
from members.errors import CompletionEnded
from members.models import DuplicateCandidate, Identifier, Member, User
from members.services.completion import completion_token, member_to_complete
from members.services.enrolment import enrol_member, member_for_login
from tests.members.shop import NOON, Shop


@pytest.fixture
def begun(shop: Shop) -> Member:
    return enrol_member(
        programme_id=shop.programme.pk,
        identifiers=["card:2990000000026"],
        touchpoint="till",
        location="Utrecht",
        actor="test",
        at=NOON,
    ).member


def sign_in(shop: Shop, email: str, completes: Member | None) -> Member:
    user, _is_new = User.objects.get_or_create(email=email)
    return member_for_login(
        user_id=user.pk,
        email=email,
        programme_id=shop.programme.pk,
        touchpoint="poster",
        language="nl",
        completes=completes.pk if completes else None,
        at=NOON,
    ).member


class TestTheLink:
    def test_finds_the_member_and_says_nothing_of_them(self, begun: Member) -> None:
        token = completion_token(begun.pk)

        assert member_to_complete(token) == begun
        assert str(begun.pk) not in token
        assert "2990000000026" not in token

    def test_works_for_thirty_days(self, begun: Member) -> None:
        token, made = completion_token(begun.pk), time.time()
        for days, is_open in ((29.9, True), (30.1, False)):
            later = made + timedelta(days=days).total_seconds()
            with mock.patch("django.core.signing.time.time", return_value=later):
                if is_open:
                    assert member_to_complete(token) == begun
                else:
                    with pytest.raises(CompletionEnded):
                        member_to_complete(token)

    @pytest.mark.parametrize(
        "change", [lambda t: t[:-1], lambda t: "A" + t, lambda t: "", str.upper]
    )
    def test_is_none_when_it_was_tampered_with(
        self, begun: Member, change: Callable[[str], str]
    ) -> None:
        with pytest.raises(CompletionEnded):
            member_to_complete(change(completion_token(begun.pk)))

    def test_is_dead_once_the_member_signs_in(self, shop: Shop, begun: Member) -> None:
        token = completion_token(begun.pk)

        sign_in(shop, "bo@example.nl", begun)

        with pytest.raises(CompletionEnded):
            member_to_complete(token)

    def test_completes_whom_the_member_was_merged_into(self, shop: Shop, begun: Member) -> None:
        Member.objects.filter(pk=begun.pk).update(merged_into=shop.anna.member)

        assert member_to_complete(completion_token(begun.pk)) == shop.anna.member

    def test_is_dead_once_the_member_was_forgotten(self, begun: Member) -> None:
        Member.objects.filter(pk=begun.pk).update(erased_at=NOON)

        with pytest.raises(CompletionEnded):
            member_to_complete(completion_token(begun.pk))


class TestCompleting:
    def test_links_login_and_proved_address_to_the_same_member(
        self, shop: Shop, begun: Member
    ) -> None:
        member = sign_in(shop, "bo@example.nl", begun)

        address = Identifier.objects.get(value="bo@example.nl")
        assert member == begun
        assert (address.member, address.verified_at) == (begun, NOON)
        assert Member.objects.get(pk=begun.pk).user == User.objects.get(email="bo@example.nl")
        assert member.memberships.get().joined_through == "till"
        assert OutboxEvent.objects.latest("id").name == "members.membership_completed.v1"

    def test_opens_no_member_who_signs_in_already(self, shop: Shop, begun: Member) -> None:
        sign_in(shop, "bo@example.nl", begun)

        thief = sign_in(shop, "thief@example.nl", begun)

        assert thief != begun
        assert Member.objects.get(pk=begun.pk).user == User.objects.get(email="bo@example.nl")

    def test_with_an_address_of_another_member_opens_that_one_and_is_left_to_be_decided(
        self, shop: Shop, begun: Member
    ) -> None:
        member = sign_in(shop, "anna@example.nl", begun)

        assert member == shop.anna.member
        assert Member.objects.get(pk=begun.pk).user is None
        candidate = DuplicateCandidate.objects.get()
        assert {candidate.first_id, candidate.second_id} == {begun.pk, shop.anna.member_id}
        assert candidate.reasons == ["completed_by_member"]

    def test_by_the_address_that_was_given_at_the_till_proves_it(self, shop: Shop) -> None:
        member = sign_in(shop, "anna@example.nl", shop.anna.member)

        assert member == shop.anna.member
        assert Identifier.objects.get(value="anna@example.nl").verified_at == NOON
        assert not DuplicateCandidate.objects.exists()
