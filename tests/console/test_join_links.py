"""Ways to join, and members' cards, in the console."""

from collections.abc import Callable

import pytest
from django.test import Client

from loyalty.models import Programme
from members.models import Identifier, JoinLink, MemberLook, Membership, User
from members.services.enrolment import enrol_member
from members.services.join_links import open_join_link
from tests.console.conftest import NOON

SignIn = Callable[..., User]
LINKS = "/console/members/joinlink/"


@pytest.fixture
def link(programme: Programme) -> JoinLink:
    return open_join_link(
        programme_id=programme.pk,
        name="Poster in Utrecht",
        touchpoint="poster",
        location="Utrecht",
        campaign="autumn",
        at=NOON,
    )


class TestWaysToJoin:
    def test_are_made_with_a_key_of_their_own(self, client: Client, sign_in: SignIn) -> None:
        sign_in("marketer")

        answer = client.post(
            f"{LINKS}add/",
            {"name": "Poster", "touchpoint": "poster", "location": "Utrecht", "campaign": "autumn"},
        )

        link = JoinLink.objects.get()
        assert answer.status_code == 302
        assert (link.touchpoint, link.location, link.campaign) == ("poster", "Utrecht", "autumn")
        assert len(link.key) == 8
        assert link.is_live

    def test_tell_how_many_opened_and_joined(
        self, client: Client, sign_in: SignIn, link: JoinLink
    ) -> None:
        sign_in("marketer")
        client.get(f"/j/{link.key}/")
        JoinLink.objects.update(seen=41)
        for number in range(3):
            enrol_member(
                programme_id=link.programme_id,
                identifiers=[f"ext:crm:{number}"],
                touchpoint="poster",
                join_link=link.pk,
                actor="test",
                at=NOON,
            )

        page = client.get(LINKS).content.decode()

        assert '<span class="figure">41</span>' in page
        assert '<span class="figure">3</span>' in page

    def test_are_stopped_and_changed(self, client: Client, sign_in: SignIn, link: JoinLink) -> None:
        sign_in("marketer")

        client.post(
            f"{LINKS}{link.pk}/change/",
            {"name": "Poster in Zwolle", "touchpoint": "advert", "location": "", "campaign": ""},
        )

        changed = JoinLink.objects.get()
        assert (changed.name, changed.touchpoint) == ("Poster in Zwolle", "advert")
        assert (changed.is_live, changed.key) == (False, link.key)

    def test_have_a_poster_and_codes_to_print(
        self, client: Client, sign_in: SignIn, link: JoinLink
    ) -> None:
        sign_in("marketer")

        poster = client.get(f"{LINKS}{link.pk}/poster/")
        svg = client.get(f"{LINKS}{link.pk}/qr-svg/")
        png = client.get(f"{LINKS}{link.pk}/qr-png/")

        assert f"testserver/j/{link.key}" in poster.content.decode()
        assert 'class="qr"' in poster.content.decode()
        assert (svg["Content-Type"], svg.content[:5]) == ("image/svg+xml", b"<?xml")
        assert svg["Content-Disposition"] == f'attachment; filename="join-{link.key}.svg"'
        assert (png["Content-Type"], png.content[:4]) == ("image/png", b"\x89PNG")

    def test_are_not_for_a_cashier(self, client: Client, sign_in: SignIn, link: JoinLink) -> None:
        sign_in("cashier")

        assert client.get(LINKS).status_code == 403
        assert client.get(f"{LINKS}{link.pk}/poster/").status_code == 403
        assert client.get("/till/join/").status_code == 200


class TestCards:
    @pytest.fixture
    def card(self, anna: Membership) -> Identifier:
        return Identifier.objects.get(member=anna.member, kind="CARD")

    def test_stand_on_the_members_page(
        self, client: Client, sign_in: SignIn, anna: Membership, card: Identifier
    ) -> None:
        sign_in("service desk")

        page = client.get(f"/console/members/member/{anna.member_id}/change/?tab=cards")

        assert "2990 0000 00019" in page.content.decode()
        assert f"/console/members/identifier/{card.pk}/block/" in page.content.decode()

    def test_are_blocked_and_moved_to_a_new_one(
        self, client: Client, sign_in: SignIn, anna: Membership, card: Identifier
    ) -> None:
        user = sign_in("service desk")

        answer = client.post(
            f"/console/members/identifier/{card.pk}/block/",
            {"reason": "LOST", "instead": "given", "number": "1234 5678"},
        )

        card.refresh_from_db()
        assert answer["Location"].endswith("?tab=cards")
        assert card.blocked_at is not None
        assert Identifier.objects.get(value="12345678").member == anna.member
        look = MemberLook.objects.get(deed="CHANGED")
        assert (look.actor, look.what) == (f"staff:{user.pk}", "cards")

    def test_are_added_removed_and_found_again(
        self, client: Client, sign_in: SignIn, anna: Membership, card: Identifier
    ) -> None:
        sign_in("service desk")
        base = "/console/members/identifier/"

        client.post(f"{base}of/{anna.member_id}/add/", {"identifier": "0612345678"})
        phone = Identifier.objects.get(kind="PHONE")
        client.post(f"{base}{card.pk}/block/", {"reason": "LOST", "instead": "nothing"})
        client.post(f"{base}{card.pk}/unblock/")
        client.post(f"{base}{phone.pk}/remove/")

        card.refresh_from_db()
        assert phone.value == "+31612345678"
        assert card.blocked_at is None
        assert not Identifier.objects.filter(kind="PHONE").exists()

    def test_tell_what_is_wrong_beside_the_field(
        self, client: Client, sign_in: SignIn, anna: Membership, card: Identifier
    ) -> None:
        sign_in("service desk")

        page = client.post(
            f"/console/members/identifier/{card.pk}/block/",
            {"reason": "LOST", "instead": "given", "number": ""},
        )

        card.refresh_from_db()
        assert "Fill in the number of the new card." in page.content.decode()
        assert card.blocked_at is None

    @pytest.mark.parametrize("role", ["marketer", "finance", "cashier"])
    def test_are_changed_by_the_desk_alone(
        self, client: Client, sign_in: SignIn, anna: Membership, card: Identifier, role: str
    ) -> None:
        sign_in(role)
        base = "/console/members/identifier/"

        answers = [
            client.post(f"{base}{card.pk}/block/", {"reason": "LOST", "instead": "nothing"}),
            client.post(f"{base}{card.pk}/remove/"),
            client.post(f"{base}of/{anna.member_id}/add/", {"identifier": "12345678"}),
        ]

        card.refresh_from_db()
        assert [answer.status_code for answer in answers] == [403] * 3
        assert card.blocked_at is None
