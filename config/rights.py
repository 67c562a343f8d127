"""What the application's database role may do: what each model says, and nothing more.

The schema is changed by its owner; the application runs as a role that owns nothing, so that an
append-only table is append-only for every line of our code.
"""

from django.apps import apps
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

# Two installations on one server may make it at the same moment; the second finds it made.
_CREATE = """DO $make$ BEGIN CREATE ROLE {role} NOLOGIN NOSUPERUSER;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $make$"""

ALL_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def rights_by_table() -> dict[str, str]:
    """Every model's table with the rights its class asks for in `app_rights`."""
    return {
        model._meta.db_table: getattr(model, "app_rights", ALL_RIGHTS)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }


def ensure_role(role: str) -> None:
    """Make the role if it is not there, and let the current one act as it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            _run(cursor, _CREATE, role=role)
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role])
        if cursor.fetchone() == (False,):
            _run(cursor, "GRANT {role} TO CURRENT_USER", role=role)


def grant_rights(role: str) -> None:
    """Give the role exactly its rights on this database. Safe to run again."""
    with connection.cursor() as cursor:
        _run(cursor, "GRANT USAGE ON SCHEMA public TO {role}", role=role)
        _run(cursor, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role=role)
        for table, rights in rights_by_table().items():
            _run(cursor, f"GRANT {rights} ON {{table}} TO {{role}}", table=table, role=role)
        _run(cursor, f"GRANT {ALL_RIGHTS} ON config_cache TO {{role}}", role=role)
        _run(cursor, "GRANT SELECT ON django_migrations TO {role}", role=role)
        for view in _audit_views(cursor):
            _run(cursor, "GRANT SELECT ON {view} TO {role}", view=view, role=role)
        _run(cursor, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}", role=role)
        _run(cursor, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}", role=role)
        _run(cursor, "GRANT USAGE, CREATE ON SCHEMA pgmq TO {role}", role=role)
        _run(cursor, "GRANT ALL ON ALL TABLES IN SCHEMA pgmq TO {role}", role=role)
        _run(cursor, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgmq TO {role}", role=role)


def _audit_views(cursor: CursorWrapper) -> list[str]:
    cursor.execute(r"SELECT viewname FROM pg_views WHERE viewname LIKE 'audit\_%'")
    return [name for (name,) in cursor.fetchall()]


def _run(cursor: CursorWrapper, statement: str, **names: str) -> None:
    quoted = {name: sql.Identifier(value) for name, value in names.items()}
    cursor.execute(sql.SQL(statement).format(**quoted).as_string(None))
