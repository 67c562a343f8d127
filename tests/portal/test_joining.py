"""Joining by a poster, at the till, and completing it on one's own phone."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from loyalty.services.registry import register_locations
from members.models import (
    Consent,
    DuplicateCandidate,
    Identifier,
    JoinLink,
    Member,
    MemberLook,
    Membership,
    User,
)
from members.services.cards import block_card
from members.services.completion import completion_token
from members.services.enrolment import enrol_member
from members.services.join_links import change_join_link, open_join_link
from tests.portal.shop import CARD, STAFF, Shop
from tests.portal.test_signing_in import code_in_mail, join

TILL, DONE = "/till/join/", "/till/join/done/"
CODE = "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def _in_english(client: Client, shop: Shop) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def poster(shop: Shop) -> JoinLink:
    return open_join_link(
        programme_id=shop.programme.pk,
        name="Poster at the till",
        touchpoint="poster",
        location="Utrecht",
        campaign="autumn",
        at=shop.opened_at,
    )


def stop(link: JoinLink) -> None:
    change_join_link(link_id=link.pk, name=link.name, touchpoint="poster", is_live=False)


class TestAPoster:
    def test_is_kept_with_whoever_joins_by_it(self, client: Client, poster: JoinLink) -> None:
        page = client.get(f"/j/{poster.key}/").content.decode()
        join(client, "bram@example.nl")

        kept = Membership.objects.get()
        assert "Become a member" in page
        assert "1 point per euro" in page
        assert kept.joined_through == "poster"
        assert (kept.joined_location, kept.joined_campaign) == ("Utrecht", "autumn")
        assert kept.join_link == poster
        assert JoinLink.objects.get().seen == 1

    def test_is_not_kept_with_the_next_who_joins_in_that_browser(
        self, client: Client, poster: JoinLink
    ) -> None:
        client.get(f"/j/{poster.key}/")
        join(client, "bram@example.nl")
        client.post("/accounts/logout/")
        join(client, "kim@example.nl")

        kept = Membership.objects.get(member__user__email="kim@example.nl")
        assert (kept.joined_through, kept.join_link) == ("portal", None)

    def test_changes_nothing_of_who_was_a_member_already(
        self, client: Client, poster: JoinLink, anna: Membership
    ) -> None:
        client.get(f"/j/{poster.key}/")
        client.post("/accounts/login/", {"login": "anna@example.nl"})
        client.post("/accounts/login/code/confirm/", {"code": code_in_mail()})

        assert Membership.objects.get().joined_through == "portal"

    @pytest.mark.parametrize("is_known", [True, False])
    def test_that_is_stopped_or_unknown_still_lets_people_join(
        self, client: Client, poster: JoinLink, is_known: bool
    ) -> None:
        stop(poster)

        page = client.get(f"/j/{poster.key if is_known else 'nothing'}/")
        join(client, "bram@example.nl")

        assert page.status_code == 200
        assert "This way to join has ended." in page.content.decode()
        assert Membership.objects.get().joined_through == "portal"
        assert JoinLink.objects.get().seen == 0

    def test_leads_a_member_home(self, portal: Client, poster: JoinLink) -> None:
        assert portal.get(f"/j/{poster.key}/")["Location"] == "/"

    def test_costs_few_queries(
        self,
        client: Client,
        poster: JoinLink,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        client.get(f"/j/{poster.key}/")
        with django_assert_max_num_queries(15):
            client.get(f"/j/{poster.key}/")


@pytest.fixture
def begun(shop: Shop) -> Membership:
    return enrol_member(
        programme_id=shop.programme.pk,
        identifiers=["card:2990000000026"],
        given_name="Bo",
        touchpoint="till",
        location="Utrecht",
        actor=STAFF,
        at=shop.opened_at,
    )


def link_of(membership: Membership) -> str:
    return f"/join/complete/{completion_token(membership.member_id)}/"


class TestCompleting:
    def test_makes_the_member_of_the_till_the_one_who_signs_in(
        self, client: Client, begun: Membership
    ) -> None:
        said = {"email": "bo@example.nl", "given_name": "Bo", "family_name": "Jansen"}
        page = client.get(link_of(begun))
        sent = client.post(link_of(begun), said)
        client.post(CODE, {"code": code_in_mail()})

        member = Member.objects.get()
        assert sent["Location"] == CODE
        assert member.pk == begun.member_id
        assert member.user is not None
        assert Membership.objects.get().joined_through == "till"
        assert "2990000000026" in client.get("/card/").content.decode().replace(" ", "")
        assert page["Cache-Control"].startswith("max-age=0")

    def test_believes_the_member_before_the_cashier(
        self, client: Client, begun: Membership
    ) -> None:
        said = {"email": "bo@example.nl", "given_name": "", "family_name": "Jansen"}
        client.post(link_of(begun), said | {"given_name": "Beau"})
        client.post(CODE, {"code": code_in_mail()})

        assert str(Member.objects.get()) == "Beau Jansen"

    def test_fills_in_the_name_that_was_missing(self, client: Client, shop: Shop) -> None:
        begun = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=[],
            touchpoint="till",
            actor=STAFF,
            at=shop.opened_at,
        )
        said = {"email": "bo@example.nl", "given_name": "Bo", "family_name": "Jansen"}

        client.post(link_of(begun), said)
        client.post(CODE, {"code": code_in_mail()})

        assert str(Member.objects.get()) == "Bo Jansen"

    def test_shows_nothing_of_the_person(self, client: Client, begun: Membership) -> None:
        page = client.get(link_of(begun)).content.decode()

        words = (">Bo", '"Bo', "2990", "Utrecht", str(begun.member_id), str(begun.holder))
        assert not any(word in page for word in words)

    def test_opens_nothing_without_the_code(self, client: Client, begun: Membership) -> None:
        client.post(link_of(begun), {"email": "bo@example.nl"})
        right = code_in_mail()
        client.post(CODE, {"code": "0000-0001" if right != "0000-0001" else "0000-0002"})

        assert Member.objects.get().user is None
        assert client.get("/me/").status_code == 302

    def test_by_a_copy_of_the_link_opens_no_member_who_signs_in(
        self, client: Client, begun: Membership
    ) -> None:
        client.post(link_of(begun), {"email": "bo@example.nl"})
        client.post(CODE, {"code": code_in_mail()})
        thief = Client(headers={"accept-language": "en"})

        page = thief.get(link_of(begun))
        sent = thief.post(link_of(begun), {"email": "thief@example.nl"})

        assert (page.status_code, sent.status_code) == (410, 410)
        assert "This link works no more" in page.content.decode()
        assert mail.outbox == []

    def test_begun_twice_opens_the_member_for_the_first_only(
        self, client: Client, begun: Membership
    ) -> None:
        thief = Client(headers={"accept-language": "en"})
        thief.post(link_of(begun), {"email": "thief@example.nl"})
        stolen = code_in_mail()
        client.post(link_of(begun), {"email": "bo@example.nl"})
        client.post(CODE, {"code": code_in_mail()})

        thief.post(CODE, {"code": stolen})

        assert Member.objects.get(pk=begun.member_id).user == User.objects.get(
            email="bo@example.nl"
        )
        assert Member.objects.get(user__email="thief@example.nl").pk != begun.member_id

    def test_is_not_done_by_another_who_joins_in_the_same_browser(
        self, client: Client, begun: Membership
    ) -> None:
        client.post(link_of(begun), {"email": "bo@example.nl"})
        mail.outbox.clear()
        client.post("/accounts/logout/", {"next": "/accounts/signup/"})
        join(client, "kim@example.nl")

        assert Member.objects.get(pk=begun.member_id).user is None

    def test_by_who_is_a_member_already_is_left_to_be_decided(
        self, client: Client, begun: Membership, anna: Membership
    ) -> None:
        sent = client.post(link_of(begun), {"email": "anna@example.nl"})
        [letter] = mail.outbox
        mail.outbox.clear()
        client.post("/accounts/logout/")
        assert sent["Location"] == CODE  # as for any other address
        assert letter.subject == "You are a member already"

        assert Member.objects.get(pk=begun.member_id).user is None

    def test_asks_who_is_signed_in_to_sign_out_first(
        self, portal: Client, begun: Membership
    ) -> None:
        page = portal.get(link_of(begun))

        assert page.status_code == 409
        assert "You are signed in already" in page.content.decode()

    @pytest.mark.parametrize("token", ["x", "a:b:c", "é", "AAAA" * 400])
    def test_knows_no_link_that_is_not_ours(self, client: Client, token: str) -> None:
        assert client.get(f"/join/complete/{token}/").status_code == 410


@pytest.fixture
def till(client: Client, shop: Shop) -> Client:
    """A till with a cashier before it."""
    register_locations(programme_id=shop.programme.pk, names=["Utrecht", "Zwolle"])
    cashier = User.objects.create_user("kees@example.org", is_staff=True)
    cashier.user_permissions.add(Permission.objects.get(codename="enrol_member"))
    client.force_login(cashier, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def enrol(till: Client, identifier: str, **said: str) -> str:
    answer = till.post(TILL, {"identifier": identifier, **said}, follow=True)
    return str(answer.content.decode())


class TestTheTill:
    def test_enrols_with_one_field_and_shows_the_link(self, till: Client) -> None:
        page = enrol(till, "2990000000026", given_name="Bo", location="Utrecht")

        kept = Membership.objects.get()
        assert (kept.joined_through, kept.joined_location) == ("till", "Utrecht")
        assert "Welcome Bo" in page
        assert "2990 0000 00026" in page
        assert "QR code for the customer" in page
        assert Identifier.objects.get().value == "2990000000026"

    @pytest.mark.parametrize(
        ("typed", "kind", "value"),
        [
            ("06 12345678", "PHONE", "+31612345678"),
            ("Bo@Example.nl", "EMAIL", "bo@example.nl"),
        ],
    )
    def test_gives_who_brings_no_card_a_virtual_one(
        self, till: Client, typed: str, kind: str, value: str
    ) -> None:
        enrol(till, typed)

        assert Identifier.objects.get(kind=kind).value == value
        assert Identifier.objects.get(kind=kind).verified_at is None
        assert Identifier.objects.get(kind="CARD").is_virtual

    def test_remembers_in_which_shop_it_stands(self, till: Client) -> None:
        enrol(till, "2990000000026", location="Zwolle")

        page = till.get(TILL).content.decode()

        assert '<option value="Zwolle" selected>' in page
        assert "autofocus" in page

    def test_finds_who_is_a_member_already_and_writes_down_that_it_looked(
        self, till: Client, anna: Membership
    ) -> None:
        page = enrol(till, CARD, given_name="Mallory")

        assert "Anna is a member already" in page
        assert "/join/complete/" not in page
        assert "anna@example.nl" not in page
        assert Membership.objects.count() == 1
        assert Member.objects.get().given_name == "Anna"
        assert MemberLook.objects.get().what == "till"

    def test_shows_no_link_for_a_known_member_who_has_no_login(
        self, till: Client, begun: Membership
    ) -> None:
        """Whoever types somebody's number may not take their membership home."""
        page = enrol(till, "2990000000026")

        assert "Bo is a member already" in page
        assert '<svg role="img" class="qr"' not in page

    @pytest.mark.parametrize("typed", ["", "Bo", "123", "2990000000018", "bo@", "a\x00b"])
    def test_says_what_is_wrong_and_changes_nothing(self, till: Client, typed: str) -> None:
        page = enrol(till, typed)

        assert "This is not right yet:" in page
        assert 'value="123"' not in page  # the next scan comes into an empty field
        assert Member.objects.count() == 0

    def test_refuses_a_blocked_card(self, till: Client, anna: Membership) -> None:
        card = Identifier.objects.get(kind="CARD")
        block_card(
            member_id=anna.member_id,
            identifier_id=card.pk,
            reason="LOST",
            actor=STAFF,
            at=anna.joined_at,
        )

        assert "This card is blocked." in enrol(till, CARD)

    def test_is_for_colleagues_with_the_right_alone(
        self, client: Client, anna: Membership, shop: Shop
    ) -> None:
        assert client.get(TILL)["Location"].startswith("/console/login/")
        client.force_login(User.objects.get(email="anna@example.nl"))
        assert client.get(TILL).status_code == 403
        assert client.post(TILL, {"identifier": "2990000000026"}).status_code == 403
        assert client.get(DONE).status_code == 403
        staff = User.objects.create_user("jo@example.org", is_staff=True)
        client.force_login(staff, "allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(TILL).status_code == 403
        assert Membership.objects.count() == 1

    def test_is_behind_the_second_factor_of_colleagues(
        self, till: Client, settings: Settings
    ) -> None:
        settings.STAFF_SECOND_FACTOR = True

        assert till.get(TILL)["Location"].startswith("/console/login/")
        answer = till.post(TILL, {"identifier": "2990000000026"})
        assert answer["Location"].startswith("/console/login/")
        assert Member.objects.count() == 0

    def test_costs_few_queries(
        self, till: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        enrol(till, "2990000000026")
        with django_assert_max_num_queries(8):
            till.get(TILL)
        with django_assert_max_num_queries(30):
            till.post(TILL, {"identifier": "2990000000033"})
        with django_assert_max_num_queries(10):
            till.get(DONE)

    def test_completed_on_the_phone_is_the_same_member(self, till: Client) -> None:
        page = enrol(till, "2990000000026", given_name="Bo")
        assert re.search(r'class="qr"', page)
        [membership] = Membership.objects.all()
        phone = Client(headers={"accept-language": "en"})

        phone.post(link_of(membership), {"email": "bo@example.nl", "family_name": "Jansen"})
        phone.post(CODE, {"code": code_in_mail()})

        assert Member.objects.get().user == User.objects.get(email="bo@example.nl")
        assert "Hello Bo" in phone.get("/").content.decode()
        assert not DuplicateCandidate.objects.exists()
        assert not Consent.objects.exists()
