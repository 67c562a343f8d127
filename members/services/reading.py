"""What activities are judged by, read in one round trip: who, what they stand at, what is known."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.errors import DomainError
from loyalty.selectors import first_read
from loyalty.services.rulebook import Rulebook
from members.errors import MemberUnknown
from members.identifiers import parse_identifier
from members.selectors import id_in, nobody_by
from members.types import ActivitySubmission, Holder, Key, Stay

_HOLDERS = "SELECT members_holders(%s, %s, %s::jsonb, %s::jsonb, %s)"
_encode = msgspec.json.Encoder().encode


class Known(NamedTuple):
    """An activity that is recorded already, as the reading function answers it."""

    source: str
    external_id: str
    id: UUID
    fingerprint: str
    points: int
    balance_after: int
    rule_set: int | None
    facts: msgspec.Raw
    award: msgspec.Raw


class _Row(NamedTuple):
    said: str
    membership: int
    member: UUID
    holder: UUID
    account: int
    joined_at: datetime
    sequence: int
    last_at: datetime | None
    standing: msgspec.Raw
    last_key: Key | None
    is_unfolded: bool
    stays: tuple[Stay, ...] | None


class _Answer(msgspec.Struct):
    version: int
    holders: list[_Row]
    known: list[Known]
    awaited: list[Key]
    shared: dict[str, int]


_decode = msgspec.json.Decoder(_Answer).decode


class Reading(NamedTuple):
    """What one reading found; `version` is the configuration's, `shared` what limits are used."""

    version: int
    holders: Mapping[str, Holder | DomainError]
    known: Mapping[Key, Known]
    awaited: frozenset[Key]
    shared: dict[str, int]

    def holder(self, said: str) -> Holder:
        """Whom the identifier means.

        Raises MemberUnknown, IdentifierBlocked, and InvalidRequest when it is none.
        """
        found = self.holders.get(said)
        if isinstance(found, DomainError):
            raise found
        if found is None:
            raise _nobody(said)
        return found


def _nobody(said: str) -> DomainError:
    if id_in(said):
        return MemberUnknown("No member has this identifier.", field="member")
    return nobody_by(parse_identifier(said))


def read(
    book: Rulebook,
    submissions: Sequence[ActivitySubmission],
    keys: Sequence[Key],
    shared: Iterable[str],
) -> Reading:
    """Whom the submissions are about and all that is known of them, under these keys."""
    refused: dict[str, DomainError] = {}
    wanted: dict[str, tuple[str, str, str, str, UUID | None, datetime]] = {}
    for submission in submissions:
        said, at = submission.member, submission.occurred_at
        if said in refused or (said in wanted and wanted[said][5] <= at):
            continue
        try:
            wanted[said] = _wanted(said, at)
        except DomainError as refusal:
            refusal.field = refusal.field or "member"
            refused[said] = refusal
    answer = _asked(book, list(wanted.values()), keys, list(shared))
    return Reading(
        answer.version,
        refused | {row.said: _holder(row) for row in answer.holders},
        {(known.source, known.external_id): known for known in answer.known},
        frozenset(answer.awaited),
        answer.shared,
    )


def _asked(
    book: Rulebook,
    wanted: list[tuple[str, str, str, str, UUID | None, datetime]],
    keys: Sequence[Key],
    shared: list[str],
) -> _Answer:
    arguments: list[Any] = [book.programme_id, book.unit_id, _text(wanted), _text(keys), shared]

    def ask() -> str:
        with connection.cursor() as cursor:
            cursor.execute(_HOLDERS, arguments)
            found: tuple[str] = cursor.fetchone()
        return found[0]

    return _decode(first_read(ask))


def _text(value: object) -> str:
    return _encode(value).decode()


def _wanted(said: str, at: datetime) -> tuple[str, str, str, str, UUID | None, datetime]:
    if member_id := id_in(said):
        return said, "", "", "", member_id, at
    return said, *parse_identifier(said), None, at


def _holder(row: _Row) -> Holder:
    return Holder(
        membership_id=row.membership,
        member_id=row.member,
        holder=row.holder,
        account_id=row.account,
        joined_at=row.joined_at,
        sequence=row.sequence,
        last_at=row.last_at,
        standing=bytes(row.standing),
        last_key=row.last_key,
        is_unfolded=row.is_unfolded,
        stays=row.stays or (),
    )
