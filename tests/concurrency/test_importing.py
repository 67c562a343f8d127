"""A worker that dies in the middle of an import, and two that take it up at once."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.events import dispatch_pending
from loyalty.models import Account, Transfer
from members import tasks
from members.models import Import, ImportPiece, ImportRow, Member
from members.services.importing import running
from members.services.importing.asking import start_run, start_undo
from members.services.importing.running import unfinished, work_on
from tests.concurrency.racing import PATIENCE, race
from tests.loyalty.ledger.damage import differences
from tests.members.imports import ACTOR, Kind, uploaded
from tests.members.shop import NOON, open_shop

pytestmark = pytest.mark.django_db(transaction=True)

LINES = 50


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 10)


def people(shop) -> Import:
    rows = "".join(f"a{n}@x.nl;{n}\n" for n in range(LINES))
    return uploaded(shop.programme, "email;klantnr\n" + rows, ext__till="klantnr")


def work(found: Import) -> str:
    done = work_on(import_id=found.pk, clock=lambda: NOON)
    return done.state if done else ""


def die_after(found: Import, lines: int) -> None:
    """Work on it, and be killed without a word once so many lines are done."""

    def say(at: Import) -> None:
        if at.rows_done >= lines:
            os.kill(os.getpid(), signal.SIGKILL)

    work_on(import_id=found.pk, clock=lambda: NOON, say=say)


def killed(found: Import, lines: int) -> None:
    """A process of its own that dies in the middle; back once the server knows that it is gone."""
    import multiprocessing

    connection.close()
    child = multiprocessing.get_context("fork").Process(target=die_after, args=(found, lines))
    child.start()
    child.join(PATIENCE)
    assert child.exitcode == -signal.SIGKILL
    with connection.cursor() as cursor:
        key = [running._LOCK, str(found.pk)]
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", key)
        cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)


class TestAWorkerThatDies:
    def test_leaves_whole_chunks_and_the_next_goes_on_from_there(self) -> None:
        shop = open_shop()
        found = people(shop)
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        killed(found, 20)

        found.refresh_from_db()
        assert (found.state, found.rows_done, found.rows_new) == (Import.State.RUNNING, 20, 20)
        assert Member.objects.count() == 21
        assert unfinished() == [found.pk]

        tasks.work_on_import(str(found.pk))
        found.refresh_from_db()
        assert (found.state, found.rows_done, found.rows_new) == (Import.State.DONE, LINES, LINES)
        assert Member.objects.count() == LINES + 1
        assert ImportRow.objects.filter(outcome="NEW").count() == LINES
        assert unfinished() == []
        assert differences() == {}

    def test_while_trying_has_written_nothing(self) -> None:
        found = people(open_shop())
        from members.services.importing.asking import start_try

        start_try(import_id=found.pk, actor=ACTOR, at=NOON)
        killed(found, 20)
        assert Member.objects.count() == 1
        assert work(found) == Import.State.TRIED
        found.refresh_from_db()
        assert (found.rows_done, found.rows_new) == (LINES, LINES)
        assert Member.objects.count() == 1

    def test_while_undoing_is_followed_by_one_that_ends_it(self, monkeypatch) -> None:
        monkeypatch.setattr("members.services.importing.undoing.CHUNK", 10)
        found = people(open_shop())
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        work(found)
        start_undo(import_id=found.pk, reason="Wrong", actor=ACTOR, at=NOON)
        killed(found, 20)
        assert Member.objects.count() == LINES - 20 + 1
        assert work(found) == Import.State.UNDONE
        assert Member.objects.count() == 1
        assert differences() == {}


class TestTwoWorkers:
    def test_do_it_once(self) -> None:
        shop = open_shop()
        content = "kaart;punten;volgnr\n" + "".join(f"2990000000019;5;{n}\n" for n in range(LINES))
        found = uploaded(shop.programme, content, Kind.BALANCES, number="volgnr")
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        race([[partial(work, found)] for _ in range(4)])

        work(found)
        assert Transfer.objects.filter(source="import").count() == LINES
        assert Account.objects.get(holder=shop.anna.holder, kind="MEMBER").balance == 5 * LINES
        found.refresh_from_db()
        assert (found.rows_done, found.rows_new) == (LINES, LINES)
        assert differences() == {}


class TestAsking:
    def test_sets_a_worker_going_by_the_outbox(self, monkeypatch: pytest.MonkeyPatch) -> None:
        handed: list[str] = []
        monkeypatch.setattr(tasks.work_on_import, "delay", handed.append)
        found = people(open_shop())
        start_run(import_id=found.pk, actor=ACTOR, at=NOON)
        dispatch_pending(at=NOON)
        tasks.resume_imports()
        assert handed == [str(found.pk)] * 2


class TestCommand:
    def test_tries_imports_and_takes_back(self, tmp_path: Path, capsys) -> None:
        open_shop()
        file = tmp_path / "people.csv"
        rows = "".join(f"a{n}@x.nl;{n}\n" for n in range(LINES))
        file.write_text("email;klantnr\n" + rows + "wrong;x\n")
        said = ["import_members", str(file), "--map", "ext:till=klantnr"]

        call_command(*said, "--try")
        assert Member.objects.count() == 1
        call_command(*said)
        assert Member.objects.count() == LINES + 1
        call_command(*said)
        call_command(*said, "--undo", "Wrong")
        assert Member.objects.count() == 1
        told = capsys.readouterr().out
        assert "10 of 51\n" in told
        assert "Tried: 50 new, 0 known already, 1 refused.\n  line 52: email: “wrong”" in told
        assert "Done: 50 new" in told
        assert "imported before" in told
        assert "Undone" in told
        assert not ImportPiece.objects.exists()

    def test_says_what_is_wrong(self, tmp_path: Path) -> None:
        open_shop()
        with pytest.raises(CommandError, match="No such file"):
            call_command("import_members", str(tmp_path / "none.csv"))
        file = tmp_path / "people.csv"
        file.write_text("naam\nJan\n")
        with pytest.raises(CommandError, match="Choose at least one column"):
            call_command("import_members", str(file))
