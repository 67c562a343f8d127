"""The probes, through the doors that a load balancer and Prometheus use."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.utils import timezone

from config.models import Heartbeat, note_heartbeat
from config.tasks import show_life
from loyalty.models import OutboxEvent
from tests.api.conftest import till_of
from tests.members.shop import open_shop


def waiting(*, seconds: int) -> None:
    then = timezone.now() - timedelta(seconds=seconds)
    OutboxEvent.objects.create(name="x", payload={}, occurred_at=then, recorded_at=then)


def figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


class TestLivez:
    def test_answers_without_a_database(self) -> None:
        answer = Client().get("/livez", headers={"host": "10.0.0.7"})

        assert (answer.status_code, answer.json()) == (200, {"status": "live"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert Client().post("/livez").status_code == 405


@pytest.mark.django_db
class TestReadyz:
    def test_is_ready_when_a_worker_lives_and_nothing_waits_long(self) -> None:
        show_life()
        waiting(seconds=5)

        answer = Client().get("/readyz")

        assert answer.status_code == 200
        checks = dict.fromkeys(["database", "migrations", "worker", "outbox"], "ok")
        assert answer.json() == {"status": "ready", "not_ready": [], "checks": checks}

    def test_names_the_worker_that_is_gone_and_the_event_that_waits(self) -> None:
        then = timezone.now() - timedelta(minutes=3)
        note_heartbeat(Heartbeat.Part.WORKER, at=then)
        waiting(seconds=130)

        answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["not_ready"] == ["outbox", "worker"]
        assert answer.json()["checks"]["worker"] == "No worker has shown life for 180 s."
        assert answer.json()["checks"]["outbox"] == "An event waits for 130 s."
        assert Client().get("/readyz?web").status_code == 200

    def test_names_migrations_that_are_not_applied(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute("DELETE FROM django_migrations WHERE app = 'config'")
            cursor.execute("SET LOCAL ROLE trouw_app")

        answer = Client().get("/readyz?web")

        assert answer.status_code == 503
        assert answer.json()["checks"]["migrations"] == "1 migrations are not applied."

    def test_says_no_more_than_that_the_database_is_away(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away() -> Any:
            raise OperationalError("no host db.secret")

        with monkeypatch.context() as patch:
            patch.setattr(connection, "cursor", away)
            patch.setattr(connection, "close", lambda: None)
            answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["not_ready"] == ["database", "migrations", "outbox", "worker"]
        assert b"secret" not in answer.content


@pytest.mark.django_db
class TestMetrics:
    def test_count_requests_by_route_and_tell_what_waits(self) -> None:
        till = till_of(open_shop())
        route = (
            'trouw_request_seconds_count{method="GET",route="/api/v1/members",status="200"}',
            'trouw_request_seconds_count{method="GET",route="/livez",status="200"}',
        )
        before = figures(Client().get("/metrics").content.decode())
        OutboxEvent.objects.update(dispatched_at=timezone.now())
        waiting(seconds=60)
        show_life()
        note_heartbeat(Heartbeat.Part.AUDIT, at=timezone.now() - timedelta(hours=1), problems=2)
        till.get("members?identifier=card:2990000000019")
        Client().get("/livez")

        found = figures(Client().get("/metrics").content.decode())

        assert [found[each] - before.get(each, 0) for each in route] == [1, 1]
        assert found["trouw_outbox_waiting"] == 1
        assert 60 <= found["trouw_outbox_age_seconds"] < 90
        assert 3600 <= found["trouw_ledger_proof_age_seconds"] < 3630
        assert found["trouw_ledger_proof_problems"] == 2
        assert 0 <= found["trouw_worker_age_seconds"] < 30
        assert (found["trouw_events_parked"], found["trouw_database_up"]) == (0, 1)

    def test_are_for_this_machine_only_when_there_is_no_token(self) -> None:
        assert Client().get("/metrics").status_code == 200
        assert Client(REMOTE_ADDR="192.0.2.1").get("/metrics").status_code == 403
        assert Client().get("/metrics", headers={"x-forwarded-for": "1.2.3.4"}).status_code == 403

    def test_are_for_who_has_the_token(self, settings: Any) -> None:
        settings.METRICS_TOKEN = "the-token"

        def status(token: str) -> int:
            client = Client(REMOTE_ADDR="192.0.2.1")
            return client.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code

        assert [status("the-token"), status("another"), status("")] == [200, 403, 403]
        assert Client().get("/metrics").status_code == 403
