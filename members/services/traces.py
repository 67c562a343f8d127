"""Traces of a person outside their own rows: sessions, kept answers, caches, queues, mail, history.

Each function takes out what one place has of a person and answers how many rows that were.
"""

import base64
import re
from collections.abc import Callable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast, Lower

from loyalty.models import (
    Contributor,
    EventFailure,
    KeptAnswer,
    OutboxEvent,
    Pool,
    Remark,
    TierAssignment,
)
from members.models import BulkDeed, Import, ImportPiece, ImportRow, SavedFilter
from members.services.importing.keeping import mentions
from members.services.persons import Person

Trace = Callable[[Person], int]
STOPPED = "In this file was somebody who has been forgotten since. Upload it again without them."
_BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]{16,}")


def traces() -> dict[str, Trace]:
    """By the place, in the order in which they are taken out."""
    return {
        "sessions": _sessions,
        "history": _history,
        "answers_kept": _kept_answers,
        "cache": _cache,
        "queue": _queue,
        "import_rows": _import_rows,
        "import_files": _import_files,
        "filters": _filters,
        "bulk_deeds": _bulk_deeds,
        "remarks": _remarks,
        "pools": _pools,
        "failures": _failures,
        "mail": _mail,
    }


# --- Sessions and the console's history --------------------------------------------------------


def _sessions(person: Person) -> int:
    """Theirs, and those in which somebody signed in half with an address of theirs."""
    users = {str(user_id) for user_id in person.user_ids}
    gone = []
    for session in Session.objects.iterator(chunk_size=1_000):
        said = session.get_decoded()
        text = str(said).lower()
        if said.get("_auth_user_id") in users or any(mark in text for mark in person.marks):
            gone.append(session.pk)
    return Session.objects.filter(pk__in=gone).delete()[0]


def _history(person: Person) -> int:
    """Who changed them and when stays; what they were called and what was written does not."""
    if not apps.is_installed("django.contrib.admin"):
        return 0
    entries = apps.get_model("admin", "LogEntry").objects
    ours = Q(content_type__app_label="members", object_id__in=[str(pk) for pk in person.ids])
    logins = [str(user_id) for user_id in person.user_ids]
    ours |= Q(content_type__app_label="members", content_type__model="user", object_id__in=logins)
    said = _contains(entries.all(), ["object_repr", "change_message"], person.marks)
    mentioned = said.values_list("pk", flat=True)
    stripped = {"object_repr": "…", "change_message": ""}
    return entries.filter(ours | Q(pk__in=list(mentioned))).update(**stripped)


# --- What the house keeps to answer, to wait and to remember ------------------------------------


def _kept_answers(person: Person) -> int:
    ids = [str(each) for each in (*person.ids, *person.holders)]
    return _contains(KeptAnswer.objects.all(), ["key", "body"], [*ids, *person.marks]).delete()[0]


def _cache(person: Person) -> int:
    """Of the cache in the database; its values are pickled, in base 64."""
    table = str(settings.CACHES["default"].get("LOCATION", ""))
    if table not in connection.introspection.table_names():
        return 0
    quoted = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key, value FROM {quoted}")  # noqa: S608 - a setting
        keys = [key for key, value in cursor.fetchall() if _is_said(f"{key} {value}", person.marks)]
        cursor.execute(f"DELETE FROM {quoted} WHERE cache_key = ANY (%s)", [keys])  # noqa: S608
    return len(keys)


def _queue(person: Person) -> int:
    """Of the queue on PostgreSQL, and of what it has archived."""
    marks = [*person.marks, *(str(each) for each in person.ids)]
    gone = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'pgmq' AND tablename ~ '^[aq]_'"
        )
        for (table,) in cursor.fetchall():
            name = f"pgmq.{connection.ops.quote_name(table)}"
            cursor.execute(f"SELECT msg_id, message::text FROM {name}")  # noqa: S608 - its own
            ids = [message for message, text in cursor.fetchall() if _is_said(text, marks)]
            cursor.execute(f"DELETE FROM {name} WHERE msg_id = ANY (%s)", [ids])  # noqa: S608
            gone += len(ids)
    return gone


