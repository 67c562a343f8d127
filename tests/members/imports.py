"""Files to be imported, and the way from file to done in one step."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl

from loyalty.models import Programme
from members.models import Import, ImportRow
from members.services.importing.asking import (
    choose_columns,
    start_run,
    start_try,
    start_undo,
    upload_import,
)
from members.services.importing.keeping import told_row
from members.services.importing.running import work_on
from tests.members.shop import NOON

ACTOR = "staff:7"
Kind = Import.Kind
MEMBERS = """\
E-mailadres;Kaartnummer;Voornaam;Achternaam;Telefoon;Taal;Lid sinds;Nieuwsbrief
bram@example.nl;2990000000026;Bram;Bakker;06 12345678;nl;01-02-2020;ja
cato@example.nl;;Cato;Çelik;;en;2021-03-04;nee
"""
VERSION = {"consent_version": "=2026-1"}


def uploaded(
    programme: Programme,
    content: bytes | str,
    kind: str = Kind.MEMBERS,
    *,
    name: str = "leden.csv",
    at: datetime = NOON,
    **mapping: str,
) -> Import:
    """The file, with the guessed columns and these."""
    found, _is_new = upload_import(
        programme_id=programme.pk,
        kind=kind,
        file_name=name,
        chunks=[content.encode() if isinstance(content, str) else content],
        actor=ACTOR,
        at=at,
    )
    if mapping:
        said = {key.replace("__", ":"): value for key, value in mapping.items()}
        found = choose_columns(import_id=found.pk, mapping=found.mapping | said)
    return found


def tried(found: Import, *, at: datetime = NOON) -> Import:
    start_try(import_id=found.pk, actor=ACTOR, at=at)
    return worked(found, at=at)


def carried_out(found: Import, *, at: datetime = NOON) -> Import:
    start_run(import_id=found.pk, actor=ACTOR, at=at)
    return worked(found, at=at)


def undone(found: Import, *, reason: str = "The wrong file", at: datetime = NOON) -> Import:
    start_undo(import_id=found.pk, reason=reason, actor=ACTOR, at=at)
    return worked(found, at=at)


def worked(found: Import, *, at: datetime = NOON) -> Import:
    done = work_on(import_id=found.pk, clock=lambda: at)
    assert done is not None
    return done


def counts(found: Import) -> tuple[str, int, int, int]:
    """State, new, known and refused."""
    found.refresh_from_db()
    return found.state, found.rows_new, found.rows_known, found.rows_refused


def problems(found: Import) -> dict[int, str]:
    """What was refused, by line, in words."""
    rows = ImportRow.objects.filter(of=found).exclude(problem="").order_by("number")
    return {row.number: told_row(found, row) for row in rows}


def sheet(rows: Sequence[Sequence[Any]], *, merge: str = "") -> bytes:
    """A spreadsheet with these rows."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    if merge:
        page.merge_cells(merge)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
