"""The suite runs on its own PostgreSQL, as the application's role, with the real triggers."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

# The suite draws the same examples in every run; `make prove` draws others by a seed that it prints.
settings.register_profile("same", derandomize=True)
settings.register_profile("drawn", print_blob=True)
settings.load_profile("same")


def _forget_connections() -> None:
    """Let a forked child open connections of its own.

    While a browser is driven, Django keeps the thread's connection for asyncio's running loop; a child
    has no such loop, and would find and use an older connection, which its parent has open too.
    """
    from asgiref.local import Local
    from django.db import connections

    connections._connections = Local(connections.thread_critical)  # type: ignore[attr-defined]


os.register_at_fork(after_in_child=_forget_connections)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Create the test database as the server's superuser, not as the application's role."""
    from django.db import connection

    connection.settings_dict["OPTIONS"].pop("options")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After migrating, act as the role that the application has in production."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from config import rights
    from config.management.commands.prepare_database import install_queue
    from loyalty.services.exports.reporting import make_reporting_views

    role = settings.DATABASE_APP_ROLE
    with django_db_blocker.unblock():
        rights.ensure_role(role)
        call_command("createcachetable", verbosity=0)
        install_queue()
        rights.grant_rights(role)
        make_reporting_views(role=settings.DATABASE_READER_ROLE)
        connection.close()
    connection.settings_dict["OPTIONS"]["options"] = f"-c role={role}"
    yield
    connection.settings_dict["OPTIONS"].pop("options")
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def _empty_as_the_owner() -> Iterator[None]:
    """Tests that commit are cleaned up after by TRUNCATE, which only the owner may do."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_as_owner(operations: DatabaseOperations, sql_list: list[str]) -> None:
        with operations.connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")
            cursor.execute("SET session_replication_role = replica")
            flush(operations, sql_list)
            cursor.execute("TRUNCATE config_cache")  # no model's, so flush never knew of it
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("SET ROLE trouw_app")

    patcher = pytest.MonkeyPatch()
    patcher.setattr(DatabaseOperations, "execute_sql_flush", flush_as_owner)
    yield
    patcher.undo()