def _is_said(text: str, marks: list[str]) -> bool:
    """Whether a text has one of the marks, also inside of what is written in base 64."""
    raw = text.encode()
    inside = b" ".join(_decoded(found) for found in _BASE64.findall(raw))
    said = (raw + b" " + inside).lower()
    return any(mark.encode() in said for mark in marks)


def _decoded(found: bytes) -> bytes:
    try:
        return base64.b64decode(found + b"=" * (-len(found) % 4))
    except ValueError:
        return b""


# --- Imports and the desk ----------------------------------------------------------------------


def _import_rows(person: Person) -> int:
    memberships = [membership.pk for membership in person.memberships]
    known = ImportRow.objects.filter(membership_id__in=memberships)
    said = _contains(ImportRow.objects.exclude(said=None), ["said", "problem"], person.marks)
    return known.update(said=None, problem="") + said.update(said=None, problem="")


def _import_files(person: Person) -> int:
    """A file that still waits and has them in it goes whole: it would bring them back."""
    gone = 0
    waiting = ImportPiece.objects.values_list("of", flat=True).distinct()
    for import_id in list(waiting):
        if mentions(import_id, person.marks):
            ImportPiece.objects.filter(of=import_id).delete()
            stopped = {"state": Import.State.FAILED, "problem": STOPPED}
            gone += Import.objects.filter(pk=import_id).update(**stopped)
    return gone


def _filters(person: Person) -> int:
    return _contains(SavedFilter.objects.all(), ["query", "name"], person.marks).delete()[0]


def _bulk_deeds(person: Person) -> int:
    """Deeds for many that name them; one that still runs ends, for whom it was is not known then."""
    named = _contains(BulkDeed.objects.all(), ["asked", "text"], person.marks)
    found = list(named.values_list("pk", flat=True))
    ended = {"asked": {}, "text": "", "state": BulkDeed.State.DONE}
    return BulkDeed.objects.filter(pk__in=found).update(**ended)


# --- Beside the ledger -------------------------------------------------------------------------


def _remarks(person: Person) -> int:
    """Of them, and what stands in assignments from before remarks were kept."""
    given = TierAssignment.objects.filter(account__holder__in=person.holders)
    given.update(reason="")
    return Remark.objects.filter(holder__in=person.holders).delete()[0]


def _pools(person: Person) -> int:
    """What a household called itself may be their name."""
    shared = Contributor.objects.filter(holder__in=person.holders).values("pool")
    return Pool.objects.filter(pk__in=shared).exclude(name="").update(name="")


def _failures(person: Person) -> int:
    about = OutboxEvent.objects.filter(subject__in=[*person.ids, *person.holders])
    return EventFailure.objects.filter(event__in=about).update(error="")


def _mail(person: Person) -> int:
    """Of the demo's mailbox; a real one is not ours to empty."""
    folder = Path(settings.EMAIL_FILE_PATH) if settings.DEMO_MAILBOX else None
    if folder is None or not folder.is_dir():
        return 0
    addresses = [mark.encode() for mark in person.marks if "@" in mark]
    gone = [
        file
        for file in folder.iterdir()
        if file.is_file() and any(mark in file.read_bytes().lower() for mark in addresses)
    ]
    for file in gone:
        file.unlink()
    return len(gone)


def _contains(rows: QuerySet[Any], columns: list[str], marks: list[str]) -> QuerySet[Any]:
    """The rows in which one of the columns has one of the marks."""
    texts = {f"said_{column}": Lower(Cast(column, TextField())) for column in columns}
    said = [Q(**{f"{name}__contains": mark}) for name in texts for mark in marks]
    found: QuerySet[Any] = rows.alias(**texts).filter(reduce(or_, said, Q(pk__in=[])))
    return found
