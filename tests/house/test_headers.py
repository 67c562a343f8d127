"""What stands above every answer of the portal, of signing in and of the API, out of the URLconf."""

from typing import Any

import pytest
from django.test import Client

from config.api.schema import document
from tests.api.conftest import SCOPES as API_SCOPES
from tests.api.conftest import till_of
from tests.house.doors import filled
from tests.members.shop import open_shop
from tests.portal.neighbour import Neighbour, move_in
from tests.portal.shop import Shop
from tests.portal.shop import open_shop as open_portal
from tests.portal.test_idor import BY_LOGIN, HERE, signed_in

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
REFERRER = {"same-origin", "no-referrer", "strict-origin-when-cross-origin"}
OK = 200
PAGES = BY_LOGIN.split()


@pytest.fixture
def shop(db: None) -> Shop:
    from django.utils import timezone

    return open_portal(at=timezone.now())


@pytest.fixture
def bo(shop: Shop) -> Neighbour:
    from django.utils import timezone

    return move_in(shop, timezone.now())


def wrong_with(headers: Any, *, is_page: bool) -> list[str]:
    """What is missing, or other than it should be."""
    wrong = [name for name, value in ALWAYS.items() if headers.get(name) != value]
    if headers.get("Referrer-Policy") not in REFERRER:
        wrong.append("Referrer-Policy")
    said = policy(headers.get("Content-Security-Policy", ""))
    for name in ("default-src", "script-src", "style-src"):
        sources = said.get(name, said.get("default-src", ["*"]))
        if {"*", "'unsafe-inline'", "'unsafe-eval'", "https:", "data:"} & set(sources):
            wrong.append(f"Content-Security-Policy {name}")
    if said.get("frame-ancestors") != ["'none'"]:
        wrong.append("Content-Security-Policy frame-ancestors")
    if is_page and "no-store" not in headers.get("Cache-Control", ""):
        wrong.append("Cache-Control")
    return wrong


def policy(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


@pytest.mark.django_db
class TestThePortal:
    @pytest.mark.parametrize("who", ["stranger", "member"])
    def test_says_the_same_above_every_answer(self, bo: Neighbour, who: str) -> None:
        wrong = {}
        for route in HERE:
            browser = (
                signed_in(bo.user.email)
                if who == "member"
                else Client(raise_request_exception=False)
            )
            answer = browser.get(filled(route, bo.parts))
            is_page = route in PAGES and answer.status_code == OK
            if found := wrong_with(answer.headers, is_page=is_page):
                wrong[route] = found

        assert wrong == {}

    def test_cookies_are_kept_from_scripts_and_from_other_sites(self, bo: Neighbour) -> None:
        browser = Client()
        browser.post("/accounts/login/code/", {"email": bo.user.email})

        session = browser.cookies["sessionid"]
        assert session["httponly"]
        assert session["samesite"] == "Lax"


@pytest.mark.django_db
class TestTheApi:
    def test_keeps_no_answer_anywhere_also_when_it_refuses(self) -> None:
        till = till_of(open_shop(), scopes=API_SCOPES)
        key = {"Authorization": f"Bearer {till.key}"}
        wrong = {}
        for path, methods in document()["paths"].items():
            address = path.replace("{", "<uuid:").replace("}", ">")
            there = filled(address.lstrip("/"), PLACES)
            for method in methods:
                for headers in ({}, key):
                    answer = getattr(till.http, method)(there, headers=headers)
                    if found := wrong_with(answer.headers, is_page=True):
                        wrong[f"{method} {path}"] = found

        assert wrong == {}


PLACES = {
    f"<uuid:{name}>": value
    for name, value in {
        "activity_id": "00000000-0000-7000-8000-000000000001",
        "member_id": "00000000-0000-7000-8000-000000000001",
        "merge_id": "00000000-0000-7000-8000-000000000001",
        "visitor_id": "00000000-0000-7000-8000-000000000001",
        "identifier_id": "1",
        "key": "nothing",
        "redemption_id": "00000000-0000-7000-8000-000000000001",
    }.items()
}


class TestTheLook:
    @pytest.mark.parametrize(
        ("changes", "seen"),
        [
            ({"X-Frame-Options": "SAMEORIGIN"}, "X-Frame-Options"),
            ({"Cache-Control": "private"}, "Cache-Control"),
            (
                {"Content-Security-Policy": "default-src 'self'; script-src 'unsafe-inline'"},
                "Content-Security-Policy script-src",
            ),
        ],
    )
    def test_sees_what_is_wrong(self, changes: dict[str, str], seen: str) -> None:
        right = ALWAYS | {
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
        }

        assert wrong_with(right, is_page=True) == []
        assert seen in wrong_with(right | changes, is_page=True)
