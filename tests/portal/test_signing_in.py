"""Joining and signing in by an e-mailed code."""

import re

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from members.models import Identifier, Member, Membership, User
from members.services.enrolment import enrol_member
from tests.portal.shop import STAFF, Shop

LOGIN, LOGIN_CODE = "/accounts/login/", "/accounts/login/code/confirm/"
SIGNUP, SIGNUP_CODE = "/accounts/signup/", "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def _in_english(client: Client, shop: Shop) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def code_in_mail() -> str:
    """The code in the only mail sent since the last look."""
    [letter] = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    mail.outbox.clear()
    found = re.search(r"^\s*(\d{4}-\d{4})\s*$", str(letter.body), re.MULTILINE)
    assert found
    [(page, kind)] = letter.alternatives
    assert (kind, f">{found[1]}</p>" in str(page)) == ("text/html", True)
    assert str(letter.subject).startswith(found[1])
    return found[1]


def join(client: Client, email: str) -> None:
    client.post(SIGNUP, {"email": email})
    response = client.post(SIGNUP_CODE, {"code": code_in_mail()})
    assert response["Location"] == "/"


class TestJoin:
    def test_makes_a_member_with_a_card_from_an_address_and_a_code(self, client: Client) -> None:
        join(client, "Bram@Example.nl")

        member = Member.objects.get(user__email="bram@example.nl")
        assert member.language == "en"
        assert member.memberships.get().joined_through == "portal"
        kinds = {one.kind: one.verified_at is not None for one in member.identifiers.all()}
        assert kinds.keys() == {"EMAIL", "CARD"}
        assert kinds["EMAIL"]
        assert "Welcome" in client.get("/").content.decode()

    def test_links_a_member_who_gave_the_address_at_a_till(
        self, client: Client, shop: Shop
    ) -> None:
        known = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:kim@example.nl"],
            given_name="Kim",
            touchpoint="till",
            actor=STAFF,
            at=shop.opened_at,
        )

        join(client, "kim@example.nl")

        assert Membership.objects.get() == known
        assert "Hallo Kim" in client.get("/").content.decode()

    def test_a_wrong_code_opens_nothing(self, client: Client) -> None:
        client.post(SIGNUP, {"email": "bram@example.nl"})
        right = code_in_mail()
        wrong = "0000-0000" if right != "0000-0000" else "1111-1111"

        response = client.post(SIGNUP_CODE, {"code": wrong})

        assert response.status_code == 200
        assert "This is not right yet:" in response.content.decode()
        assert Member.objects.count() == 0
        assert client.get("/me/").status_code == 302

    def test_three_wrong_codes_end_the_attempt(self, client: Client) -> None:
        client.post(SIGNUP, {"email": "bram@example.nl"})
        right = code_in_mail()
        for _ in range(3):
            client.post(SIGNUP_CODE, {"code": "0000-0001"})

        client.post(SIGNUP_CODE, {"code": right})

        assert Member.objects.count() == 0
        assert client.get("/me/").status_code == 302

    def test_tells_a_member_by_mail_and_not_on_the_page(
        self, client: Client, anna: Membership
    ) -> None:
        known = client.post(SIGNUP, {"email": "anna@example.nl"})
        [letter] = mail.outbox
        fresh = Client(headers={"accept-language": "en"}).post(SIGNUP, {"email": "bram@example.nl"})

        assert letter.subject == "You are a member already"
        assert "http://testserver/accounts/login/" in str(letter.body)
        assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])

    def test_keeps_what_was_typed_when_the_address_is_wrong(self, client: Client) -> None:
        page = client.post(SIGNUP, {"email": "bram@"}).content.decode()

        assert 'value="bram@"' in page
        assert 'aria-invalid="true"' in page
        assert "This is not right yet:" in page


class TestSignIn:
    @pytest.mark.parametrize("address", ["", "anna", "a\x00b@example.nl", "a@b@c", "é" * 300])
    def test_refuses_what_is_no_address(self, client: Client, address: str) -> None:
        page = client.post(LOGIN, {"login": address})

        assert page.status_code == 200
        assert "This is not right yet:" in page.content.decode()
        assert mail.outbox == []

    def test_opens_the_members_own_page(self, client: Client, anna: Membership) -> None:
        client.post(LOGIN, {"login": "ANNA@example.nl"})

        response = client.post(LOGIN_CODE, {"code": code_in_mail()})

        assert response["Location"] == "/"
        assert "Hello Anna" in client.get("/").content.decode()
        assert Membership.objects.count() == 1

    def test_says_the_same_to_a_stranger(self, client: Client, anna: Membership) -> None:
        known = client.post(LOGIN, {"login": "anna@example.nl"})
        mail.outbox.clear()
        unknown = Client(headers={"accept-language": "en"}).post(
            LOGIN, {"login": "nobody@example.nl"}
        )

        [letter] = mail.outbox
        assert letter.subject == "This address is not a member's yet"
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])

    def test_returns_to_the_page_that_was_asked_for(self, client: Client, anna: Membership) -> None:
        client.post(f"{LOGIN}?next=/rewards/", {"login": "anna@example.nl", "next": "/rewards/"})

        response = client.post(LOGIN_CODE, {"code": code_in_mail(), "next": "/rewards/"})

        assert response["Location"] == "/rewards/"

    def test_never_leads_to_another_site(self, client: Client, anna: Membership) -> None:
        address = "https://evil.example/"
        client.post(LOGIN, {"login": "anna@example.nl", "next": address})

        response = client.post(LOGIN_CODE, {"code": code_in_mail(), "next": address})

        assert response["Location"] == "/"

    def test_mails_in_dutch_to_who_reads_dutch(self, anna: Membership) -> None:
        Client(headers={"accept-language": "nl"}).post(LOGIN, {"login": "anna@example.nl"})

        [letter] = mail.outbox
        assert "is je code om in te loggen" in letter.subject
        assert "Met deze code log je in:" in str(letter.body)
        assert str(letter.body).endswith("Kleur & Co")


class TestMembership:
    def test_staff_are_offered_one_and_not_given_one(self, client: Client, shop: Shop) -> None:
        jane = shop.login("jane@example.nl")
        User.objects.filter(pk=jane.pk).update(is_staff=True)
        client.force_login(jane)

        assert client.get("/")["Location"] == "/join/"
        assert "You are not a member yet" in client.get("/join/").content.decode()
        assert Member.objects.count() == 0

        assert client.post("/join/")["Location"] == "/"
        assert Member.objects.get().user == jane

    def test_an_address_of_a_member_with_another_login_opens_nothing(
        self, client: Client, shop: Shop, anna: Membership
    ) -> None:
        """Somebody's login proved an address that a member with another login carries."""
        other = shop.login("other@example.nl")
        Identifier.objects.create(
            member=anna.member, kind=Identifier.Kind.EMAIL, value="other@example.nl"
        )
        client.force_login(other)

        response = client.post("/join/", follow=True)

        assert "belongs to a member who signs in in another way" in response.content.decode()
        assert Member.objects.get().user.email == "anna@example.nl"

    def test_signing_out_closes_the_pages(self, portal: Client) -> None:
        assert portal.post("/accounts/logout/")["Location"] == "/"
        assert portal.get("/me/").status_code == 302
