"""What somebody asks of an import, step by step; a worker does the rest."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import uuid_utils.compat
from django.db import connection, transaction

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from members.events import ImportAsked
from members.models import Import, ImportRow
from members.services.importing.columns import check_mapping, guess
from members.services.importing.files import store_pieces
from members.services.importing.reading import look
from members.services.importing.refused import ImportNotReady, ImportUnknown

State = Import.State
LONGEST_REASON = 300
_AGAIN = [State.UNDONE, State.FAILED]  # after these the same file may come again
_LOCK = 7_350_002  # the first half of the keys of our advisory locks; see loyalty's back-tests


class _KnownAlready(Exception):
    def __init__(self, known: Import) -> None:
        self.known = known


def upload_import(
    *,
    programme_id: int,
    kind: str,
    file_name: str,
    chunks: Iterable[bytes],
    actor: str,
    at: datetime,
) -> tuple[Import, bool]:
    """Keep a file to be imported, and whether it is new; columns are guessed from their names.

    The same file for the same purpose is the import that it was before. Raises FileRefused for one
    that is too large, no table or without lines; then nothing was kept.
    """
    if kind not in Import.Kind.values:
        raise InvalidRequest("We do not know this kind of import.", field="kind")
    try:
        with transaction.atomic():
            new = Import.objects.create(
                id=uuid_utils.compat.uuid7(),
                programme_id=programme_id,
                kind=kind,
                file_name=_clean(file_name),
                actor=actor,
                uploaded_at=at,
            )
            _keep(new, chunks)
            return new, True
    except _KnownAlready as same:
        return same.known, False


def _keep(found: Import, chunks: Iterable[bytes]) -> None:
    """Its file and what can be seen of it. Raises _KnownAlready and FileRefused."""
    found.digest = store_pieces(found.pk, chunks)
    same = Import.objects.filter(
        programme_id=found.programme_id, kind=found.kind, digest=found.digest
    )
    with connection.cursor() as cursor:  # two uploads of one file at once become one
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, f"{found.kind}{found.digest}"]
        )
    if known := same.exclude(state__in=_AGAIN).exclude(pk=found.pk).first():
        raise _KnownAlready(known)
    found.header = look(found.pk).header
    found.mapping = guess(found.kind, found.header)
    found.save(update_fields=["digest", "header", "mapping"])


def _clean(name: str) -> str:
    said = "".join(letter for letter in name if letter.isprintable()).strip()
    return said[-200:] or "import"


@transaction.atomic
def choose_columns(*, import_id: UUID, mapping: Mapping[str, str]) -> Import:
    """Say which column is what; what was found with another choice is forgotten.

    Raises MappingRefused with the field that is wrong, ImportUnknown, and ImportNotReady once it
    runs or is done.
    """
    found = _locked(import_id, State.UPLOADED, State.TRIED, State.FAILED)
    if found.rows_done and found.state == State.FAILED:
        raise ImportNotReady("Part of it is in already: go on with it, or undo it.")
    found.mapping = check_mapping(found.kind, found.header, mapping)
    found.state = State.UPLOADED
    found.problem = ""
    found.save(update_fields=["mapping", "state", "problem"])
    ImportRow.objects.filter(of=found).delete()
    return found


@transaction.atomic
def start_try(*, import_id: UUID, actor: str, at: datetime) -> Import:
    """Have it tried: all is judged and nothing is written but what would be refused, and why.

    Raises MappingRefused, ImportUnknown and ImportNotReady.
    """
    found = _locked(import_id, State.UPLOADED, State.TRIED)
    _begin(found, State.TRYING, actor, at)
    return found


@transaction.atomic
def start_run(*, import_id: UUID, actor: str, at: datetime) -> Import:
    """Have it carried out; one that came to a stop goes on where it was.

    Raises MappingRefused, ImportUnknown and ImportNotReady.
    """
    found = _locked(import_id, State.UPLOADED, State.TRIED, State.FAILED)
    if found.state == State.FAILED and found.rows_done:
        found.state, found.problem, found.ended_at = State.RUNNING, "", None
        found.save(update_fields=["state", "problem", "ended_at"])
        _ask(found, actor, at)
    else:
        _begin(found, State.RUNNING, actor, at)
    return found


@transaction.atomic
def start_undo(*, import_id: UUID, reason: str, actor: str, at: datetime) -> Import:
    """Have it undone, as far as it can be (see `undoing.preview`). `reason` is kept beside it.

    Raises InvalidRequest for no reason, ImportUnknown and ImportNotReady.
    """
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise InvalidRequest(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    found = _locked(import_id, State.DONE, State.UNDONE, State.FAILED)
    if found.state == State.FAILED and not found.rows_done:
        raise ImportNotReady("Nothing of it is in.")
    ImportRow.objects.filter(of=found, outcome=ImportRow.Outcome.NEW).update(problem="")
    found.state, found.undo_reason, found.problem = State.UNDOING, said, ""
    found.rows_done, found.ended_at, found.beat_at = 0, None, at
    found.save(
        update_fields=["state", "undo_reason", "problem", "rows_done", "ended_at", "beat_at"]
    )
    _ask(found, actor, at)
    return found


def _begin(found: Import, state: State, actor: str, at: datetime) -> None:
    """From the first line on."""
    found.mapping = check_mapping(found.kind, found.header, found.mapping)
    ImportRow.objects.filter(of=found).delete()
    found.state, found.problem = state, ""
    found.rows_done = found.rows_new = found.rows_known = found.rows_refused = 0
    found.started_at, found.beat_at, found.ended_at = at, at, None
    found.save()
    _ask(found, actor, at)


def _ask(found: Import, actor: str, at: datetime) -> None:
    event = ImportAsked(subject=None, occurred_at=at, of=found.pk, deed=found.state, actor=actor)
    publish(event, at=at)


def _locked(import_id: UUID, *states: State) -> Import:
    found = Import.objects.select_for_update().filter(pk=import_id).first()
    if found is None:
        raise ImportUnknown("There is no such import.")
    if found.state not in states:
        raise ImportNotReady(f"It is {State(found.state).label.lower()}.")
    return found
