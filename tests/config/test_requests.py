"""The line of each request: enough to find it again, nothing of a person."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.api.conftest import till_of
from tests.house.doors import filled
from tests.members.canaries import MARKS, PERSON
from tests.members.shop import open_shop

NUMBER = "6f1c2b3a-0000-4000-8000-00000000abcd"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    """What was logged of requests, read back."""
    logger = logging.getLogger("trouw.requests")
    logger.addHandler(caplog.handler)
    yield lambda: [
        json.loads(each.getMessage()) for each in caplog.records if each.name == logger.name
    ]
    logger.removeHandler(caplog.handler)


@pytest.mark.django_db
class TestRequestLines:
    def test_say_route_status_time_and_kind_of_caller(self, lines: Any) -> None:
        till = till_of(open_shop())

        answer = till.http.get(
            "/api/v1/members?identifier=card:2990000000019",
            headers={"Authorization": f"Bearer {till.key}", "X-Request-ID": NUMBER},
        )

        (line,) = lines()
        assert answer.headers["X-Request-ID"] == NUMBER
        assert line.pop("ms") > 0
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "request",
            "request_id": NUMBER,
            "method": "GET",
            "route": "/api/v1/members",
            "status": 200,
            "actor": "client",
        }

    def test_take_no_number_that_could_name_somebody(self, lines: Any) -> None:
        for given in (PERSON["email"], "geelvink", "2990000000026", ""):
            answer = Client().get("/livez", headers={"x-request-id": given})
            assert UUID(answer.headers["X-Request-ID"])

        assert MARKS.search(json.dumps(lines()).encode()) is None

    def test_name_nobody_whatever_stands_in_an_address(self, lines: Any) -> None:
        for address in (
            f"/{PERSON['email']}",
            f"/api/v1/members/{PERSON['email']}?q={PERSON['card']}",
            filled("j/<slug:key>/", {"<slug:key>": PERSON["family_name"]}),
        ):
            Client().get(address, headers={"user-agent": PERSON["email"]})

        assert [line["route"] for line in lines()] == [
            "none of ours",
            "none of ours",
            "/j/<slug:key>/",
        ]
        assert MARKS.search(json.dumps(lines()).encode()) is None
