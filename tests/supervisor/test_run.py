"""`make run`, with everything that really runs."""

import json
import os
import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.supervisor.house import HOST
from config.supervisor.postgres import Server, volatile
from tests.supervisor.house import RunningHouse, wait_for

pytestmark = pytest.mark.xdist_group("house")

WHO = (
    "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user');"
    " print(k.fetchone()[0])"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    house = RunningHouse(tmp_path_factory.mktemp("house") / "var")
    yield house
    house.stop()


@pytest.fixture
def house(built: RunningHouse) -> RunningHouse:
    return built.run()


def rows(house: RunningHouse, query: str) -> list[tuple[object, ...]]:
    address = Server(data=house.var, sockets=house.var / "run" / "postgres", log=house.var)
    with address.connect(database="trouw") as connection:
        return connection.execute(query.encode()).fetchall()


class TestRunning:
    def test_shows_a_line_per_step_and_where_it_is(self, house: RunningHouse) -> None:
        lines = house.said().splitlines()

        steps = [line.strip().split(" ..")[0] for line in lines if line.endswith(" s")]
        assert steps[:4] == ["PostgreSQL", "Schema and rights", "Web server", "Worker, beat, relay"]
        assert f"Trouw runs at http://{HOST}:{house.port}" in house.said()
        demo = json.loads((house.var / "demo.json").read_text())
        assert demo["base_url"] == f"http://{HOST}:{house.port}"

    @pytest.mark.parametrize("words", ["granian", "worker", "beat", "dispatch_events", "oidc"])
    def test_runs_each_process_as_its_own_child(self, house: RunningHouse, words: str) -> None:
        child = house.child(words)

        assert os.getsid(child.pid) == child.pid

    def test_is_not_disturbed_by_a_command_by_hand(self, house: RunningHouse) -> None:
        before = house.postmaster()

        assert house.manage("shell", "--no-imports", "-c", WHO) == "trouw_app"

        assert house.postmaster() == before
        assert house.answers()

    def test_tells_its_addresses_and_secrets_to_its_owner_only(self, house: RunningHouse) -> None:
        for path in (house.var / "run" / "env", house.var / "secrets" / "secret_key"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_acts_as_a_role_that_is_no_superuser_and_owns_nothing(
        self, house: RunningHouse
    ) -> None:
        plain = "rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls"
        assert rows(house, f"SELECT {plain} FROM pg_roles WHERE rolname ~ '^trouw' ORDER BY 1") == [
            ("trouw_app", False, False, False, False),
            ("trouw_owner", False, False, True, False),
            ("trouw_reader", False, False, False, False),
        ]
        owned = "SELECT count(*) FROM pg_tables WHERE tableowner = 'trouw_app' AND schemaname = 'public'"
        assert rows(house, owned) == [(0,)]
        ledger = "has_table_privilege('trouw_app', 'loyalty_transfer', %s)"
        rights = ", ".join(
            ledger.replace("%s", f"'{right}'")
            for right in ("SELECT", "UPDATE", "DELETE", "TRUNCATE")
        )
        assert rows(house, f"SELECT {rights}") == [(True, False, False, False)]

    def test_refuses_to_run_twice_and_says_who_runs(self, house: RunningHouse) -> None:
        second = RunningHouse(house.var)
        second.output = house.var / "second.out"

        assert second.launch().wait(timeout=15) == 1

        expected = (
            f"Trouw already runs here, as process {house.supervisor.pid}: stop that one first."
        )
        assert second.said().splitlines() == [expected]
        assert house.answers()


class TestRecovery:
    def test_starts_postgresql_again_when_it_is_killed(self, house: RunningHouse) -> None:
        killed = house.postmaster()
        killed.kill()

        again = re.compile(r"PostgreSQL ended; starting it again \.+ +[0-9.]+ s")
        assert wait_for(lambda: again.search(house.said()) is not None)
        assert house.postmaster() != killed
        assert house.manage("shell", "--no-imports", "-c", WHO) == "trouw_app"
        assert wait_for(house.answers)

    @pytest.mark.parametrize("words", ["granian", "beat"])
    def test_starts_a_process_again_when_it_is_killed(
        self, house: RunningHouse, words: str
    ) -> None:
        killed = house.child(words)
        killed.kill()

        def replaced() -> bool:
            try:
                return house.child(words) != killed
            except (StopIteration, psutil.Error):
                return False

        assert wait_for(replaced)
        assert wait_for(house.answers)

    def test_starts_from_what_a_killed_supervisor_left(self, house: RunningHouse) -> None:
        house.supervisor.kill()
        house.supervisor.wait()

        house.run()

        assert rows(house, "SELECT count(*) > 0 FROM django_migrations") == [(True,)]


class TestStopping:
    def test_stops_everything_in_time_and_leaves_nobody(self, house: RunningHouse) -> None:
        everyone = house.everyone()
        assert len(everyone) > 10
        began = time.monotonic()

        house.supervisor.send_signal(signal.SIGTERM)

        assert house.supervisor.wait(timeout=30) == 0
        assert time.monotonic() - began < 15
        assert house.everyone() == []
        assert not (house.var / "run" / "env").exists()
        assert "shut down" in (house.var / "log" / "postgres.log").read_text().splitlines()[-1]


class TestRefusingToStart:
    def test_names_a_taken_port(self, tmp_path: Path) -> None:
        house = RunningHouse(tmp_path / "var")
        with socket.socket() as squatter:
            squatter.bind((HOST, house.port))
            squatter.listen()

            assert house.launch().wait(timeout=15) == 1

        assert house.said().splitlines() == [
            f"Port {house.port} is taken: stop what listens there, or choose another with"
            f" `make run PORT={house.port + 1}`."
        ]
        assert not (house.var / "postgres").exists()

    def test_names_a_folder_it_cannot_write_in(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        house = RunningHouse(tmp_path / "file")

        assert house.launch().wait(timeout=15) == 1

        assert house.said().splitlines() == [
            f"Cannot write in {house.var} (not a directory): make it writable, or name another"
            " folder with TROUW_VAR."
        ]

    def test_refuses_a_port_that_is_none(self, tmp_path: Path) -> None:
        house = RunningHouse(tmp_path / "var")
        house.environment["PORT"] = "http"

        assert house.launch().wait(timeout=15) == 1

        assert house.said() == "PORT must be a number below 65536, not 'http'.\n"


class TestOutsideDatabase:
    def test_runs_on_the_database_it_is_given_as_a_plain_role(self, tmp_path: Path) -> None:
        with volatile(tmp_path / "outside") as server:
            with server.connect() as connection:
                connection.execute("CREATE DATABASE elsewhere")
            house = RunningHouse(tmp_path / "var", database=server.url(database="elsewhere"))
            try:
                house.run()

                assert house.manage("shell", "--no-imports", "-c", WHO) == "trouw_app"
                assert not (house.var / "postgres").exists()
                with psycopg.connect(server.url(database="elsewhere")) as connection:
                    found = connection.execute("SELECT count(*) > 0 FROM django_migrations")
                    assert found.fetchone() == (True,)
            finally:
                code = house.stop(signal.SIGINT)
            assert code == 0
            assert server.is_running()
