from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.services.replay import replay
from tests.loyalty.ledger.books import NOON, Books
from tests.loyalty.ledger.damage import damage
from tests.properties.ledger_life import Life

pytestmark = pytest.mark.django_db


def schemas() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'replay'")
        return int(cursor.fetchone()[0])


class TestReplay:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_random_life_comes_out_the_same_again(self, seed):
        life = Life(seed)
        for _ in range(150):
            life.advance()

        replayed = replay()

        assert [(part.name, part.first) for part in replayed.parts if part.differences] == []
        assert replayed.agrees
        assert {part.name for part in replayed.parts} == {
            "balances",
            "transfers",
            "lots",
            "moves",
            "holds",
        }
        assert all(part.rows > 0 for part in replayed.parts if part.name != "holds")
        assert schemas() == 0

    def test_ids_that_were_given_up_make_no_difference(self):
        books = Books()
        books.earn(10, "r-1")
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            cursor.execute("SELECT nextval(pg_get_serial_sequence('loyalty_transfer', 'id'))")
            cursor.execute("SELECT nextval(pg_get_serial_sequence('loyalty_lot', 'id'))")
            cursor.execute("SET ROLE trouw_app")
        books.earn(5, "r-2")
        books.spend(12, "s-1")

        assert replay().agrees

    @pytest.mark.parametrize(
        ("statement", "parts"),
        [
            ("UPDATE loyalty_account SET balance = 3 WHERE kind = 'MEMBER'", {"balances"}),
            ("UPDATE loyalty_lot SET remaining = 3", {"lots"}),
            ("DELETE FROM loyalty_lotmove", {"moves"}),
        ],
    )
    def test_tells_what_came_out_otherwise(self, statement, parts):
        books = Books()
        books.earn(10, "r-1")
        books.spend(4, "s-1")
        damage(statement)

        replayed = replay()

        assert not replayed.agrees
        assert {part.name for part in replayed.parts if part.differences} == parts

    def test_books_without_a_history_agree(self):
        Books()
        assert replay().agrees


class TestCommand:
    def test_prints_both_digests(self):
        books = Books()
        books.earn(10, "r-1", at=NOON)
        out = StringIO()

        call_command("replay", stdout=out)

        *_, kept, replayed = out.getvalue().splitlines()
        assert kept.split()[-1] == replayed.split()[-1]

    def test_fails_on_a_difference(self):
        books = Books()
        books.earn(10, "r-1")
        damage("UPDATE loyalty_account SET balance = 3 WHERE kind = 'MEMBER'")

        with pytest.raises(CommandError) as failed:
            call_command("replay", stdout=StringIO())
        assert failed.value.returncode == 1
