"""Which data a programme has of its members, and how reliable it is; what nobody uses any more."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection, transaction

from loyalty.errors import InvalidRequest
from loyalty.models import Programme, RuleSet
from members.models import Preference, ProfileField
from members.services import field_names
from members.services.field_use import UNUSED_AFTER, NamedUse, uses_of
from members.services.questions import stop_and_delete

_WHOLE = 100


class FieldQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One field: how many members have it, how many of those are proved right, and how old it is.

    `age` is the median in days, None where no moment is kept; `conflicts` how many have another
    answer beside it. `is_unused` when nothing used it for 90 days.
    """

    field: str
    title: Any
    members: int
    filled: int
    verified: int | None
    age: int | None
    conflicts: int
    uses: list[NamedUse]
    is_unused: bool

    @property
    def filled_share(self) -> int:
        return _share(self.filled, self.members)

    @property
    def verified_share(self) -> int | None:
        return None if self.verified is None else _share(self.verified, self.filled)


def _share(part: int, whole: int) -> int:
    return round(_WHOLE * part / whole) if whole else 0


class _Counted(msgspec.Struct, frozen=True):
    """What the database counts of one field."""

    filled: int
    verified: int | None
    age: int | None
    conflicts: int


_ARE = """
    SELECT m.id, m.given_name, m.family_name
    FROM members_member m
    JOIN members_membership s ON s.member_id = m.id AND s.programme_id = %(programme)s
    WHERE m.erased_at IS NULL AND m.merged_into_id IS NULL
"""
_AGE = "percentile_disc(0.5) WITHIN GROUP (ORDER BY EXTRACT(day FROM %(at)s - {moment}))::int"
_COUNT = f"""
WITH ours AS MATERIALIZED ({_ARE})
SELECT 'members', (SELECT count(*) FROM ours), NULL::bigint, NULL::int, 0::bigint
UNION ALL
SELECT 'member.name', count(*) FILTER (WHERE given_name <> '' OR family_name <> ''), NULL, NULL, 0
FROM ours
UNION ALL
SELECT 'member.' || lower(i.kind), count(DISTINCT i.member_id),
       count(DISTINCT i.member_id) FILTER (WHERE i.verified_at IS NOT NULL),
       {_AGE.format(moment="coalesce(i.verified_at, i.added_at)")}, 0
FROM ours JOIN members_identifier i ON i.member_id = ours.id
WHERE i.kind IN ('EMAIL', 'PHONE') GROUP BY i.kind
UNION ALL
SELECT 'profile:' || f.key, count(*), count(*) FILTER (WHERE a.confirmed_at IS NOT NULL),
       {_AGE.format(moment="coalesce(a.confirmed_at, a.answered_at)")},
       count(*) FILTER (WHERE jsonb_typeof(a.conflicting) = 'object')
FROM ours JOIN members_profileanswer a ON a.member_id = ours.id
JOIN members_profilefield f ON f.id = a.field_id AND f.programme_id = %(programme)s
GROUP BY f.key
UNION ALL
SELECT 'preference:' || lower(p.kind), count(DISTINCT p.membership_id),
       count(DISTINCT p.membership_id) FILTER (WHERE p.source = 'ASKED'),
       {_AGE.format(moment="p.said_at")}, 0
FROM members_membership s JOIN members_preference p ON p.membership_id = s.id
WHERE s.programme_id = %(programme)s GROUP BY p.kind
"""  # noqa: S608 - our own words


def data_quality(programme: Programme, *, at: datetime) -> list[FieldQuality]:
    """Every field that is kept of members: those of everybody, the questions, the preferences."""
    counted = _counted(programme.pk, at)
    members = counted["members"].filled
    uses = uses_of(programme.pk)
    today = at.astimezone(ZoneInfo(programme.time_zone)).date()
    nothing = _Counted(0, None, None, 0)
    return [
        FieldQuality(
            field=field,
            title=title,
            members=members,
            filled=members if field == field_names.LANGUAGE else found.filled,
            verified=found.verified,
            age=found.age,
            conflicts=found.conflicts,
            uses=uses.get(field, []),
            is_unused=_is_unused(uses.get(field, []), since, today),
        )
        for field, title, since in _fields(programme)
        for found in [counted.get(field, nothing)]
    ]


def _fields(programme: Programme) -> list[tuple[str, Any, date | None]]:
    """Each field with its title and the day from which it can have been used."""
    zone = ZoneInfo(programme.time_zone)
    questions = ProfileField.objects.filter(programme=programme).order_by("place", "pk")
    first = RuleSet.objects.filter(programme=programme).order_by("number").first()
    opened = first.since.astimezone(zone).date() if first else None
    return [
        *((field, title, None) for field, title in field_names.OF_EVERYBODY.items()),
        *(
            (field_names.of_question(q.key), str(q), q.created_at.astimezone(zone).date())
            for q in questions
        ),
        *(
            (field_names.of_preference(kind), title, opened)
            for kind, title in field_names.PREFERENCES.items()
        ),
    ]


def _is_unused(uses: list[NamedUse], since: date | None, today: date) -> bool:
    """Nothing used it for so long; what was not there so long ago gets the time to be used."""
    last = max((use.on for use in uses), default=since or date.min)
    return last < today - UNUSED_AFTER


def _counted(programme_id: int, at: datetime) -> dict[str, _Counted]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"programme": programme_id, "at": at})
        return {field: _Counted(*counts) for field, *counts in cursor.fetchall()}


@transaction.atomic
def stop_and_forget(*, programme_id: int, field: str, actor: str, at: datetime) -> int:
    """Ask for a question or a kind of preference no more, and delete what is known of it.

    How many answers or preferences went. Raises InvalidRequest for what members cannot do without.
    """
    if key := field_names.question_in(field):
        question = ProfileField.objects.filter(programme=programme_id, key=key).first()
        if question is not None:
            return stop_and_delete(field_id=question.pk, actor=actor, at=at)
    kind = field_names.preference_in(field)
    if kind not in Preference.Kind.values:
        raise InvalidRequest("This field cannot be deleted here.", field="field")
    known = Preference.objects.filter(membership__programme=programme_id, kind=kind)
    return known.delete()[0]


def may_be_forgotten(field: str) -> bool:
    """Whether `stop_and_forget` takes this field."""
    return bool(field_names.question_in(field) or field_names.preference_in(field))
