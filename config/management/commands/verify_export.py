from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.errors import DomainError
from members.services.import_export import read_export
from members.services.signing import public_key


class Command(BaseCommand):
    help = "Check the signature of a member's export: by this house's key, or another's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", default="", help="the other house's public key, in base 64")

    def handle(self, *, file: Path, key: str, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                export = read_export(opened, key=key or public_key())
        except (OSError, DomainError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Good: {export.member}, by {export.issuer} at {export.made_at}.")
