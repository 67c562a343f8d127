import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from loyalty.models import Lot, Seal
from loyalty.services.lot_dates import extend_lot
from loyalty.services.seals import Broken, broken_seals, heads, seal_days
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import damage

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)


def three_days() -> Books:
    """Two transfers on Sunday, none on Monday, one on Tuesday; Wednesday is going on."""
    books = Books()
    books.earn(50, "r-1", at=NOON, expires_at=NOON + 9 * DAY)
    books.spend(20, "s-1", at=NOON)
    books.earn(10, "r-2", at=NOON + 2 * DAY)
    books.earn(5, "r-3", at=NOON + 3 * DAY)
    return books


def seals() -> list[tuple[date, int]]:
    return list(Seal.objects.order_by("day").values_list("day", "transfers"))


class TestSealDays:
    def test_seals_every_day_that_is_over_also_an_empty_one(self):
        three_days()

        sealed = seal_days(at=NOON + 3 * DAY)

        sunday, tuesday = MONDAY - DAY, MONDAY + DAY
        assert seals() == [(sunday, 2), (MONDAY, 0), (tuesday, 1)]
        first, second, third = Seal.objects.order_by("day")
        assert (first.previous, second.previous, third.previous) == (
            "",
            first.digest,
            second.digest,
        )
        assert [head.digest for head in sealed] == [first.digest, second.digest, third.digest]
        assert heads() == sealed[-1:]
        assert broken_seals(exported=sealed) == []

    def test_the_day_ends_in_the_programmes_zone(self):
        books = Books()
        books.earn(1, "r-1", at=datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
        books.earn(1, "r-2", at=datetime(2026, 11, 22, 23, 0, tzinfo=UTC))

        assert seal_days(at=datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)) == []
        seal_days(at=datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
        assert seals() == [(date(2026, 11, 22), 1)]

    def test_sealing_again_seals_nothing_more(self):
        three_days()
        seal_days(at=NOON + 3 * DAY)

        assert seal_days(at=NOON + 3 * DAY) == []
        assert Seal.objects.count() == 3

    def test_a_late_transfer_belongs_to_the_day_after(self):
        books = three_days()
        sealed = seal_days(at=NOON + 3 * DAY)

        books.earn(7, "late", at=NOON + 2 * DAY)
        seal_days(at=NOON + 4 * DAY)

        assert seals()[-1] == (MONDAY + 2 * DAY, 2)
        assert broken_seals(exported=sealed) == []

    def test_new_dates_and_spending_leave_a_sealed_day_as_it_was(self):
        books = three_days()
        sealed = seal_days(at=NOON + 3 * DAY)
        lot = Lot.objects.get(granted=50)
        extend_lot(
            lot_id=lot.pk, last_day=date(2027, 1, 1), reason="r", actor="a", at=NOON, key="x"
        )
        books.spend(3, "s-2", at=NOON + 3 * DAY)

        assert broken_seals(exported=sealed) == []

    def test_the_database_keeps_a_seal_as_it_was_set(self):
        three_days()
        seal_days(at=NOON + 3 * DAY)
        with pytest.raises(DatabaseError), transaction.atomic():
            Seal.objects.update(transfers=9)
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute("DELETE FROM loyalty_seal")
            cursor.execute("SET ROLE trouw_app")


class TestBrokenSeals:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE loyalty_transfer SET points = 51 WHERE external_id = 'r-1'",
            "UPDATE loyalty_transfer SET actor = 'somebody' WHERE external_id = 's-1'",
            "UPDATE loyalty_lotmove SET points = -19",
            "UPDATE loyalty_lot SET granted = 60 WHERE granted = 50",
            "UPDATE loyalty_lot SET expires_at = NULL WHERE granted = 50",
        ],
    )
    def test_tells_the_first_day_that_is_not_as_it_was(self, statement):
        three_days()
        seal_days(at=NOON + 3 * DAY)
        damage(statement)

        assert broken_seals() == [
            Broken(
                programme="shop",
                day=MONDAY - DAY,
                problem="the transfers are not those that were sealed",
            )
        ]

    def test_tells_that_a_transfer_is_gone(self):
        three_days()
        seal_days(at=NOON + 3 * DAY)
        damage("DELETE FROM loyalty_transfer WHERE external_id = 'r-2'")

        assert broken_seals() == [
            Broken(
                programme="shop",
                day=MONDAY + DAY,
                problem="1 transfers were sealed, 0 are there",
            )
        ]

    def test_tells_that_a_seal_is_gone_or_was_replaced(self):
        three_days()
        seal_days(at=NOON + 3 * DAY)
        damage("DELETE FROM loyalty_seal WHERE transfers = 0")
        assert [broken.problem for broken in broken_seals()] == ["the day before has no seal"]

    def test_only_an_exported_seal_tells_that_the_newest_were_cut_off(self):
        three_days()
        sealed = seal_days(at=NOON + 3 * DAY)
        damage(
            "DELETE FROM loyalty_lot WHERE granted IN (10, 5)",
            "DELETE FROM loyalty_transfer WHERE external_id IN ('r-2', 'r-3')",
            "UPDATE loyalty_account SET balance = 30, version = 2 WHERE kind = 'MEMBER'",
            "DELETE FROM loyalty_seal WHERE transfers = 1",
        )

        assert broken_seals() == []
        assert broken_seals(exported=sealed) == [
            Broken(programme="shop", day=MONDAY + DAY, problem="the exported seal is gone")
        ]


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        with time_machine.travel(NOON + 3 * DAY, tick=False):
            call_command("seal", *arguments, stdout=out)
        return out.getvalue()

    def test_seals_exports_and_verifies(self, tmp_path: Path):
        three_days()
        file = tmp_path / "seals.jsonl"

        assert self.run("--export", str(file)).startswith("shop 2026-11-22: 2 transfers, ")
        (line,) = file.read_text().splitlines()
        assert json.loads(line)["digest"] == heads()[0].digest
        assert self.run("--verify", str(file)) == "The books are as they were sealed.\n"
        assert self.run("--verify") == "The books are as they were sealed.\n"
        self.run("--export", str(file))
        assert len(file.read_text().splitlines()) == 2

    def test_fails_when_the_exported_seal_is_gone(self, tmp_path: Path):
        three_days()
        file = tmp_path / "seals.jsonl"
        self.run("--export", str(file))
        damage("DELETE FROM loyalty_seal")

        with pytest.raises(CommandError) as failed:
            self.run("--verify", str(file))
        assert failed.value.returncode == 1

    def test_says_when_the_file_is_none(self, tmp_path: Path):
        with pytest.raises(CommandError, match="holds no exported seals"):
            self.run("--verify", str(tmp_path / "missing"))
