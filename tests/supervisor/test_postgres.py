import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.supervisor.leftovers import servers_in
from config.supervisor.lock import Taken, first_free, held
from config.supervisor.postgres import DURABLE, Server, socket_folder, volatile

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(data=tmp_path / "pg", sockets=tmp_path / "run", log=tmp_path / "log")
    server.start()
    yield server
    server.stop()


def value(server: Server, query: str) -> object:
    with server.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def pid(server: Server) -> int:
    assert server.process is not None
    return server.process.pid


class TestServer:
    def test_answers_durably_through_a_private_socket_only(self, server: Server) -> None:
        assert value(server, "SELECT current_setting('server_version_num')::int / 10000") == 18
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert value(server, f"SHOW {name}") == "on"
        assert value(server, "SHOW listen_addresses") == ""
        assert server.sockets.stat().st_mode & 0o777 == 0o700
        assert server.data not in server.sockets.parents
        with psycopg.connect(server.url()) as connection:
            assert connection.info.user == "postgres"

    def test_keeps_what_was_committed_when_the_postmaster_is_killed(self, server: Server) -> None:
        with server.connect() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(pid(server), signal.SIGKILL)
        assert server.process is not None
        server.process.wait()
        assert not server.is_running()

        server.start()

        assert value(server, "SELECT answer FROM kept") == 42

    def test_takes_the_place_of_a_server_that_another_owner_left(self, server: Server) -> None:
        other = Server(data=server.data, sockets=server.sockets, log=server.log)

        other.start()

        assert not server.is_running()
        assert {process.pid for process in servers_in(server.data)} > {pid(other)}
        assert value(other, "SELECT 1") == 1
        other.stop()

    def test_is_not_fooled_by_a_pid_file_whose_number_was_given_out_again(
        self, server: Server
    ) -> None:
        file = server.data / "postmaster.pid"
        lines = file.read_text().splitlines()
        server.stop()
        file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        server.start()

        assert value(server, "SELECT 1") == 1

    def test_leaves_nothing_behind_when_stopped(self, server: Server) -> None:
        server.connect()

        server.stop()

        assert servers_in(server.data) == []
        assert not (server.data / "postmaster.pid").exists()

    def test_is_not_stopped_by_a_script_that_connects_and_ends(self, server: Server) -> None:
        script = f"import psycopg; psycopg.connect({server.url()!r}).execute('SELECT 1')"
        before = pid(server)

        subprocess.run([sys.executable, "-c", script], check=True)

        assert pid(server) == before
        assert value(server, "SELECT 1") == 1

    def test_ends_with_an_owner_that_is_killed(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from config.supervisor.postgres import Server\n"
            "there = Path(sys.argv[1])\n"
            "Server(data=there / 'pg', sockets=there / 'run', log=there / 'log').start()\n"
            "print('up', flush=True); sys.stdin.read()"
        )
        owner = subprocess.Popen(
            [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with owner:
            assert owner.stdout is not None
            assert owner.stdout.readline() == b"up\n"
            orphans = servers_in(tmp_path / "pg")
            owner.kill()

        assert orphans
        _, alive = psutil.wait_procs(orphans, timeout=10)
        assert alive == []


class TestVolatile:
    def test_starts_afresh_after_an_unclean_end(self, tmp_path: Path) -> None:
        with volatile(tmp_path) as server, server.connect() as connection:
            connection.execute("CREATE TABLE lost ()")
            connection.close()
            os.kill(pid(server), signal.SIGKILL)

        with volatile(tmp_path) as server:
            assert value(server, "SELECT to_regclass('lost')::text") is None

    def test_keeps_its_cluster_after_a_clean_end(self, tmp_path: Path) -> None:
        with volatile(tmp_path) as server, server.connect() as connection:
            connection.execute("CREATE TABLE kept ()")
        with volatile(tmp_path) as server:
            assert value(server, "SELECT to_regclass('kept')::text") == "kept"


class TestSocketFolder:
    def test_is_short_enough_for_a_socket_however_deep_the_project_lies(self) -> None:
        deep = Path("/srv") / ("d" * 120) / "var" / "run"

        assert len(str(socket_folder(deep) / ".s.PGSQL.5432")) <= 103
        assert socket_folder(deep) == socket_folder(deep)
        assert socket_folder(deep) != socket_folder(deep.parent)
        assert socket_folder(Path("/srv/var/run")) == Path("/srv/var/run")


class TestLock:
    def test_names_who_holds_it_and_frees_it_afterwards(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        with held(path), pytest.raises(Taken, match=f"process {os.getpid()}:"), held(path):
            raise AssertionError
        with held(path):
            assert path.read_text() == f"{os.getpid()}\n"

    def test_gives_each_run_its_own_folder(self, tmp_path: Path) -> None:
        with first_free(tmp_path) as one, first_free(tmp_path) as two:
            assert (one.name, two.name) == ("0", "1")
        with first_free(tmp_path) as again:
            assert again.name == "0"


def test_every_promise_of_durability_is_a_setting() -> None:
    assert {DURABLE[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}
