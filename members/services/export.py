"""All that is kept of a member, to take along: signed data for machines, a page for people."""

import tempfile
import zipfile
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from members.belongings import Keeper, Row, keepers
from members.models import MemberLook
from members.services.looks import record_look
from members.services.persons import Person, person_of
from members.services.signing import public_key, sign
from members.services.telling import Told, told

SCHEMA = "trouw.member-export.v1"
DATA, SIGNATURE, KEY, PAGE = "data.json", "data.json.sig", "public-key.txt", "data.html"
LANGUAGES = ("nl", "en")
_IN_MEMORY = 4 * 1024 * 1024


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One heading with all rows under it."""

    key: str
    title: dict[str, str]
    rows: list[dict[str, Any]]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one person, with those records of theirs that were merged."""

    schema: str
    issuer: str
    key: str
    made_at: datetime
    member: UUID
    sections: list[Section]


@transaction.atomic
def export_member(
    *, member_id: UUID, actor: str, role: str, what: str = "asked", at: datetime
) -> IO[bytes]:
    """A ZIP of the data, its signature, the key and a page that can be printed; read it and close it.

    That it was made is told to the member (who saw your data). It is a file without a name, gone
    when it is closed. Raises MemberUnknown.
    """
    person = person_of(member_id)
    export = gathered(person, at=at)
    record_look(
        member_id=person.member.pk,
        actor=actor,
        role=role,
        deed=MemberLook.Deed.EXPORTED,
        what=what,
        at=at,
    )
    return _packed(export, at)


def gathered(person: Person, *, at: datetime) -> Export:
    """All of it as values; nothing is left out for being much."""
    sections = [_section(keeper, person) for keeper in keepers()]
    return Export(
        schema=SCHEMA,
        issuer=settings.BASE_URL,
        key=public_key(),
        made_at=at,
        member=person.member.pk,
        sections=[section for section in sections if section.rows],
    )


def _section(keeper: Keeper, person: Person) -> Section:
    title: dict[str, str] = {}
    for language in LANGUAGES:
        with translation.override(language):
            title[language] = str(keeper.title)
    rows: list[Row] = [row for member in person.members for row in keeper.export(member)]
    return Section(key=keeper.key, title=title, rows=rows)


def _packed(export: Export, at: datetime) -> IO[bytes]:
    data = msgspec.json.format(msgspec.json.encode(export), indent=1)
    files: dict[str, bytes] = {
        DATA: data,
        SIGNATURE: sign(data).encode(),
        KEY: export.key.encode(),
        PAGE: _page(export).encode(),
    }
    out: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), content)
    out.seek(0)
    return out


def _page(export: Export) -> str:
    halves = [
        {"language": language, "sections": _sections(export, language)} for language in LANGUAGES
    ]
    return render_to_string("export/member.html", {"export": export, "halves": halves})


def _sections(export: Export, language: str) -> list[tuple[str, str, list[Told]]]:
    return [
        (section.key, section.title[language], [told(row, language) for row in section.rows])
        for section in export.sections
    ]
