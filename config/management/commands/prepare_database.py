from importlib.resources import files
from typing import Any

import pgmq
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from config import rights
from config.database import database_settings
from config.roles import ensure_roles
from loyalty.services.exports.reporting import drop_reporting_views, make_reporting_views


class Command(BaseCommand):
    help = "Bring the database up to date: its roles, the schema, the queue, the rights, the views."

    # The console's own checks read tables that are not there yet.
    requires_system_checks: list[str] = []

    def handle(self, *, verbosity: int, **options: Any) -> None:
        role = settings.DATABASE_APP_ROLE
        connection.close()
        connection.settings_dict |= database_settings(app_role=role, owner=True)
        rights.ensure_role(role)
        drop_reporting_views()  # a column that a view shows cannot be changed
        call_command("migrate", verbosity=max(verbosity - 1, 0), interactive=False)
        call_command("createcachetable", verbosity=0)
        ensure_roles()
        install_queue()
        rights.grant_rights(role)
        make_reporting_views(role=settings.DATABASE_READER_ROLE)
        self.stdout.write("The database is up to date.")


def install_queue() -> None:
    """Install pgmq's tables and functions; its SQL can be run only once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq')")
        if cursor.fetchone() == (None,):
            cursor.execute((files(pgmq) / "sql" / "pgmq.sql").read_text())
