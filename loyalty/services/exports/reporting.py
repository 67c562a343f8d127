"""The same tables as views, for whoever asks by SQL: a schema of its own, and a role that reads it."""

from django.db import connection, transaction
from psycopg import sql

from loyalty.services.exports.catalogue import selecting, tables

SCHEMA = "reporting"
_ROLE = """DO $make$ BEGIN CREATE ROLE {role} NOLOGIN NOSUPERUSER;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $make$"""


@transaction.atomic
def make_reporting_views(*, role: str) -> None:
    """Make a view of every table, anew, and let `role` read these and nothing else.

    Asked of the schema's owner. The views show what the owner sees; the role has no right to the
    tables behind them. Views that somebody else put into the schema stop it: they belong elsewhere.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(_said(_ROLE, role=role))
        cursor.execute(_said("CREATE SCHEMA IF NOT EXISTS {schema}", schema=SCHEMA))
        drop_reporting_views()
        for table in tables():
            made = _said("CREATE VIEW {schema}.{view} AS ", schema=SCHEMA, view=table.name)
            cursor.execute(made + selecting(table))
        cursor.execute(_said("GRANT USAGE ON SCHEMA {schema} TO {role}", schema=SCHEMA, role=role))
        cursor.execute(
            _said(
                "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}", schema=SCHEMA, role=role
            )
        )


def drop_reporting_views() -> None:
    """Take the views away, before what they show is changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT viewname FROM pg_views WHERE schemaname = %s", [SCHEMA])
        for (view,) in cursor.fetchall():
            cursor.execute(_said("DROP VIEW {schema}.{view}", schema=SCHEMA, view=view))


def _said(statement: str, **names: str) -> str:
    quoted = {name: sql.Identifier(value) for name, value in names.items()}
    return sql.SQL(statement).format(**quoted).as_string(None)
