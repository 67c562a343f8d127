from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty.errors import DomainError
from loyalty.services.exports.writing import cursor_in, export_tables


class Command(BaseCommand):
    help = "Write every table of business meaning to files: CSV, JSON lines or Parquet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where the files go")
        parser.add_argument("--format", choices=["csv", "jsonl", "parquet"], default="parquet")
        parser.add_argument(
            "--table", action="append", default=[], help="only this one; repeatable"
        )
        after = parser.add_mutually_exclusive_group()
        after.add_argument("--since", default="", help="only what changed since this cursor")
        after.add_argument("--after", type=Path, help="… since the export in this folder")

    def handle(self, *, folder: Path, **said: Any) -> None:
        try:
            since = cursor_in(said["after"]) if said["after"] else said["since"]
            made = export_tables(
                folder,
                file_format=said["format"],
                since=since,
                only=tuple(said["table"]),
                at=timezone.now(),
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for each in made.tables:
            self.stdout.write(f"{each.rows:>12,}  {each.file}")
        what = "everything" if made.is_whole else "what changed"
        self.stdout.write(f"This is {what}. Go on from it with --since {made.cursor}")
