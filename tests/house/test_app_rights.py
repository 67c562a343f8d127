"""The application's role may do on each table what its model says, and is refused the rest."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from config.rights import rights_by_table

pytestmark = pytest.mark.django_db

RIGHTS = rights_by_table()
EVERY = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}
STATEMENTS = {
    "SELECT": "SELECT 1 FROM {table} LIMIT 1",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = {column}",
    "DELETE": "DELETE FROM {table}",
    "TRUNCATE": "TRUNCATE {table}",
}
BOOKS = ["loyalty_account", "loyalty_transfer", "loyalty_lot", "loyalty_lotmove"]
BOOKS += ["loyalty_lotchange", "loyalty_slide", "loyalty_hold", "loyalty_standing"]
BOOKS += ["loyalty_limituse", "members_activity", "members_activityline"]
BOOKS += ["members_activityrevision"]


def said(table: str) -> set[str]:
    return {right.strip() for right in RIGHTS[table].split(",")}


def refused() -> list[tuple[str, str]]:
    return [(table, right) for table in RIGHTS for right in sorted(EVERY - said(table))]


class TestTheApplicationsRole:
    def test_is_an_ordinary_one_that_owns_nothing(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
                " (SELECT count(*) FROM pg_class WHERE relowner = r.oid"
                "  AND relnamespace = 'public'::regnamespace)"
                " FROM pg_roles r WHERE rolname = current_user"
            )
            found = cursor.fetchone()

        assert found == (settings.DATABASE_APP_ROLE, False, False, False, False, 0)

    @pytest.mark.parametrize("table", RIGHTS)
    def test_has_exactly_the_rights_that_the_model_says(self, table):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT privilege FROM unnest(%s::text[]) AS privilege"
                " WHERE has_table_privilege(current_user, %s, privilege)",
                [sorted(EVERY), table],
            )
            held = {right for (right,) in cursor.fetchall()}

        assert held == said(table)

    @pytest.mark.parametrize(("table", "right"), refused())
    def test_is_refused_the_rest_when_it_tries(self, table, right):
        with connection.cursor() as cursor:
            column = connection.introspection.get_table_description(cursor, table)[0].name
            statement = STATEMENTS[right].format(table=table, column=column)

            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)

    @pytest.mark.parametrize("table", BOOKS)
    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE {} DISABLE TRIGGER ALL",
            "DROP TABLE {} CASCADE",
            "ALTER TABLE {} ADD COLUMN x int",
        ],
    )
    def test_cannot_take_the_lock_off_the_books(self, table, statement):
        with (
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError, match="must be owner"),
            transaction.atomic(),
        ):
            cursor.execute(statement.format(table))

    def test_reads_the_auditors_views_and_cannot_write_them(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT viewname, has_table_privilege(viewname, 'SELECT'),"
                " has_table_privilege(viewname, 'INSERT, UPDATE, DELETE')"
                " FROM pg_views WHERE viewname LIKE 'audit%%'"
            )
            views = cursor.fetchall()

        assert len(views) == 14
        assert {rights for _name, *rights in map(tuple, views) for rights in [tuple(rights)]} == {
            (True, False)
        }


class TestTheBooks:
    @pytest.mark.parametrize("table", BOOKS)
    def test_say_that_the_application_only_reads_them(self, table):
        assert said(table) == {"SELECT"}
