"""Colleagues come in with a second factor only, and not for longer than they are there."""

import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from config.roles import ensure_roles
from config.staff import BEGAN, SEEN
from loyalty.models import Programme
from members.models import User
from members.services.colleagues import add_colleague

PASSWORD = "een lang genoeg wachtwoord"
DOOR = "/console/login/"
OPEN_TO_ALL = {"/console/login/", "/console/logout/", "/console/jsi18n/"}


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def console_pages() -> Iterator[str]:
    """Every address of the console, with something in the place of each part that varies."""
    found = next(
        each
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and str(each.pattern) == "console/"
    )
    for path in _paths(found, ""):
        yield f"/{path}"


def _paths(node: URLResolver | URLPattern, before: str) -> Iterator[str]:
    here = before + _filled(str(node.pattern))
    if isinstance(node, URLPattern):
        yield here
        return
    for each in node.url_patterns:
        yield from _paths(each, here)


def _filled(pattern: str) -> str:
    import re

    plain = pattern.replace("^", "").replace("$", "")
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "1", plain)
    plain = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000001", plain)
    return re.sub(r"<[^>]+>", "1", plain)


@pytest.fixture
def jane(settings: Any, programme: Programme) -> User:
    settings.STAFF_SECOND_FACTOR = True
    ensure_roles()
    roles = Group.objects.filter(name="administrator")
    return add_colleague(email="jane@shop.nl", password=PASSWORD, roles=roles)


@pytest.fixture
def secret(jane: User) -> str:
    """Jane has an authenticator app."""
    secret: str = generate_totp_secret()
    TOTP.activate(jane, secret)
    RecoveryCodes.activate(jane)
    return secret


def give_password(client: Client) -> Any:
    said = {"username": "jane@shop.nl", "password": PASSWORD, "next": "/console/"}
    return client.post(DOOR, said)


def come_in(client: Client, secret: str) -> Any:
    give_password(client)
    return client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})


class TestWithout:
    def test_a_colleague_reaches_no_page_of_the_console(self, client: Client, jane: User) -> None:
        pages = [page for page in console_pages() if page not in OPEN_TO_ALL]
        assert len(pages) > 100
        give_password(client)
        assert "_auth_user_id" in client.session

        reached = {}
        for page in pages:
            for method in (client.get, client.post):
                response = method(page)
                leads = response.headers.get("Location", "")
                if response.status_code != 302 or not leads.startswith((DOOR, "/me/security/")):
                    reached[page] = response.status_code

        assert reached == {}

    def test_they_would_if_none_were_asked(self, client: Client, jane: User, settings: Any) -> None:
        """The test above is proved: with the setting off the same pages open."""
        settings.STAFF_SECOND_FACTOR = False
        give_password(client)

        assert client.get("/console/").status_code == 200

    def test_the_door_leads_to_setting_one(self, client: Client, jane: User) -> None:
        give_password(client)

        page = client.get("/console/", follow=True)

        assert page.redirect_chain[-1][0] == "/me/security/"
        assert "The console opens with a second factor only." in page.content.decode()

    @pytest.mark.django_db(transaction=True)
    def test_setting_one_opens_the_console(
        self, transactional_db: None, client: Client, jane: User
    ) -> None:
        give_password(client)
        assert client.get("/accounts/2fa/totp/activate/").status_code == 200
        secret = client.session[SECRET_SESSION_KEY]

        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

        assert Authenticator.objects.filter(user=jane, type="totp").exists()
        assert client.get("/console/").status_code == 200
        kept = Authenticator.objects.get(user=jane, type="totp").data["secret"]
        assert secret not in kept

    def test_a_role_changes_nothing_about_it(self, client: Client, jane: User) -> None:
        for name in Group.objects.values_list("name", flat=True):
            jane.groups.set(Group.objects.filter(name=name))
            client.force_login(jane)
            assert client.get("/console/").status_code == 302

        jane.is_superuser = True
        jane.save()
        client.force_login(jane)
        assert client.get("/console/").status_code == 302


