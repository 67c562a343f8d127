"""Nobody takes somebody else's account over, and nobody learns who is a member."""

import time
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client

from members.models import Identifier, Member, Membership, User
from members.services.enrolment import enrol_member
from members.services.logins import move_address
from tests.portal.shop import STAFF, Shop
from tests.portal.test_signing_in import LOGIN, LOGIN_CODE, code_in_mail, join

PASSWORD = "groene verf en kwasten"
EMAIL, PROOF = "/accounts/email/", "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def _fresh(client: Client, shop: Shop) -> None:
    cache.clear()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def signed_in(email: str) -> Client:
    """A browser in which this member has just signed in by a code."""
    visitor = browser()
    visitor.post(LOGIN, {"login": email})
    answer = visitor.post(LOGIN_CODE, {"code": code_in_mail()})
    assert answer["Location"] == "/"
    return visitor


def is_in(visitor: Client) -> bool:
    return visitor.get("/me/security/").status_code == 200


def addresses(member: Member) -> set[str]:
    found = Identifier.objects.filter(member=member, kind="EMAIL")
    return set(found.values_list("value", flat=True))


class TestTakeOver:
    def test_a_code_works_only_where_it_was_asked(self, client: Client, anna: Membership) -> None:
        client.post(LOGIN, {"login": "anna@example.nl"})
        code = code_in_mail()
        mallory = browser()
        mallory.post(LOGIN, {"login": "mallory@example.nl"})

        mallory.post(LOGIN_CODE, {"code": code})

        assert not is_in(mallory)

    def test_a_code_for_one_address_opens_no_other(self, anna: Membership, shop: Shop) -> None:
        shop.enrol("mallory@example.nl")
        mallory = browser()
        mallory.post(LOGIN, {"login": "mallory@example.nl"})
        code = code_in_mail()

        mallory.post(LOGIN, {"login": "anna@example.nl"})
        mallory.post(LOGIN_CODE, {"code": code})

        her_own = User.objects.get(email="mallory@example.nl")
        assert mallory.session.get("_auth_user_id") in {None, str(her_own.pk)}

    def test_a_login_that_waits_behind_an_address_is_gone_when_its_owner_comes(
        self, client: Client, shop: Shop
    ) -> None:
        waiting = User.objects.create_user("bram@example.nl")
        EmailAddress.objects.create(user=waiting, email="bram@example.nl", verified=False)
        SocialAccount.objects.create(user=waiting, provider="demo", uid="mallory")

        join(client, "bram@example.nl")

        assert Member.objects.count() == 1
        assert SocialAccount.objects.count() == 0
        assert not User.objects.filter(pk=waiting.pk).exists()

    def test_a_reset_of_the_password_releases_it_too(self, client: Client, shop: Shop) -> None:
        waiting = User.objects.create_user("bram@example.nl")
        EmailAddress.objects.create(user=waiting, email="bram@example.nl", verified=False)
        SocialAccount.objects.create(user=waiting, provider="demo", uid="mallory")

        client.post("/accounts/password/reset/", {"email": "bram@example.nl"})

        assert not User.objects.filter(pk=waiting.pk).exists()


