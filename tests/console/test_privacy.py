"""A member's privacy at the desk: who looked, all data in a file, forgetting them; nobody themselves."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.models import Transfer
from members.models import Erasure, Member, MemberLook, Membership


def page(anna: Membership, tab: str = "privacy") -> str:
    return f"/console/members/member/{anna.member_id}/change/?tab={tab}"


class TestForgetting:
    def test_is_done_once_the_word_is_typed(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        address = f"/console/members/erasure/of/{anna.member_id}/"
        assert address in client.get(page(anna)).content.decode()

        client.post(address, {"reason": "asked", "sure": "no"})
        assert not Erasure.objects.exists()
        client.post(address, {"reason": "asked", "sure": "forget"})

        erasure = Erasure.objects.get()
        assert (erasure.member, erasure.reason, erasure.actor) == (
            anna.member_id,
            "asked",
            f"staff:{user.pk}",
        )
        assert str(Member.objects.get(pk=anna.member_id)) == "…"
        assert str(anna.member_id) in client.get("/console/members/erasure/").content.decode()

    @pytest.mark.parametrize("deed", ["of", "export"])
    def test_is_refused_to_who_lacks_the_right(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership, deed: str
    ) -> None:
        sign_in("marketer")

        address = f"/console/members/erasure/{deed}/{anna.member_id}/"

        assert client.post(address, {"reason": "asked"}).status_code == 403
        assert not Erasure.objects.exists()


class TestTakingOut:
    def test_gives_a_file_and_tells_the_member(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")

        address = f"/console/members/erasure/export/{anna.member_id}/"
        answer = client.post(address, {"reason": "authority"})

        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert "data.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()
        look = MemberLook.objects.get(deed="EXPORTED")
        assert (look.role, look.what) == ("service desk", "authority")


class TestOwnPoints:
    def test_are_corrected_by_somebody_else_only(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        user = sign_in("service desk")
        Member.objects.filter(pk=anna.member_id).update(user=user)

        address = reverse("admin:members_member_correct", args=[anna.member_id])
        said = {"points": "500", "reason": "For me", "key": "k"}

        assert client.post(address, said).status_code == 403
        assert not Transfer.objects.exists()

    def test_of_another_are_corrected_and_the_member_reads_it(
        self, client: Client, sign_in: Callable[..., Any], anna: Membership
    ) -> None:
        sign_in("service desk")
        address = reverse("admin:members_member_correct", args=[anna.member_id])
        client.post(address, {"points": "500", "reason": "Sorry", "key": "k"})

        assert Transfer.objects.get().points == 500
        assert MemberLook.objects.get(deed="CHANGED").what == "points"
