"""What a campaign could show at all, by what members did lately; said before it begins."""

from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final, NamedTuple

from django.db import connection

from campaigns.experiments.power import size_for, smallest_effect
from campaigns.services.outcomes import value_of

SAMPLE: Final = 20_000  # members, of whom the spread is known well enough

_STATEMENT: Final = """
WITH sampled AS (
    SELECT m.id AS membership_id, %(at)s - %(days)s AS entered_at
    FROM members_membership m
    WHERE m.programme_id = %(programme)s AND m.joined_at <= %(at)s - %(days)s
    ORDER BY hashint8(m.id) LIMIT %(sample)s
), outcome AS (
    SELECT e.membership_id, {after} AS y, {before} AS x
    FROM sampled e
    JOIN ({deeds}) d ON d.membership_id = e.membership_id
        AND d.at >= e.entered_at - %(days)s AND d.at < e.entered_at + %(days)s
    GROUP BY e.membership_id
), each AS (
    SELECT coalesce(o.y, 0)::float8 AS y, coalesce(o.x, 0)::float8 AS x
    FROM sampled e LEFT JOIN outcome o USING (membership_id)
)
SELECT count(*), coalesce(avg(y), 0), coalesce(stddev_samp(y), 0), coalesce(regr_r2(y, x), 0)
FROM each
"""


class Detectable(NamedTuple):
    """The smallest effect that a campaign finds in four of five cases, per member.

    `mean` is what a member does now without it, in the goal's own unit, in `goal_days`. `part` is
    the effect as a part of that. Both are None when nothing can be shown: nobody is held out, or
    nobody did anything lately. `needed` is how many must enter to find an effect of a tenth.
    """

    mean: float
    smallest: float | None
    part: float | None
    needed: int | None


def detectable(
    *, programme_id: int, goal: str, goal_days: int, holdout: int, audience: int, at: datetime
) -> Detectable:
    """Say what could be shown if `audience` members enter, of whom `holdout` per cent get nothing.

    Reckoned from what a sample of all members did in the last `goal_days`, and before those.
    """
    deeds, after, before = value_of(goal)
    params: dict[str, Any] = {
        "at": at,
        "days": timedelta(days=goal_days),
        "programme": programme_id,
        "sample": SAMPLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT.format(deeds=deeds, after=after, before=before), params)
        _, mean, spread, explained = cursor.fetchone() or (0, 0.0, 0.0, 0.0)
    if not spread:
        return Detectable(mean, None, None, None)
    held = audience * holdout / 100
    smallest = smallest_effect(
        treated=audience - held, held=held, spread=spread, explained=explained
    )
    return Detectable(
        mean,
        smallest if isfinite(smallest) else None,
        smallest / mean if mean > 0 and isfinite(smallest) else None,
        size_for(mean / 10, holdout=holdout, spread=spread, explained=explained),
    )
