"""Tables for a data team: in files of three kinds, only what changed, and as views by SQL."""

import csv
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from loyalty.errors import InvalidRequest
from loyalty.models import Transfer
from loyalty.services.exports.catalogue import field_of, tables
from loyalty.services.exports.dictionary import columns_of
from loyalty.services.exports.writing import cursor_in, export_tables
from members.models import Membership
from tests.campaigns.journeys.town import Town
from tests.members.shop import open_shop

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORDER = ["id", "activity_id", "number"]
PERSONAL = {
    *("given_name", "family_name", "email", "value", "recipient", "street", "postal_code", "town"),
    *("code", "digest", "sealed_code", "tracking", "context", "choice", "text", "secret"),
}


@pytest.fixture
def town(transactional_db: None) -> Town:
    town = Town(open_shop())
    for number in (1, 2):
        town.buys(town.member(number), number, "12.50")
    return town


def _others_are_done() -> None:
    """Wait for what was written here to lie behind every running transaction of the server.

    A cursor never passes an older transaction, of whichever test's database: rows come twice rather
    than not at all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        [mine] = cursor.fetchone()
        oldest = 0
        while oldest <= mine:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            [oldest] = cursor.fetchone()


def jsonl(folder: Path, table: str) -> list[dict]:
    lines = (folder / f"{table}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines]


class TestFiles:
    def test_say_the_same_in_every_format(self, town: Town, tmp_path: Path) -> None:
        for kind in ("csv", "jsonl", "parquet"):
            made = export_tables(tmp_path / kind, file_format=kind, at=AT)
            assert {each.table: each.rows for each in made.tables}["activities"] == 2
        plain = list(csv.DictReader((tmp_path / "csv" / "activities.csv").open()))
        told = jsonl(tmp_path / "jsonl", "activities")
        typed = polars.read_parquet(tmp_path / "parquet" / "activities.parquet").to_dicts()

        assert [row["id"] for row in plain] == [row["id"] for row in told]
        assert [row["id"] for row in typed] == [row["id"] for row in told]
        assert {str(row["amount"]) for row in typed} == {"12.50"}
        assert {row["amount"] for row in plain} == {"12.50"}
        assert {row["occurred_at"] for row in typed} == {town.now}
        assert {row["points"] for row in typed} == {row["points"] for row in told}

    def test_are_every_table_with_its_types(self, town: Town, tmp_path: Path) -> None:
        made = export_tables(tmp_path, file_format="parquet", at=AT)
        assert [each.file for each in made.tables] == [f"{t.name}.parquet" for t in tables()]
        for table in tables():
            read = polars.read_parquet(tmp_path / f"{table.name}.parquet")
            assert read.columns == list(table.columns), table.name

    def test_after_a_cursor_are_what_is_new_or_changed(self, town: Town, tmp_path: Path) -> None:
        _others_are_done()
        whole = export_tables(tmp_path / "1", file_format="jsonl", at=AT)
        membership = Membership.objects.order_by("pk").first()
        assert membership
        town.buys(membership, 3)
        since = cursor_in(tmp_path / "1")
        assert since == whole.cursor

        changed = export_tables(tmp_path / "2", file_format="jsonl", since=since, at=AT)

        assert not changed.is_whole
        rows = {each.table: each.rows for each in changed.tables}
        assert (rows["activities"], rows["members"], rows["programmes"]) == (1, 0, 0)
        [account] = jsonl(tmp_path / "2", "accounts")
        assert account["holder"] == str(membership.holder)

    def test_miss_nothing_that_was_being_written_meanwhile(
        self, town: Town, tmp_path: Path
    ) -> None:
        membership = Membership.objects.order_by("pk").first()
        assert membership
        written, exported = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                town.buys(membership, 3)
                written.set()
                exported.wait(30)
            connection.close()

        other = threading.Thread(target=slow)
        other.start()
        assert written.wait(30)
        first = export_tables(tmp_path / "1", file_format="jsonl", at=AT)
        exported.set()
        other.join()
        export_tables(tmp_path / "2", file_format="jsonl", since=first.cursor, at=AT)

        before, after = (jsonl(tmp_path / each, "transfers") for each in "12")
        assert len({row["id"] for row in before}) == 2
        assert {row["id"] for row in [*before, *after]} == set(
            Transfer.objects.values_list("pk", flat=True)
        )
        assert Transfer.objects.count() == 3

    def test_are_all_of_it_after_the_cursor_of_another_database(
        self, town: Town, tmp_path: Path
    ) -> None:
        made = export_tables(tmp_path, file_format="jsonl", since="7000000000.12", at=AT)
        assert made.is_whole
        assert {each.table: each.rows for each in made.tables}["activities"] == 2

    @pytest.mark.parametrize("said", ["x", "1.2.3", "1.-2", "1.", "1." + "9" * 30, "1.１２"])
    def test_are_refused_for_what_is_no_cursor(self, town: Town, tmp_path: Path, said: str) -> None:
        with pytest.raises(InvalidRequest):
            export_tables(tmp_path / "new", file_format="csv", since=said, at=AT)
        assert list((tmp_path / "new").iterdir()) == []

    def test_come_by_the_command_too(
        self, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("export_data", tmp_path, "--format", "csv", "--table", "members")
        said = capsys.readouterr().out
        assert "3  members.csv" in said  # one of them the shop began with
        assert sorted(each.name for each in tmp_path.iterdir()) == [
            *("dictionary.md", "manifest.json", "members.csv")
        ]
        with pytest.raises(CommandError, match="There is no table secrets"):
            call_command("export_data", tmp_path, "--table", "secrets")


class TestTheDictionary:
    @pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
    def test_names_every_column_and_nothing_of_a_person(self, db: None, table) -> None:
        assert [each.name for each in columns_of(table)] == list(table.columns)
        assert table.row.endswith(".")
        assert set(table.notes) <= set(table.columns)
        fields = {field_of(table, column).name for column in table.columns}
        assert fields & (PERSONAL - ({"code"} if table.name == "units" else set())) == set()

    def test_stands_beside_the_files(self, town: Town, tmp_path: Path) -> None:
        export_tables(tmp_path, file_format="csv", only=("transfers",), at=AT)
        said = (tmp_path / "dictionary.md").read_text()
        assert "Points that went from one account to another" in said
        assert "| debit_account_id | bigint |  | a row of accounts |" in said


class TestTheReader:
    def test_sees_the_views_and_nothing_behind_them(self, town: Town) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            try:
                cursor.execute("SET ROLE trouw_reader")
                cursor.execute("SELECT count(*) FROM reporting.activities")
                assert cursor.fetchone() == (2,)
                for model in apps.get_models():
                    with pytest.raises(ProgrammingError), transaction.atomic():
                        cursor.execute(f'SELECT 1 FROM "{model._meta.db_table}"')
                with pytest.raises(DatabaseError), transaction.atomic():
                    cursor.execute("UPDATE reporting.members SET language = 'en'")
            finally:
                cursor.execute("RESET ROLE")
                cursor.execute("SET ROLE trouw_app")

    def test_has_a_view_for_every_table(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT viewname FROM pg_views WHERE schemaname = 'reporting' ORDER BY 1"
            )
            assert [name for (name,) in cursor.fetchall()] == [each.name for each in tables()]
