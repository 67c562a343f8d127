from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.services.seals import Head, broken_seals, heads, seal_days


class Command(BaseCommand):
    help = (
        "Seal the books of every day that is over, each seal covering the one before. Keep the"
        " exported heads where the database cannot write: they tell when the newest were cut off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--export", metavar="FILE", type=Path, help="Add the newest seals to a file, as JSON."
        )
        parser.add_argument(
            "--verify",
            metavar="FILE",
            nargs="?",
            const="",
            help="Seal nothing; prove all seals again, and those in the file if one is named.",
        )

    def handle(self, *, export: Path | None, verify: str | None, **options: Any) -> None:
        if verify is None:
            self._seal()
        else:
            self._verify(exported(Path(verify)) if verify else [])
        if export is not None:
            with export.open("ab") as file:
                file.writelines(msgspec.json.encode(head) + b"\n" for head in heads())

    def _seal(self) -> None:
        sealed = seal_days(at=timezone.now())
        for head in sealed:
            self.stdout.write(
                f"{head.programme} {head.day}: {head.transfers:,} transfers, {head.digest}"
            )
        if not sealed:
            self.stdout.write("Every day that is over was sealed already.")

    def _verify(self, asked: list[Head]) -> None:
        broken = broken_seals(exported=asked)
        for each in broken:
            self.stdout.write(f"{each.programme} {each.day}: {each.problem}")
        if broken:
            raise CommandError("The books are not as they were sealed.", returncode=1)
        self.stdout.write("The books are as they were sealed.")


def exported(file: Path) -> list[Head]:
    """The seals in a file, a line each. Raises CommandError when it cannot be read."""
    try:
        return [
            msgspec.json.decode(line, type=Head)
            for line in file.read_bytes().splitlines()
            if line.strip()
        ]
    except (OSError, msgspec.DecodeError) as problem:
        raise CommandError(f"{file} holds no exported seals: {problem}") from problem
