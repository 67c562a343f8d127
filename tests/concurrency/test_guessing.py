"""Guessing passwords and codes, over several real processes that share nothing but the database."""

import multiprocessing
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.account import forms as allauth_forms
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from members.models import User
from tests.concurrency.racing import race
from tests.portal.shop import Shop, open_shop
from tests.portal.test_signing_in import code_in_mail

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, EACH = 4, 50
PASSWORD = "groene verf en kwasten"


class Counter:
    """Counts, over all processes, how often something was really compared."""

    def __init__(self) -> None:
        self.value = multiprocessing.get_context("fork").Value("i", 0)

    def of(self, deed: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.value.get_lock():
                self.value.value += 1
            return deed(*args, **kwargs)

        return counted

    @property
    def count(self) -> int:
        return int(self.value.value)


@pytest.fixture
def shop() -> Shop:
    cache.clear()
    return open_shop(at=timezone.now())


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """How many passwords of a login were compared."""
    counter = Counter()
    monkeypatch.setattr(User, "check_password", counter.of(User.check_password))
    return counter


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """How many codes were compared."""
    counter = Counter()
    monkeypatch.setattr(
        allauth_forms, "compare_user_code", counter.of(allauth_forms.compare_user_code)
    )
    return counter


def guess_password(address: str, field: str, password: str, number: int, peer: str = "") -> bool:
    """Whether this password opened the door; from another place each time, it claims."""
    visitor = Client(REMOTE_ADDR=peer or "127.0.0.1", HTTP_X_FORWARDED_FOR=f"10.0.{number}.1")
    visitor.post(address, {field: "anna@example.nl", "password": password})
    return "_auth_user_id" in visitor.session


def guess_code(cookies: dict[str, str], code: str) -> bool:
    visitor = Client()
    for name, value in cookies.items():
        visitor.cookies[name] = value
    visitor.post("/accounts/login/code/confirm/", {"code": code})
    return "_auth_user_id" in visitor.session


def deeds(guess: Callable[[str, int], Any], last: str) -> list[list[Callable[[], Any]]]:
    """Wrong ones in every process, and the right one at the end of each."""
    return [
        [
            partial(guess, last if turn == EACH - 1 else f"wrong-{process}-{turn}", number)
            for turn in range(EACH)
            for number in [process * EACH + turn]
        ]
        for process in range(PROCESSES)
    ]


@pytest.mark.parametrize(
    ("address", "field"),
    [("/accounts/login/password/", "login"), ("/console/login/", "username")],
)
class TestPasswords:
    def test_of_two_hundred_at_most_ten_are_looked_at(
        self, shop: Shop, evaluated: Counter, address: str, field: str
    ) -> None:
        _anna(shop)

        answers = race(deeds(partial(guess_password, address, field), PASSWORD))

        assert [len(each) for each in answers] == [EACH] * PROCESSES
        assert [word for each in answers for word in each if word is not False] == []
        assert 1 <= evaluated.count <= 10

    def test_of_two_hundred_from_as_many_places_at_most_five_are_looked_at(
        self, shop: Shop, evaluated: Counter, address: str, field: str
    ) -> None:
        _anna(shop)

        def guess(password: str, number: int) -> bool:
            return guess_password(address, field, password, number, peer=f"192.0.2.{number}")

        answers = race(deeds(guess, PASSWORD))

        assert [word for each in answers for word in each if word is not False] == []
        assert 1 <= evaluated.count <= 5

    def test_all_would_be_if_nothing_counted_them(
        self, shop: Shop, evaluated: Counter, settings: Any, address: str, field: str
    ) -> None:
        """The test itself is proved: without the limits every guess is looked at."""
        settings.ACCOUNT_RATE_LIMITS = False
        _anna(shop)

        for number in range(20):
            guess_password(address, field, "wrong", number)

        assert evaluated.count == 20


class TestCodes:
    def test_at_most_six_are_looked_at_in_one_attempt(self, shop: Shop, compared: Counter) -> None:
        """Each process reads the count of wrong codes in the session before another wrote it."""
        cookies, code = _asked(shop)

        answers = race(deeds(lambda said, _number: guess_code(cookies, said), code))

        assert [word for each in answers for word in each if word is not False] == []
        assert 1 <= compared.count <= 6

    def test_the_right_one_opens(self, shop: Shop, compared: Counter) -> None:
        cookies, code = _asked(shop)

        assert guess_code(cookies, code)
        assert compared.count == 1

    def test_no_more_than_three_codes_a_minute_are_sent(self, shop: Shop) -> None:
        shop.enrol("anna@example.nl")

        for number in range(10):
            visitor = Client(REMOTE_ADDR=f"192.0.2.{number}")
            visitor.post("/accounts/login/", {"login": "anna@example.nl"})

        assert len(mail.outbox) == 3


def _anna(shop: Shop) -> User:
    """A member who is a colleague too, so that both doors know her."""
    user = shop.enrol("anna@example.nl").member.user
    assert user is not None
    user.is_staff = True
    user.set_password(PASSWORD)
    user.save()
    return user


def _asked(shop: Shop) -> tuple[dict[str, str], str]:
    """A browser that waits for Anna's code, and the code."""
    shop.enrol("anna@example.nl")
    visitor = Client(headers={"accept-language": "en"})
    visitor.post("/accounts/login/", {"login": "anna@example.nl"})
    cookies = {name: morsel.value for name, morsel in visitor.cookies.items()}
    return cookies, code_in_mail()
