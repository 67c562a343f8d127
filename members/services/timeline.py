"""Each member's story, told from the outbox, and read back over all channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.models import OutboxEvent
from members.models import Member, Membership, TimelineEntry

_TOLD_OTHERWISE = ("activity", "redemption", "pool")
"""Sources of movements of points that the timeline has by a fuller event already."""


def add_to_timeline(*, events: Sequence[OutboxEvent]) -> None:
    """Add the events to the timelines of those whom they are about. The same event counts once.

    An event is about a holder, or about the member whatever the programme. Points that an activity
    or a redemption moved are told with that.
    """
    told = [event for event in events if event.subject and not _is_told_otherwise(event)]
    subjects = {event.subject for event in told if event.subject}
    there = Membership.objects.filter(holder__in=subjects, member__erased_at=None)
    known = dict(there.values_list("holder", "member_id"))
    people = Member.objects.filter(pk__in=subjects, erased_at=None)
    known |= {pk: pk for pk in people.values_list("pk", flat=True)}
    TimelineEntry.objects.bulk_create(
        [
            TimelineEntry(
                member_id=known[event.subject],
                event_id=event.pk,
                name=event.name,
                payload=event.payload,
                occurred_at=event.occurred_at,
            )
            for event in told
            if event.subject in known
        ],
        ignore_conflicts=True,
    )


def _is_told_otherwise(event: OutboxEvent) -> bool:
    is_movement = event.name.startswith("loyalty.points_") and "transfer" in event.payload
    source = str(event.payload.get("source", "")).partition(":")[0]
    return is_movement and source in _TOLD_OTHERWISE


# --- Reading -----------------------------------------------------------------------------------

KINDS: dict[str, tuple[str, ...]] = {
    "joining": ("members.member_enrolled.v1", "members.membership_completed.v1"),
    "activities": ("members.activity_recorded.v1", "members.sale_claimed.v1"),
    "points": ("loyalty.points_%", "loyalty.expiry_%", "loyalty.hold_%", "loyalty.contributor_%"),
    "tiers": ("loyalty.tier_changed.v1",),
    "rewards": ("rewards.%",),
    "consents": ("members.consent_changed.v1",),
    "profile": (
        "members.profile_changed.v1",
        "members.answer_changed.v1",
        "members.preference_changed.v1",
    ),
    "cards": ("members.identifier_%", "members.card_%"),
    "merges": ("members.member_merged.v1", "members.member_parted.v1"),
    "messages": ("message",),
    "notes": ("note",),
    "desk": ("look",),
}
"""What the story can be narrowed to, and the names of the events that it is then."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a story: of one kind, over one channel, in a period; empty is all of it."""

    kind: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `cursor` is where the page after it begins."""

    at: datetime
    name: str
    payload: dict[str, Any]
    key: str

    @property
    def cursor(self) -> str:
        return f"{self.at.isoformat()}_{self.key}"


_SOURCES = """
SELECT e.occurred_at AS at, e.name, e.payload, 'e' || to_char(e.id, 'FM0000000000000000000') AS key
FROM members_timelineentry e WHERE e.member_id = %(member)s
UNION ALL
SELECT g.sent_at, 'message', jsonb_build_object('nl', g.title_nl, 'en', g.title_en, 'kind', g.kind,
    'is_read', g.read_at IS NOT NULL), 'm' || to_char(g.id, 'FM0000000000000000000')
FROM members_message g JOIN members_membership s ON s.id = g.membership_id
WHERE s.member_id = %(member)s
UNION ALL
SELECT n.written_at, 'note', jsonb_build_object('text', n.text, 'actor', n.author),
    'n' || to_char(n.id, 'FM0000000000000000000')
FROM members_note n WHERE n.member_id = %(member)s AND %(with_notes)s
UNION ALL
SELECT l.last_at, 'look', jsonb_build_object('actor', l.actor, 'role', l.role, 'what', l.what,
    'deed', l.deed), 'l' || to_char(l.id, 'FM0000000000000000000')
FROM members_memberlook l WHERE l.member_id = %(member)s AND l.deed <> 'SEEN'
"""
_STORY = f"""
SELECT told.at, told.name, told.payload, told.key FROM ({_SOURCES}) told
LEFT JOIN members_activity a ON told.name = 'members.activity_recorded.v1'
    AND a.id = (told.payload->>'activity')::uuid
WHERE (told.name LIKE ANY (%(names)s) OR cardinality(%(names)s) = 0)
  AND (%(channel)s = '' OR a.channel = %(channel)s)
  AND (%(since)s::timestamptz IS NULL OR told.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR told.at < %(until)s)
  AND (%(at)s::timestamptz IS NULL OR (told.at, told.key) < (%(at)s, %(key)s))
ORDER BY told.at DESC, told.key DESC LIMIT %(limit)s
"""  # noqa: S608  nothing but our own words is put in


def story(
    member_id: UUID, asked: Asked, *, before: str = "", limit: int = 50, with_notes: bool = False
) -> list[Told]:
    """What happened to a member over all channels, the latest first; `before` is a cursor seen.

    Events, messages, colleagues' deeds and, for who may read them, notes; in one query.
    """
    at, _, key = before.partition("_")
    with connection.cursor() as cursor:
        cursor.execute(
            _STORY,
            {
                "member": member_id,
                "with_notes": with_notes,
                "names": list(KINDS.get(asked.kind, ())),
                "channel": asked.channel,
                "since": asked.since,
                "until": asked.until,
                "at": _moment(at),
                "key": key,
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    return [Told(at=row[0], name=row[1], payload=_document(row[2]), key=row[3]) for row in rows]


def _document(payload: Any) -> dict[str, Any]:
    read: dict[str, Any] = msgspec.json.decode(payload) if isinstance(payload, str) else payload
    return read


def _moment(said: str) -> datetime | None:
    """A cursor's moment; nonsense begins anew."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