class TestWith:
    def test_the_password_alone_opens_nothing(self, client: Client, secret: str) -> None:
        answer = give_password(client)

        assert answer["Location"] == "/accounts/2fa/authenticate/"
        assert "_auth_user_id" not in client.session
        assert client.get("/console/").status_code == 302
        assert client.get("/me/security/")["Location"].startswith("/accounts/login/")

    def test_password_and_code_open_the_console(self, client: Client, secret: str) -> None:
        answer = come_in(client, secret)

        assert answer["Location"] == "/console/"
        assert client.get("/console/").status_code == 200

    def test_a_code_from_the_mail_does_not_replace_it(
        self, client: Client, jane: User, secret: str
    ) -> None:
        """Not even where every step but the second factor was taken."""
        client.force_login(jane, "allauth.account.auth_backends.AuthenticationBackend")

        assert client.get("/console/").status_code == 302

    def test_a_recovery_code_opens_it_once(self, client: Client, jane: User, secret: str) -> None:
        codes = Authenticator.objects.get(user=jane, type="recovery_codes").wrap()
        code = codes.get_unused_codes()[0]
        give_password(client)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert client.get("/console/").status_code == 200

        other = Client()
        give_password(other)
        other.post("/accounts/2fa/authenticate/", {"code": code})
        assert other.get("/console/").status_code == 302

    def test_codes_cannot_be_guessed(self, client: Client, secret: str) -> None:
        give_password(client)
        for number in range(12):
            client.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"})

        client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

        assert client.get("/console/").status_code == 302

    def test_taking_it_away_closes_the_console(
        self, client: Client, jane: User, secret: str
    ) -> None:
        come_in(client, secret)
        Authenticator.objects.filter(user=jane).delete()

        assert client.get("/console/").status_code == 302


class TestSessions:
    @pytest.mark.parametrize(
        ("mark", "seconds", "status"),
        [
            (SEEN, 29 * 60, 200),
            (SEEN, 31 * 60, 302),
            (BEGAN, 11 * 3600, 200),
            (BEGAN, 13 * 3600, 302),
        ],
    )
    def test_end_after_half_an_hour_of_rest_and_after_a_long_day(
        self, client: Client, secret: str, mark: str, seconds: int, status: int
    ) -> None:
        come_in(client, secret)
        session = client.session
        session[mark] -= seconds
        session.save()

        assert client.get("/console/").status_code == status
        assert ("_auth_user_id" in client.session) == (status == 200)

    def test_a_members_session_goes_on(self, client: Client, programme: Programme) -> None:
        user = User.objects.create_user("anna@example.nl")
        client.force_login(user)
        session = client.session
        assert SEEN not in session

        assert client.get("/me/security/").status_code == 200


class TestReset:
    def test_lets_a_colleague_set_a_new_one_and_signs_them_out(
        self, client: Client, jane: User, secret: str
    ) -> None:
        come_in(client, secret)

        call_command("reset_second_factor", "Jane@shop.nl", reason="phone lost", stdout=StringIO())

        assert not Authenticator.objects.filter(user=jane).exists()
        assert client.get("/console/").status_code == 302
        assert "_auth_user_id" not in client.session

    def test_wants_a_reason_and_a_colleague(self, jane: User, secret: str) -> None:
        with pytest.raises(CommandError):
            call_command("reset_second_factor", "jane@shop.nl", reason=" ")
        User.objects.create_user("anna@example.nl")
        with pytest.raises(CommandError):
            call_command("reset_second_factor", "anna@example.nl", reason="phone lost")

        assert Authenticator.objects.filter(user=jane).count() == 2


class TestClients:
    def test_a_shop_is_added_and_its_secret_shown_once(self, client: Client, sign_in: Any) -> None:
        sign_in("administrator")
        said = {"name": "Verfwinkel", "addresses": "https://shop.example/back", "asks": ["loyalty"]}

        page = client.post("/console/members/signinclient/add/", said)

        text = page.content.decode()
        assert "secret_" in text
        assert "no-store" in page["Cache-Control"]
        listed = client.get("/console/members/signinclient/").content.decode()
        assert "Verfwinkel" in listed
        assert "secret_" not in listed

    def test_an_address_that_leads_astray_is_told_beside_the_field(
        self, client: Client, sign_in: Any
    ) -> None:
        sign_in("administrator")
        said = {"name": "Verfwinkel", "addresses": "http://shop.example/back", "asks": []}

        page = client.post("/console/members/signinclient/add/", said)

        assert page.status_code == 200
        assert "http://shop.example/back” will not do" in page.content.decode()

    @pytest.mark.parametrize("role", ["marketer", "service desk", "finance"])
    def test_only_administrators_see_them(self, client: Client, sign_in: Any, role: str) -> None:
        sign_in(role)

        assert client.get("/console/members/signinclient/").status_code == 403
