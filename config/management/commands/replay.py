from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.database import database_settings
from loyalty.services.replay import Replayed, ReplayStopped, replay


class Command(BaseCommand):
    help = (
        "Do the whole history of the ledger again, from nothing, in a scratch schema that is gone"
        " afterwards, and compare the books; fails on any difference. Acts as the schema's owner."
    )

    def handle(self, **options: Any) -> None:
        if not connection.in_atomic_block:
            role = settings.DATABASE_APP_ROLE
            connection.close()
            connection.settings_dict |= database_settings(app_role=role, owner=True)
        try:
            replayed = replay()
        except ReplayStopped as stopped:
            raise CommandError(stopped.detail, returncode=1) from stopped
        self.stdout.write(as_table(replayed))
        if not replayed.agrees:
            raise CommandError("The replay came out otherwise.", returncode=1)


def as_table(replayed: Replayed) -> str:
    """A line per part of the books, the first difference of each, and both digests."""
    rows = [f"{'part':<10} {'rows':>12} {'replayed':>12} {'differences':>12}"]
    for part in replayed.parts:
        rows.append(
            f"{part.name:<10} {part.rows:>12,} {part.replayed_rows:>12,} {part.differences:>12,}"
        )
        if part.first:
            rows.append(f"    {part.first}")
    rows += [
        f"{replayed.steps:,} steps",
        f"as it is    {replayed.digest}",
        f"as replayed {replayed.replayed_digest}",
    ]
    return "\n".join(rows)
