from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from loyalty.models import ApiKey
from loyalty.services.api_clients import revoke_key
from members.models import Activity
from tests.api.conftest import Till, till_of
from tests.api.test_activities import purchase


class TestTheDoor:
    def test_sets_no_cookie_and_lets_nothing_be_kept_or_guessed(self, till):
        answer = till.post("activities", purchase())

        assert not answer.cookies
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Content-Language" not in answer.headers

    @pytest.mark.parametrize(
        "path", ["", "nothing", "members/", "../v2/x", "activities/x/explanation"]
    )
    def test_has_nothing_behind_other_addresses(self, till, path):
        answer = till.get(path)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_says_which_methods_an_address_takes(self, till):
        answer = till.get("activities")

        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert "POST" in answer.headers["Allow"]

    def test_tells_no_caller_of_a_fault(self, till, monkeypatch):
        def fails(**_):
            raise RuntimeError("secret: 7")

        monkeypatch.setattr("members.api.v1.activities.record_activity", fails)

        answer = till.post("activities", purchase())

        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert b"secret" not in answer.content

    def test_asks_to_come_again_when_the_database_is_away(self, till, monkeypatch):
        def fails(**_):
            raise OperationalError("server closed the connection")

        monkeypatch.setattr("members.api.v1.activities.record_activity", fails)

        answer = till.post("activities", purchase())

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "2"

    def test_does_not_know_another_host(self, till):
        answer = till.http.get("/api/v1/problems", headers={"Host": "evil.example"})

        assert (answer.status_code, answer.json()["code"]) == (400, "request_suspicious")


class TestKeys:
    @pytest.mark.parametrize(
        ("authorization", "code"),
        [
            ("", "key_missing"),
            ("Basic YTpi", "key_missing"),
            ("Bearer", "key_missing"),
            ("Bearer nonsense", "key_unknown"),
            ("Bearer trouw_ßñ", "key_unknown"),
        ],
    )
    def test_are_wanted(self, shop, authorization, code):
        client = Client(headers={"Authorization": authorization} if authorization else {})

        answer = client.post("/api/v1/activities", purchase(), content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert Activity.objects.count() == 0

    def test_open_nothing_once_revoked(self, till):
        assert till.post("activities", purchase()).status_code == 201

        revoke_key(key_id=ApiKey.objects.get().pk, at=datetime.now(UTC))

        answer = till.post("activities", purchase(external_id="b-2"))
        assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
        assert Activity.objects.count() == 1

    def test_open_nothing_once_expired(self, till):
        ApiKey.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

        answer = till.post("activities", purchase())

        assert (answer.status_code, answer.json()["code"]) == (401, "key_expired")

    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("post", "activities", "activities:write"),
            ("post", "activities/batch", "activities:write"),
            (
                "get",
                "activities/01a2041e-1934-7324-92d6-175ee18ceb40/explanation",
                "activities:read",
            ),
            ("post", "members", "members:write"),
            ("get", "members", "members:read"),
            ("get", "members/01a2041e-1934-7324-92d6-175ee18ceb40", "members:read"),
            ("patch", "members/01a2041e-1934-7324-92d6-175ee18ceb40", "members:write"),
            ("get", "members/01a2041e-1934-7324-92d6-175ee18ceb40/statement", "members:read"),
            ("get", "members/01a2041e-1934-7324-92d6-175ee18ceb40/timeline", "members:read"),
        ],
    )
    def test_do_only_what_their_scopes_say(self, shop, method, path, scope):
        every = {"members:read", "members:write", "activities:write", "activities:read"}
        narrow: Till = till_of(shop, "narrow", sorted(every - {scope}))

        answer = getattr(narrow, method)(path, *([] if method == "get" else [{}]))

        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        assert scope in answer.json()["detail"]
