from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from loyalty.errors import DomainError
from loyalty.models import Programme
from members.models import Import
from members.services.importing.asking import (
    choose_columns,
    start_run,
    start_try,
    start_undo,
    upload_import,
)
from members.services.importing.files import PIECE
from members.services.importing.keeping import refusals, told_row
from members.services.importing.refused import told_problem
from members.services.importing.running import OPEN, work_on

ACTOR = "system:command"
SHOWN = 10


class Command(BaseCommand):
    help = (
        "Import members, opening balances or history from a CSV or Excel file. Columns are guessed"
        " from their names; --map says otherwise. The same file again goes on where it was, or"
        " changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", default="members", choices=[k.lower() for k in Import.Kind])
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="Our field and the file's column; FIELD==VALUE is the same for all lines.",
        )
        parser.add_argument("--programme", help="Its slug; may be left out when there is but one.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--try", action="store_true", dest="is_try", help="Write nothing.")
        what.add_argument("--undo", metavar="REASON", help="Take the import of this file back.")

    def handle(self, *, file: Path, kind: str, is_try: bool, **options: Any) -> None:
        with translation.override("en"):
            try:
                found = self._uploaded(file, kind.upper(), options)
                done = self._done(found, options["undo"], is_try=is_try)
            except DomainError as refusal:
                raise CommandError(refusal.detail) from refusal
            self._tell(done)

    def _uploaded(self, file: Path, kind: str, options: dict[str, Any]) -> Import:
        try:
            found, is_new = upload_import(
                programme_id=_programme(options["programme"]).pk,
                kind=kind,
                file_name=file.name,
                chunks=_chunks(file),
                actor=ACTOR,
                at=timezone.now(),
            )
        except OSError as unread:
            raise CommandError(f"{file}: {unread.strerror}") from unread
        if is_new or found.state in (Import.State.UPLOADED, Import.State.TRIED):
            return choose_columns(import_id=found.pk, mapping=found.mapping | _mapping(options))
        self.stdout.write(f"This file was imported before: it is {found.get_state_display()}.")
        return found

    def _done(self, found: Import, undo: str | None, *, is_try: bool) -> Import:
        now = timezone.now()
        if undo:
            start_undo(import_id=found.pk, reason=undo, actor=ACTOR, at=now)
        elif is_try and found.state not in OPEN:
            start_try(import_id=found.pk, actor=ACTOR, at=now)
        elif found.state in (Import.State.UPLOADED, Import.State.TRIED):
            start_run(import_id=found.pk, actor=ACTOR, at=now)
        return work_on(import_id=found.pk, clock=timezone.now, say=self._progress) or found

    def _progress(self, found: Import) -> None:
        total = found.rows_new if found.state == Import.State.UNDOING else found.rows_total
        self.stdout.write(f"{found.rows_done:,} of {total:,}")

    def _tell(self, done: Import) -> None:
        self.stdout.write(
            f"{done.get_state_display()}: {done.rows_new:,} new, {done.rows_known:,} known already,"
            f" {done.rows_refused:,} refused."
        )
        for row in refusals(done, limit=SHOWN):
            self.stdout.write(f"  line {row.number}: {told_row(done, row)}")
        if done.state == Import.State.FAILED:
            raise CommandError(told_problem(done.problem))


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(PIECE):
            yield chunk


def _mapping(options: dict[str, Any]) -> dict[str, str]:
    pairs = [said.partition("=") for said in options["map"]]
    if wrong := [field for field, equals, _column in pairs if not equals]:
        raise CommandError(f"Write FIELD=COLUMN, not {wrong[0]}.")
    return {field: column for field, _equals, column in pairs}


def _programme(slug: str | None) -> Programme:
    known = Programme.objects.filter(slug=slug) if slug else Programme.objects.all()
    try:
        return known.get()
    except Programme.DoesNotExist as unknown:
        raise CommandError("There is no such programme.") from unknown
    except Programme.MultipleObjectsReturned as several:
        raise CommandError("There are several programmes: name one with --programme.") from several