class TestAddress:
    def test_changes_only_when_the_new_one_is_proved(self, anna: Membership) -> None:
        visitor = signed_in("anna@example.nl")
        visitor.post(EMAIL, {"action_add": "1", "email": "New@example.nl"})
        assert addresses(anna.member) == {"anna@example.nl"}
        assert User.objects.get().email == "anna@example.nl"
        code = code_in_mail()

        visitor.post(PROOF, {"code": code})

        assert addresses(anna.member) == {"new@example.nl"}
        assert User.objects.get().email == "new@example.nl"
        assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
            ("new@example.nl", True, True)
        ]
        [letter] = mail.outbox
        assert (letter.to, letter.subject) == (
            ["anna@example.nl"],
            "Something changed in how you sign in",
        )
        assert "Your e-mail address was changed." in str(letter.body)
        assert is_in(visitor)

    def test_a_wrong_code_changes_nothing(self, anna: Membership) -> None:
        visitor = signed_in("anna@example.nl")
        visitor.post(EMAIL, {"action_add": "1", "email": "new@example.nl"})
        right = code_in_mail()

        visitor.post(PROOF, {"code": "0000-0001" if right != "0000-0001" else "0000-0002"})

        assert addresses(anna.member) == {"anna@example.nl"}
        assert User.objects.get().email == "anna@example.nl"

    def test_of_another_login_cannot_be_had_and_is_not_told(
        self, anna: Membership, shop: Shop
    ) -> None:
        shop.enrol("bram@example.nl")
        visitor = signed_in("anna@example.nl")

        taken = visitor.post(EMAIL, {"action_add": "1", "email": "bram@example.nl"})
        code = code_in_mail()
        visitor.post(PROOF, {"code": code})
        cache.clear()
        free = visitor.post(EMAIL, {"action_add": "1", "email": "free@example.nl"})

        assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
        assert addresses(anna.member) == {"anna@example.nl"}
        assert User.objects.filter(member=anna.member, email="anna@example.nl").exists()
        assert EmailAddress.objects.filter(email="bram@example.nl").count() == 1

    def test_on_another_members_card_stays_theirs(self, anna: Membership, shop: Shop) -> None:
        kim = enrol_member(
            programme_id=shop.programme.pk,
            identifiers=["email:kim@example.nl"],
            touchpoint="till",
            actor=STAFF,
            at=shop.opened_at,
        )
        visitor = signed_in("anna@example.nl")
        visitor.post(EMAIL, {"action_add": "1", "email": "kim@example.nl"})

        page = visitor.post(PROOF, {"code": code_in_mail()}, follow=True)

        assert "This address belongs to another membership." in page.content.decode()
        assert addresses(anna.member) == {"anna@example.nl"}
        assert addresses(kim.member) == {"kim@example.nl"}
        assert User.objects.get().email == "anna@example.nl"
        assert not EmailAddress.objects.filter(email="kim@example.nl").exists()

    def test_of_a_colleague_is_not_theirs_to_change(self, anna: Membership) -> None:
        visitor = signed_in("anna@example.nl")
        User.objects.update(is_staff=True)

        answer = visitor.post(EMAIL, {"action_add": "1", "email": "new@example.nl"})

        assert answer["Location"] == "/me/security/"
        assert mail.outbox == []

    def test_moving_to_the_same_address_changes_nothing(self, anna: Membership, shop: Shop) -> None:
        user_id = User.objects.get().pk

        move_address(user_id=user_id, email="anna@example.nl", at=shop.opened_at)

        assert addresses(anna.member) == {"anna@example.nl"}


class TestProvingAgain:
    @pytest.mark.parametrize(
        "address",
        [
            "/accounts/2fa/passkeys/add/",
            "/accounts/2fa/totp/activate/",
            "/accounts/password/set/",
            "/accounts/email/",
            "/accounts/3rdparty/connections/",
        ],
    )
    def test_is_asked_before_what_only_the_owner_may_do(
        self, anna: Membership, address: str
    ) -> None:
        visitor = signed_in("anna@example.nl")
        assert visitor.get(address).status_code == 200
        _long_ago(visitor)

        answer = visitor.get(address)
        assert answer["Location"].startswith("/accounts/prove/?next=")
        visitor.post("/accounts/prove/", {"next": address})
        proved = visitor.post("/accounts/prove/", {"code": code_in_mail(), "next": address})

        assert proved["Location"] == address
        assert visitor.get(address).status_code == 200

    def test_takes_only_the_code_that_was_mailed(self, anna: Membership) -> None:
        visitor = signed_in("anna@example.nl")
        _long_ago(visitor)
        visitor.post("/accounts/prove/", {"code": ""})
        visitor.post("/accounts/prove/", {})
        right = code_in_mail()
        for number in range(8):
            visitor.post("/accounts/prove/", {"code": f"0000-00{number:02}"})

        answer = visitor.post("/accounts/prove/", {"code": right})

        assert answer.status_code == 429
        assert visitor.get("/accounts/password/set/").status_code == 302


