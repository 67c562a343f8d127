"""Nobody learns who is a member: the same answer for everybody, and the same work behind it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from members.models import Membership, User
from tests.portal.test_signing_in import LOGIN, SIGNUP

PASSWORD = "groene verf en kwasten"


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def _by_code(visitor: Client, email: str) -> Any:
    return visitor.post(LOGIN, {"login": email})


def _by_requested_code(visitor: Client, email: str) -> Any:
    return visitor.post("/accounts/login/code/", {"email": email})


def _by_password(visitor: Client, email: str) -> Any:
    return visitor.post("/accounts/login/password/", {"login": email, "password": "wrong one"})


def _forgotten(visitor: Client, email: str) -> Any:
    return visitor.post("/accounts/password/reset/", {"email": email})


def _joining(visitor: Client, email: str) -> Any:
    return visitor.post(SIGNUP, {"email": email})


def _joining_with_a_passkey(visitor: Client, email: str) -> Any:
    return visitor.post("/accounts/signup/passkey/", {"email": email})


def _at_the_console(visitor: Client, email: str) -> Any:
    return visitor.post("/console/login/", {"username": email, "password": "wrong one"})


DOORS = [
    (_by_code, 1),
    (_by_requested_code, 1),
    (_by_password, 0),
    (_forgotten, 1),
    (_joining, 1),
    (_joining_with_a_passkey, 1),
    (_at_the_console, 0),
]


class TestNobodyLearnsWhoIsAMember:
    @pytest.mark.usefixtures("anna")
    @pytest.mark.parametrize(("door", "letters"), DOORS)
    @pytest.mark.parametrize("has_password", [True, False])
    def test_the_answer_and_the_work_are_the_same(
        self,
        hashed: list[str],
        door: Callable[[Client, str], Any],
        letters: int,
        has_password: bool,
    ) -> None:
        user = User.objects.get()
        user.set_password(PASSWORD if has_password else None)
        user.save()

        known, known_work = _seen(door, "anna@example.nl", hashed)
        unknown, unknown_work = _seen(door, "nobo@example.nl", hashed)

        assert known == unknown
        assert known_work == unknown_work
        assert known_work["letters"] == letters

    @pytest.mark.parametrize("door", [_by_code, _forgotten])
    def test_and_so_is_what_follows_a_wrong_code(
        self, anna: Membership, door: Callable[[Client, str], Any]
    ) -> None:
        told = []
        for email in ("anna@example.nl", "nobo@example.nl"):
            visitor = browser()
            where = door(visitor, email)["Location"]
            pages = [visitor.post(where, {"code": "0000-0001"}) for _ in range(3)]
            told.append([(page.status_code, page.headers.get("Location")) for page in pages])

        assert told[0] == told[1]


@pytest.fixture
def hashed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every time a password was worked on, however it was asked."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    hashed: list[str] = []
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)

        def spied(*args: Any, _name: str = name, _of: Any = original, **kwargs: Any) -> Any:
            hashed.append(_name)
            return _of(*args, **kwargs)

        monkeypatch.setattr(Argon2PasswordHasher, name, spied)
    return hashed


def _seen(
    door: Callable[[Client, str], Any], email: str, hashed: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a stranger sees of it, and how much was done."""
    cache.clear()
    mail.outbox.clear()
    hashed.clear()
    answer = door(browser(), email)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    seen = {
        "status": answer.status_code,
        "to": answer.headers.get("Location"),
        "page": text.replace(email, "…"),
        "cookies": sorted(answer.cookies),
    }
    return seen, {"letters": len(mail.outbox), "hashes": len(hashed)}
