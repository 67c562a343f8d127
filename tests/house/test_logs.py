"""Nothing of a person in what the house logs, whatever is asked of it and whatever it refuses."""

import logging
from typing import Any

import pytest
from django.test import Client

from members.models import Member
from tests.api.conftest import SCOPES, till_of
from tests.house.doors import filled
from tests.members.canaries import MARKS, PERSON
from tests.members.shop import Shop, open_shop
from tests.members.test_erasure_canary import joined, signed_in
from tests.portal.test_idor import BY_LOGIN, OPEN

OURS = "email:anna@example.nl"


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop(card="card:2990000000033", email=OURS)


def asked_of_the_api(shop: Shop) -> list[int]:
    """Found, not found, refused and wrong, always with the person's words in it."""
    till = till_of(shop, "logs", SCOPES)
    by_mail, by_card = f"email:{PERSON['email']}", f"card:{PERSON['card']}"
    key = {"Idempotency-Key": f"join {PERSON['email']}"}
    twice = {"identifiers": [by_mail, OURS], "given_name": PERSON["given_name"]}
    answers = [
        till.get(f"members?identifier={by_mail}"),
        till.get(f"members?identifier=email:not.{PERSON['email']}"),
        till.get(f"members/{PERSON['email']}"),
        till.post("members", twice, **key),
        till.post("members", {"identifiers": [by_card], PERSON["given_name"]: 1}, **key),
        till.post("members", f"{{{PERSON['email']}", **key),
        till.post("activities", {"member": by_card, "type": PERSON["review"]}),
    ]
    return [answer.status_code for answer in answers]


def asked_of_the_portal(user: Any) -> None:
    """Every page as the person and as a stranger; signing in rightly, wrongly and too often."""
    member = Client(raise_request_exception=False)
    member.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    stranger = Client(raise_request_exception=False)
    for route in [*BY_LOGIN.split(), *OPEN.split()]:
        if "<" in route or "(" in route or route == "me/privacy/delete/":
            continue
        said = {"email": PERSON["email"], "login": PERSON["email"], "password": "a guess"}
        said |= {"receipt": PERSON["external"], "given_name": PERSON["given_name"]}
        for browser in (stranger, member):
            browser.get(filled(route, {}), {"q": PERSON["email"]})
            browser.post(filled(route, {}), said)
            browser.force_login(user) if browser is member else browser.logout()


class TestLogs:
    def test_name_nobody(
        self, shop: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.INFO)
        membership = joined(shop)
        user = signed_in(membership)

        statuses = asked_of_the_api(shop)
        asked_of_the_portal(user)

        out, err = capfd.readouterr()
        said = [record.getMessage() + str(record.exc_text or "") for record in caplog.records]
        lines = [*said, *out.splitlines(), *err.splitlines()]
        assert [line for line in lines if MARKS.search(line.encode())] == []
        assert len(said) > 20
        assert {200, 400, 404, 409} <= set(statuses)
        assert Member.objects.filter(pk=membership.member_id).exists()

    def test_say_the_route_and_no_secret_that_stands_in_the_path(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        Client().get("/join/complete/a-secret/")
        Client().get("/api/v1/a-secret")
        Client(enforce_csrf_checks=True).post("/j/a-secret/")

        assert "Gone: /join/complete/<str:token>/" in caplog.text
        assert "a-secret" not in caplog.text

    def test_would_show_a_name(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

        logging.getLogger("members").warning("Somebody wrote %s", PERSON["email"])

        assert MARKS.search(caplog.text.encode())
