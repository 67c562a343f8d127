"""What members did at each dose of a dose test, counted in one pass."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.experiments.dose import DoseArm
from campaigns.models import DoseTest

CHUNK: Final = 5_000

# Who had agreed to be told of offers when it began; only they can hear more or less, or leave.
_STATEMENT: Final = """
WITH last AS (
    SELECT DISTINCT ON (c.member_id, c.channel) c.member_id, c.is_given
    FROM members_consent c
    WHERE c.purpose = 'OFFERS' AND c.recorded_at <= %(since)s
    ORDER BY c.member_id, c.channel, c.recorded_at DESC, c.id DESC
), agreed AS (
    SELECT m.id, m.member_id FROM members_membership m
    WHERE m.programme_id = %(programme)s AND m.joined_at <= %(since)s
      AND m.member_id IN (SELECT member_id FROM last WHERE is_given)
), spent AS (
    SELECT a.membership_id,
           sum(CASE WHEN a.type = 'return' THEN -abs(a.amount) ELSE a.amount END) AS amount
    FROM members_activity a
    WHERE a.membership_id IN (SELECT id FROM agreed) AND a.type IN ('purchase', 'return')
      AND a.occurred_at >= %(since)s AND a.occurred_at < %(until)s
    GROUP BY a.membership_id
), withdrawn AS (
    SELECT DISTINCT c.member_id FROM members_consent c
    WHERE c.purpose = 'OFFERS' AND NOT c.is_given
      AND c.recorded_at > %(since)s AND c.recorded_at < %(until)s
), told AS (
    SELECT d.membership_id, count(*) AS sent FROM campaigns_dispatch d
    WHERE d.nature = 'MARKETING' AND d.sent_at >= %(since)s AND d.sent_at < %(until)s
    GROUP BY d.membership_id
), said AS (
    SELECT d.membership_id, bool_or(e.kind = 'UNSUBSCRIBED') AS is_out,
           bool_or(e.kind = 'COMPLAINED') AS is_cross
    FROM campaigns_dispatchevent e JOIN campaigns_dispatch d ON d.id = e.dispatch_id
    WHERE e.kind IN ('UNSUBSCRIBED', 'COMPLAINED') AND d.nature = 'MARKETING'
      AND e.at >= %(since)s AND e.at < %(until)s
    GROUP BY d.membership_id
)
SELECT g.member_id, coalesce(s.amount, 0)::float8, coalesce(t.sent, 0),
       w.member_id IS NOT NULL OR coalesce(x.is_out, FALSE), coalesce(x.is_cross, FALSE)
FROM agreed g
LEFT JOIN spent s ON s.membership_id = g.id
LEFT JOIN withdrawn w ON w.member_id = g.member_id
LEFT JOIN told t ON t.membership_id = g.id
LEFT JOIN said x ON x.membership_id = g.id
"""


class Counted:
    """One dose, as it is counted: how many, what they spent (with its spread), who left."""

    def __init__(self, dose: int) -> None:
        self.dose = dose
        self.n = self.sent = self.opted_out = self.complained = 0
        self.mean = self._squares = 0.0

    def add(self, spent: float, sent: int, is_out: bool, is_cross: bool) -> None:
        """Count one member (Welford's way, which stays exact for many)."""
        self.n += 1
        step = spent - self.mean
        self.mean += step / self.n
        self._squares += step * (spent - self.mean)
        self.sent += sent
        self.opted_out += is_out
        self.complained += is_cross

    @property
    def arm(self) -> DoseArm:
        spread = (self._squares / max(self.n - 1, 1)) ** 0.5
        return DoseArm(self.dose, self.n, self.mean, spread, self.opted_out, self.complained)


def counts_of(test: DoseTest, dose_of: Callable[[UUID], int | None], at: datetime) -> list[Counted]:
    """Count everybody who takes part, by the dose drawn for them; memory stays bounded."""
    doses = {dose: Counted(dose) for dose in test.doses}
    params = {"programme": test.programme_id, "since": test.starts_at, "until": at}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, params)
        while rows := cursor.fetchmany(CHUNK):
            for member_id, *did in rows:
                dose = dose_of(member_id)
                if dose is not None:
                    doses[dose].add(*did)
    return [each for each in doses.values() if each.n]
