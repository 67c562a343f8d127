"""What members seem to like, from what they buy; only of those who agreed to that.

Set by set in the database: the share of each category and brand in what a member spent in the past
year, and of each shop in their visits. The same purchases always give the same conclusions, and
each can be told: "because 60% of what you bought was paint".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from members.models import Preference, Purpose
from members.services.consents import agreeing

YEAR = timedelta(days=365)
FEWEST = 2
"""Purchases before anything is concluded."""
MOST = 5
"""Of each kind, the strongest."""
LEAST = {
    Preference.Kind.CATEGORY: 15,
    Preference.Kind.BRAND: 15,
    Preference.Kind.STORE: 40,
}
"""Of 100: what is less of what somebody bought says nothing."""

_SPENT = """
    SELECT a.membership_id, l.{column} AS key, sum(l.amount) AS spent,
           sum(sum(l.amount)) OVER (PARTITION BY a.membership_id) AS total
    FROM ours a JOIN members_activityline l ON l.activity_id = a.id
    WHERE l.amount > 0 AND l.kind = 'GOODS'
      AND NOT EXISTS (
          SELECT FROM members_activity back
          WHERE back.programme_id = %(programme)s
            AND back.original = a.source || ':' || a.external_id
            AND (EXISTS (SELECT FROM members_activityline part
                         WHERE part.activity_id = back.id AND part.of_line = l.number)
                 OR NOT EXISTS (SELECT FROM members_activityline part
                                WHERE part.activity_id = back.id)))
    GROUP BY a.membership_id, l.{column}
"""
_VISITED = """
    SELECT membership_id, location AS key, count(*) AS spent,
           sum(count(*)) OVER (PARTITION BY membership_id) AS total
    FROM ours WHERE channel = 'store' GROUP BY membership_id, location
"""
_SHARES = {
    Preference.Kind.CATEGORY: _SPENT.format(column="category"),
    Preference.Kind.BRAND: _SPENT.format(column="brand"),
    Preference.Kind.STORE: _VISITED,
}
# Of two that weigh the same the first by name goes first, so that the same always comes out.
_INFER = """
WITH ours AS MATERIALIZED (
    SELECT a.id, a.membership_id, a.source, a.external_id, a.location, a.channel
    FROM members_activity a
    WHERE a.programme_id = %(programme)s AND a.type = 'purchase'
      AND a.occurred_at > %(since)s AND a.occurred_at <= %(at)s
      AND a.membership_id IN (
          SELECT m.id FROM members_membership m
          WHERE m.programme_id = %(programme)s AND m.member_id = ANY(%(members)s))
), enough AS (
    SELECT membership_id FROM ours GROUP BY 1 HAVING count(*) >= %(fewest)s
), shares AS ({shares}), weighed AS (
    SELECT membership_id, key, floor(100 * spent / total)::int AS weight
    FROM shares JOIN enough USING (membership_id) WHERE total > 0 AND key <> ''
), strongest AS (
    SELECT membership_id, key, weight,
           row_number() OVER (PARTITION BY membership_id ORDER BY weight DESC, key) AS place
    FROM weighed WHERE weight >= %(least)s
), wanted AS (
    SELECT membership_id, key, weight FROM strongest WHERE place <= %(most)s
), gone AS (
    DELETE FROM members_preference p
    USING members_membership m
    WHERE m.id = p.membership_id AND m.programme_id = %(programme)s
      AND m.member_id = ANY(%(members)s)
      AND p.kind = %(kind)s AND p.source = 'INFERRED'
      AND NOT EXISTS (SELECT FROM wanted w
                      WHERE w.membership_id = p.membership_id AND w.key = p.key)
    RETURNING 1
), kept AS (
    INSERT INTO members_preference
        (membership_id, kind, key, source, is_liked, weight, said_at)
    SELECT membership_id, %(kind)s, key, 'INFERRED', true, weight, %(at)s FROM wanted
    ON CONFLICT (membership_id, kind, key) DO UPDATE
    SET weight = excluded.weight, said_at = excluded.said_at
    WHERE members_preference.source = 'INFERRED'
      AND members_preference.weight <> excluded.weight
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept) + (SELECT count(*) FROM gone)
"""
_OTHERS = """
DELETE FROM members_preference p USING members_membership m
WHERE m.id = p.membership_id AND m.programme_id = %s AND p.source = 'INFERRED'
  AND m.member_id <> ALL(%s)
"""
BATCH = 20_000


def infer_preferences(
    *, programme_id: int, at: datetime, member_ids: Sequence[UUID] | None = None
) -> int:
    """Conclude anew what members like, of everybody who agreed or of these; how many rows changed.

    Of whoever did not agree nothing is looked at, and what was concluded earlier goes. What a
    member said themselves is never touched.
    """
    agreed = agreeing(purpose=Purpose.PROFILING)
    of_programme = agreed.filter(member__memberships__programme=programme_id)
    if member_ids is not None:
        of_programme = of_programme.filter(member__in=member_ids)
    willing = list(of_programme.order_by("member_id").values_list("member_id", flat=True))
    changed = 0
    if member_ids is None:
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS, [programme_id, willing])
            changed = cursor.rowcount
    for start in range(0, len(willing), BATCH):
        changed += _infer(programme_id, willing[start : start + BATCH], at)
    return changed


@transaction.atomic
def _infer(programme_id: int, members: list[UUID], at: datetime) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for kind, shares in _SHARES.items():
            values: dict[str, Any] = {
                "programme": programme_id,
                "members": members,
                "since": at - YEAR,
                "at": at,
                "kind": kind.value,
                "fewest": FEWEST,
                "least": LEAST[kind],
                "most": MOST,
            }
            cursor.execute(_INFER.replace("{shares}", shares), values)
            [(count,)] = cursor.fetchall()
            changed += count
    return changed