class TestSessions:
    def test_others_end_when_a_password_is_set(self, anna: Membership) -> None:
        here, there = signed_in("anna@example.nl"), signed_in("anna@example.nl")

        here.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})

        assert User.objects.get().check_password(PASSWORD)
        assert is_in(here)
        assert not is_in(there)
        [letter] = mail.outbox
        assert "A password was set." in str(letter.body)

    @pytest.mark.django_db(transaction=True)
    def test_others_end_when_a_second_factor_is_set(
        self, transactional_db: None, anna: Membership
    ) -> None:
        from tests.console.test_second_factor import code_of

        here, there = signed_in("anna@example.nl"), signed_in("anna@example.nl")
        here.get("/accounts/2fa/totp/activate/")
        secret = here.session[SECRET_SESSION_KEY]

        here.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

        assert Authenticator.objects.filter(type="totp").exists()
        assert is_in(here)
        assert not is_in(there)
        assert "An authenticator app was added." in str(mail.outbox[0].body)

    def test_all_end_when_the_password_is_reset(self, anna: Membership) -> None:
        there, forgetful = signed_in("anna@example.nl"), browser()
        forgetful.post("/accounts/password/reset/", {"email": "anna@example.nl"})
        forgetful.post("/accounts/password/reset/confirm/", {"code": code_in_mail()})
        said = {"password1": PASSWORD, "password2": PASSWORD}
        forgetful.post("/accounts/password/reset/complete/", said)

        assert User.objects.get().check_password(PASSWORD)
        assert not is_in(there)
        assert not is_in(forgetful)

    def test_one_is_ended_from_another_device(self, anna: Membership) -> None:
        here, there = signed_in("anna@example.nl"), signed_in("anna@example.nl")
        key = there.session.session_key
        session = UserSession.objects.get(session_key=key)

        here.post(f"/me/security/sessions/{session.pk}/end/")

        assert is_in(here)
        assert not is_in(there)

    def test_of_somebody_else_cannot_be_ended(self, anna: Membership, shop: Shop) -> None:
        shop.enrol("mallory@example.nl")
        mallory, hers = signed_in("mallory@example.nl"), signed_in("anna@example.nl")
        session = UserSession.objects.get(session_key=hers.session.session_key)

        mallory.post(f"/me/security/sessions/{session.pk}/end/")

        assert is_in(hers)

    def test_all_others_are_ended_at_once(self, anna: Membership) -> None:
        here, there = signed_in("anna@example.nl"), signed_in("anna@example.nl")

        here.post("/me/security/sessions/end/")

        assert is_in(here)
        assert not is_in(there)


class TestPasswords:
    @pytest.mark.parametrize("password", ["kort123", "password", "12345678"])
    def test_of_members_have_eight_characters_and_are_not_common(
        self, anna: Membership, password: str
    ) -> None:
        visitor = signed_in("anna@example.nl")

        page = visitor.post(
            "/accounts/password/set/", {"password1": password, "password2": password}
        )

        assert page.status_code == 200
        assert not User.objects.get().has_usable_password()

    @pytest.mark.parametrize(
        ("password", "is_taken"), [("elf tekens!", False), ("twaalf teken", True)]
    )
    def test_of_colleagues_have_twelve(
        self, anna: Membership, password: str, is_taken: bool
    ) -> None:
        visitor = signed_in("anna@example.nl")
        User.objects.update(is_staff=True)

        visitor.post("/accounts/password/set/", {"password1": password, "password2": password})

        assert User.objects.get().check_password(password) is is_taken

    def test_are_kept_by_argon2(self, anna: Membership, settings: Any) -> None:
        from config.settings import identity

        assert identity.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
        settings.PASSWORD_HASHERS = identity.PASSWORD_HASHERS
        user = User.objects.get()
        user.set_password(PASSWORD)

        assert user.password.startswith("argon2$argon2id$")


def _long_ago(visitor: Client) -> None:
    """As if the member had signed in an hour ago."""
    session = visitor.session
    for step in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        step["at"] = time.time() - 3600
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY]
    session.save()
