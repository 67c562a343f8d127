"""What became of everybody who entered a campaign, summed up for each arm in one statement.

Each member counts once, from the first time they entered, in the arm drawn then: those held out
too, and those whom no message ever reached. Only members whose days for the goal are over count.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import connection

from campaigns.experiments.reading import ArmSums
from campaigns.experiments.statistics import Moments
from campaigns.models import Campaign

Goal = Campaign.Goal

_BOUGHT: Final = """
    SELECT a.membership_id, a.occurred_at AS at,
           CASE WHEN a.type = 'return' THEN -abs(a.amount) ELSE a.amount END AS amount,
           (a.type = 'purchase')::int AS times
    FROM members_activity a WHERE a.type IN ('purchase', 'return')
"""
_REDEEMED: Final = """
    SELECT r.membership_id, r.redeemed_at AS at, 0 AS amount, 1 AS times
    FROM rewards_redemption r WHERE r.state IN ('CAPTURED', 'FULFILLED')
"""
_VALUE: Final = {
    Goal.SPEND: (_BOUGHT, "coalesce(sum(d.amount) FILTER (WHERE {of}), 0)"),
    Goal.PURCHASED: (_BOUGHT, "coalesce(max(d.times) FILTER (WHERE {of}), 0)"),
    Goal.PURCHASES: (_BOUGHT, "coalesce(sum(d.times) FILTER (WHERE {of}), 0)"),
    Goal.REDEEMED: (_REDEEMED, "coalesce(max(d.times) FILTER (WHERE {of}), 0)"),
}
# A step's cost is what it says itself, else its points at what a point is worth.
_SUMS: Final = """
WITH entered AS (
    SELECT DISTINCT ON (p.membership_id) p.membership_id, p.arm, p.entered_at
    FROM campaigns_participant p
    WHERE p.campaign_id = %(campaign)s AND p.entered_at <= %(at)s
    ORDER BY p.membership_id, p.entered_at, p.id
), ripe AS (
    SELECT * FROM entered WHERE entered_at <= %(at)s - %(days)s
), outcome AS (
    SELECT e.membership_id, {after} AS y, {before} AS x
    FROM ripe e
    JOIN ({deeds}) d ON d.membership_id = e.membership_id
        AND d.at >= e.entered_at - %(days)s AND d.at < e.entered_at + %(days)s
    GROUP BY e.membership_id
), cost AS (
    SELECT e.membership_id,
           sum(coalesce((s.params ->> 'cost')::numeric,
                        (s.params ->> 'points')::numeric * %(worth)s, 0)) AS cost
    FROM ripe e
    JOIN campaigns_participant p
        ON p.campaign_id = %(campaign)s AND p.membership_id = e.membership_id
    JOIN campaigns_steptaken s ON s.participant_id = p.id AND s.outcome = 'done'
        AND s.taken_at < e.entered_at + %(days)s
    GROUP BY e.membership_id
), each AS (
    SELECT e.arm, coalesce(o.y, 0)::float8 AS y, coalesce(o.x, 0)::float8 AS x,
           coalesce(c.cost, 0)::float8 AS cost
    FROM ripe e
    LEFT JOIN outcome o USING (membership_id)
    LEFT JOIN cost c USING (membership_id)
)
SELECT arm, count(*), avg(y), avg(x), regr_syy(y, x), regr_sxx(y, x), regr_sxy(y, x),
       avg(y - cost), regr_syy(y - cost, x), regr_sxy(y - cost, x), avg(cost)
FROM each GROUP BY arm
"""
_ENTERED: Final = """
SELECT f.version, f.arm, count(*)
FROM (
    SELECT DISTINCT ON (p.membership_id) p.version, p.arm
    FROM campaigns_participant p
    WHERE p.campaign_id = %(campaign)s AND p.entered_at <= %(at)s
    ORDER BY p.membership_id, p.entered_at, p.id
) f GROUP BY f.version, f.arm
"""
_SPENT: Final = """
SELECT coalesce(sum(coalesce((s.params ->> 'cost')::numeric,
                             (s.params ->> 'points')::numeric * %(worth)s, 0)), 0),
       coalesce(sum((s.params ->> 'points')::numeric), 0)
FROM campaigns_steptaken s
JOIN campaigns_participant p ON p.id = s.participant_id
WHERE p.campaign_id = %(campaign)s AND s.outcome = 'done' AND s.taken_at <= %(at)s
"""


class Spent(msgspec.Struct, frozen=True):
    """What a campaign gave away in all, up to a moment."""

    cost: Decimal
    points: int


def value_of(goal: str) -> tuple[str, str, str]:
    """Return what a goal is counted from, and its sum after entering and before, in SQL."""
    deeds, value = _VALUE[Goal(goal)]
    after, before = (f"d.at {side} e.entered_at" for side in (">=", "<"))
    return deeds, value.format(of=after), value.format(of=before)


def sums_of(campaign: Campaign, at: datetime) -> dict[str, ArmSums]:
    """Return each arm's outcome, summed up, of those whose days are over."""
    deeds, after, before = value_of(campaign.goal)
    statement = _SUMS.format(deeds=deeds, after=after, before=before)
    arms = {}
    for arm, n, y, x, syy, sxx, sxy, net, net_syy, net_sxy, cost in _rows(statement, campaign, at):
        arms[arm] = ArmSums(
            Moments(n, y, x, syy, sxx, sxy), Moments(n, net, x, net_syy, sxx, net_sxy), cost
        )
    return arms


def entered_by_version(campaign: Campaign, at: datetime) -> dict[int, dict[str, int]]:
    """Return how many members entered first by each version, arm by arm."""
    found: dict[int, dict[str, int]] = {}
    for version, arm, count in _rows(_ENTERED, campaign, at):
        found.setdefault(version, {})[arm] = count
    return found


def spent_by(campaign: Campaign, at: datetime) -> Spent:
    """Return what the campaign gave away."""
    [(cost, points)] = _rows(_SPENT, campaign, at)
    return Spent(Decimal(cost), int(points))


def _rows(statement: str, campaign: Campaign, at: datetime) -> Iterator[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "campaign": campaign.pk,
        "at": at,
        "days": timedelta(days=campaign.goal_days),
        "worth": campaign.programme.point_worth,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        yield from cursor.fetchall()
