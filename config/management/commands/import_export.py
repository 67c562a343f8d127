from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.errors import DomainError
from loyalty.models import Programme
from members.services.import_export import import_export, read_export


class Command(BaseCommand):
    help = "Take in a member from another house by their signed export: who, and what they held."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", required=True, help="the other house's public key, in base 64")
        parser.add_argument("--programme", required=True, help="the slug of the programme here")

    def handle(self, *, file: Path, key: str, programme: str, **options: Any) -> None:
        here = Programme.objects.filter(slug=programme).first()
        if here is None:
            raise CommandError(f"There is no programme {programme}.")
        try:
            with file.open("rb") as opened:
                export = read_export(opened, key=key)
            brought = import_export(
                programme_id=here.pk, export=export, actor="system:export", at=timezone.now()
            )
        except (OSError, DomainError) as refusal:
            raise CommandError(str(refusal)) from refusal
        came = ", ".join(f"{points} {unit}" for unit, points in brought.points.items()) or "nothing"
        self.stdout.write(f"{brought.membership.member_id} brought {came}.")
