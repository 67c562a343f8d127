"""What is told of refused lines, for how long it is kept, and what of it is one person's."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from members.models import Import, ImportPiece, ImportRow
from members.services.importing.reading import guarded, read_lines
from members.services.importing.refused import FileRefused, told_problem

State = Import.State
KEEP = timedelta(days=30)
_PAGE = 1_000


def refused_lines(import_id: UUID) -> Iterator[str]:
    """The refused lines as a CSV file that can be mended and imported: as they were, and why."""
    found = Import.objects.get(pk=import_id)
    yield "\ufeff" + _row([*found.header, _("what is wrong")])
    after = 0
    while rows := list(refusals(found, after=after, limit=_PAGE)):
        after = rows[-1].number
        for row in rows:
            yield _row([*(row.said or []), told_row(found, row)])


def refusals(found: Import, *, after: int = 0, limit: int = 20) -> list[ImportRow]:
    """The refused lines after that one, in the order of the file."""
    rows = ImportRow.objects.filter(of=found, outcome=ImportRow.Outcome.REFUSED, number__gt=after)
    return list(rows.order_by("number")[:limit])


def told_row(found: Import, row: ImportRow) -> str:
    """What is wrong with a line, with the name of its column."""
    column = found.mapping.get(row.field, "")
    said = told_problem(row.problem)
    return f"{column}: {said}" if column and not column.startswith("=") else said


def _row(cells: list[str]) -> str:
    kept = io.StringIO()
    csv.writer(kept, delimiter=";", lineterminator="\r\n").writerow(map(guarded, cells))
    return kept.getvalue()


def drop_old(*, at: datetime) -> int:
    """Forget refused lines and files that were left behind, once they are so old; how many rows."""
    limit = at - KEEP
    lines = ImportRow.objects.filter(
        of__ended_at__lt=limit, outcome=ImportRow.Outcome.REFUSED
    ).delete()[0]
    left = Import.objects.filter(
        uploaded_at__lt=limit, state__in=[State.UPLOADED, State.TRIED, State.FAILED]
    )
    return lines + ImportPiece.objects.filter(of__in=left).delete()[0]


def mentions(import_id: UUID, marks: Sequence[str]) -> bool:
    """Whether a kept file says one of these, in whatever case and format it is written."""
    wanted = [mark.lower() for mark in marks]
    try:
        for line in read_lines(import_id):
            said = " ".join(line.cells).lower()
            if any(mark in said for mark in wanted):
                return True
    except FileRefused:
        return True  # nobody can tell, and nobody can import it either
    return False
