"""A backup from before an erasure is put back, and who was forgotten is forgotten again."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.services.audit import audit
from members.models import Activity, Erasure, Identifier, Member
from tests.members.shop import CARD, open_shop
from tests.members.test_erasure import buy, forget

Backup = dict[str, bytes]


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> 'django_migrations' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def backup() -> Backup:
    """Every row of every table, as pg_dump writes them."""
    kept: Backup = {}
    with connection.cursor() as cursor:
        for table in _tables():
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                kept[table] = b"".join(bytes(part) for part in out)
    return kept


def restore(kept: Backup) -> None:
    """The database as it was then, put back by its owner, as pg_restore does."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(kept)}")
        for table, rows in kept.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                into.write(rows)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("SET ROLE trouw_app")


class TestEraseAgain:
    @pytest.mark.django_db(transaction=True)
    def test_forgets_whom_a_restore_brought_back(self, tmp_path: Path) -> None:
        shop = open_shop()
        buy(shop, receipt="order of Anna 12")
        before = backup()
        forget(shop)
        lines, told = StringIO(), StringIO()
        call_command("export_erasures", stdout=lines)
        file = tmp_path / "erasures.jsonl"
        file.write_text(lines.getvalue())
        restore(before)
        assert Member.objects.get().given_name == "Anna"
        assert Identifier.objects.filter(value=CARD.partition(":")[2]).exists()

        for _ in range(2):
            call_command("erase_again", str(file), stdout=told)

        assert told.getvalue().splitlines() == [
            "1 of 1 forgotten again.",
            "0 of 1 forgotten again.",
        ]
        assert Member.objects.get().given_name == ""
        assert not Identifier.objects.exists()
        assert Activity.objects.get().external_id.startswith("forgotten:")
        assert Erasure.objects.get().actor == "staff:1"
        assert [found.name for found in audit() if found.differences] == []

    @pytest.mark.django_db
    def test_says_when_the_file_cannot_be_read(self, tmp_path: Path) -> None:
        file = tmp_path / "erasures.jsonl"
        file.write_text("nothing of the kind")

        with pytest.raises(CommandError, match="cannot be read"):
            call_command("erase_again", str(file))
