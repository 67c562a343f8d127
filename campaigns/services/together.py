"""What all marketing together caused: everybody beside those who are held out of everything."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from campaigns.experiments.allocation import HOLDOUT
from campaigns.experiments.figures import Figures
from campaigns.experiments.reading import ArmSums, read
from campaigns.experiments.statistics import Moments, sample_ratio
from campaigns.models import Campaign
from campaigns.services.policies import policy_of
from loyalty.models import Programme

SPANS: Final = (30, 90, 180, 365)  # days that can be looked at
REST: Final = "main"
FEWEST_PLANNED: Final = 1_000

# `signed` is a member's place in the draw of campaigns.experiments.allocation, as 64 bits.
_SUMS: Final = """
WITH drawn AS (
    SELECT m.id, ('x' || left(encode(sha256(convert_to(
               %(salt)s || ':' || m.member_id, 'UTF8')), 'hex'), 16))::bit(64)::bigint AS signed
    FROM members_membership m
    JOIN members_member p ON p.id = m.member_id
    WHERE m.programme_id = %(programme)s AND m.joined_at <= %(from)s
      AND p.erased_at IS NULL AND p.merged_into_id IS NULL
), asked AS (
    SELECT id, CASE WHEN (signed + CASE WHEN signed < 0 THEN 18446744073709551616 ELSE 0 END)
                         * 100 < %(holdout)s * 18446744073709551616
               THEN %(held)s ELSE %(rest)s END AS arm
    FROM drawn
), bought AS (
    SELECT a.membership_id,
           sum(v.amount) FILTER (WHERE a.occurred_at > %(from)s) AS y,
           sum(v.amount) FILTER (WHERE a.occurred_at <= %(from)s) AS x
    FROM members_activity a
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.type = 'return' THEN -abs(a.amount) ELSE a.amount END AS amount) v
    WHERE a.programme_id = %(programme)s AND a.type IN ('purchase', 'return')
      AND a.occurred_at > %(before)s AND a.occurred_at <= %(at)s
    GROUP BY a.membership_id
), given AS (
    SELECT p.membership_id,
           sum(coalesce((s.params ->> 'cost')::numeric,
                        (s.params ->> 'points')::numeric * %(worth)s, 0)) AS cost,
           coalesce(sum((s.params ->> 'points')::numeric), 0) AS points
    FROM campaigns_steptaken s
    JOIN campaigns_participant p ON p.id = s.participant_id
    JOIN campaigns_campaign c ON c.id = p.campaign_id AND c.programme_id = %(programme)s
    WHERE s.outcome = 'done' AND s.taken_at > %(from)s AND s.taken_at <= %(at)s
    GROUP BY p.membership_id
), each AS (
    SELECT d.arm, coalesce(b.y, 0)::float8 AS y, coalesce(b.x, 0)::float8 AS x,
           coalesce(g.cost, 0)::float8 AS cost, coalesce(g.points, 0) AS points
    FROM asked d
    LEFT JOIN bought b ON b.membership_id = d.id
    LEFT JOIN given g ON g.membership_id = d.id
)
SELECT arm, count(*), avg(y), avg(x), regr_syy(y, x), regr_sxx(y, x), regr_sxy(y, x),
       avg(y - cost), regr_syy(y - cost, x), regr_sxy(y - cost, x), avg(cost), sum(points)
FROM each GROUP BY arm
"""


def figures_together(*, programme: Programme, days: int, at: datetime) -> Figures:
    """Compare what members spent in the last `days` with those held out of everything.

    Only who was a member before those days counts; what each spent in as many days before narrows
    the margins. Anybody may look at any time, so the margins hold at every look together. The lot
    is drawn again here: it is told from it, not from what was or was not sent.
    """
    policy = policy_of(programme_id=programme.pk)
    holdout = policy.holdout if policy.pk else 0  # one that was never set has held out nobody
    arms: dict[str, ArmSums] = {}
    points = 0
    for arm, n, y, x, syy, sxx, sxy, net, net_syy, net_sxy, cost, given in _rows(
        {
            "programme": programme.pk,
            "salt": policy.salt,
            "holdout": holdout,
            "from": at - timedelta(days=days),
            "before": at - timedelta(days=2 * days),
            "at": at,
            "worth": programme.point_worth or Decimal(0),
            "held": HOLDOUT,
            "rest": REST,
        }
    ):
        arms[arm] = ArmSums(
            Moments(n, y, x, syy, sxx, sxy), Moments(n, net, x, net_syy, sxx, net_sxy), cost
        )
        points += int(given)
    return _figures(arms, holdout, points, days=days, at=at)


def _figures(
    arms: dict[str, ArmSums], holdout: int, points: int, *, days: int, at: datetime
) -> Figures:
    counts = {arm: sums.value.n for arm, sums in arms.items()}
    whole = sum(counts.values())
    expected = {HOLDOUT: whole * holdout / 100, REST: whole * (100 - holdout) / 100}
    expected = {arm: n for arm, n in expected.items() if n > 0}
    ratio = sample_ratio(counts, expected)
    planned = max(FEWEST_PLANNED, whole)
    found = read(
        arms, sample_ratio=ratio, planned=planned, is_final=False, is_share=False, is_money=True
    )
    held, rest = arms.get(HOLDOUT), arms.get(REST)
    return Figures(
        goal=Campaign.Goal.SPEND,
        goal_days=days,
        verdict=found.verdict,
        is_final=False,
        counted_at=at.isoformat(),
        entered=whole,
        ripe=whole,
        held=held.value.n if held else 0,
        held_mean=held.value.mean_y if held else 0.0,
        before_treated=rest.value.mean_x if rest else 0.0,
        before_held=held.value.mean_x if held else 0.0,
        overall=found.overall,
        sample_ratio=ratio,
        arms=counts,
        expected=expected,
        explained=found.explained,
        smallest=found.smallest,
        planned=planned,
        cost=rest.cost * rest.value.n if rest else 0.0,
        points=points,
    )


def _rows(params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, params)
        return list(cursor.fetchall())
