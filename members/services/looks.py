"""Who saw, changed or took out a member's data: written down for the member to read."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from members.models import MemberLook

_log = logging.getLogger(__name__)

_UPSERT = """
INSERT INTO members_memberlook (member_id, actor, role, deed, what, "on", last_at, times)
SELECT id, %s, %s, %s, %s, %s, %s, 1 FROM members_member WHERE id = ANY (%s) AND erased_at IS NULL
ON CONFLICT (member_id, actor, deed, what, "on")
DO UPDATE SET times = members_memberlook.times + 1, role = excluded.role,
              last_at = GREATEST(members_memberlook.last_at, excluded.last_at)
"""


def record_look(
    *,
    member_id: UUID,
    actor: str,
    role: str,
    deed: MemberLook.Deed,
    what: str = "",
    at: datetime,
) -> None:
    """Count that `actor` saw, changed or exported this of a member, today (the house's own day).

    `role` is what the member reads ("Service desk", "webshop"), `what` a code of a part or a deed.
    One statement; a failure is logged and never fails the page that was looked at.
    """
    record_looks(member_ids=[member_id], actor=actor, role=role, deed=deed, what=what, at=at)


def record_looks(
    *,
    member_ids: Iterable[UUID],
    actor: str,
    role: str,
    deed: MemberLook.Deed,
    what: str = "",
    at: datetime,
) -> None:
    """The same of many members, each counted once, in one statement."""
    values: list[Any] = [
        actor[:100],
        role[:100],
        str(deed),
        what[:100],
        timezone.localdate(at),
        at,
        sorted(set(member_ids)),
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_UPSERT, values)
    except DatabaseError:
        _log.exception("A look at a member could not be written down.")
