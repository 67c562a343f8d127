from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from members.services.erasure import ErasureNote, erase_again


class Command(BaseCommand):
    help = "After a restore: forget again who had been forgotten, by the lines of export_erasures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            notes = [
                msgspec.json.decode(line, type=ErasureNote)
                for line in file.read_bytes().splitlines()
                if line.strip()
            ]
        except (OSError, msgspec.DecodeError) as problem:
            raise CommandError(f"{file} cannot be read: {problem}") from problem
        again = sum(erase_again(note=note, at=timezone.now()) for note in notes)
        self.stdout.write(f"{again} of {len(notes)} forgotten again.")
