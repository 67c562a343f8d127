"""What the audit asks of activities: the same points in activity, lines, reasons and ledger."""

from loyalty.services.audit import register_check

# What each activity was granted and what went back of it, by unit, from both sides of the books:
# the awards say it, and the transfers under the activity's keys. Until rule sets were kept, an
# activity had one transfer under its own key.
BOOKED = """
    WITH granted AS (
        SELECT a.id, u.id AS unit, g.points, m.holder
        FROM members_activity a
        JOIN members_membership m ON m.id = a.membership_id
        CROSS JOIN LATERAL (
            SELECT coalesce(grants ->> 'unit', 'points') AS code,
                   sum((grants ->> 'points')::bigint) AS points
            FROM jsonb_array_elements(
                CASE WHEN a.rule_set_id IS NULL AND a.points > 0
                     THEN jsonb_build_array(jsonb_build_object('points', a.points))
                     ELSE coalesce(a.award -> 'grants', '[]') END) AS grants
            GROUP BY 1) g
        JOIN loyalty_unit u ON u.programme_id = a.programme_id AND u.code = g.code
    ), worth AS (
        SELECT DISTINCT ON (r.activity_id) r.activity_id AS id, r.award
        FROM members_activityrevision r ORDER BY r.activity_id, r.number DESC
    ), left_over AS (
        SELECT w.id, u.id AS unit, g.points
        FROM worth w JOIN members_activity a ON a.id = w.id
        CROSS JOIN LATERAL (
            SELECT coalesce(grants ->> 'unit', 'points') AS code,
                   sum((grants ->> 'points')::bigint) AS points
            FROM jsonb_array_elements(coalesce(w.award -> 'grants', '[]')) AS grants
            GROUP BY 1) g
        JOIN loyalty_unit u ON u.programme_id = a.programme_id AND u.code = g.code
    ), moved AS (
        SELECT coalesce(old.id, split_part(t.external_id, ':', 1)::uuid) AS id,
               c.unit_id AS unit, t.kind, t.points, t.external_id, t.credit_before,
               coalesce(c.holder, d.holder) AS holder, old.balance_after
        FROM loyalty_transfer t
        JOIN loyalty_account c ON c.id = t.credit_account_id
        JOIN loyalty_account d ON d.id = t.debit_account_id
        LEFT JOIN members_activity old
               ON t.source = 'activity:' || old.source AND t.external_id = old.external_id
              AND old.programme_id = (SELECT programme_id FROM loyalty_unit WHERE id = c.unit_id)
        WHERE t.source = 'activity' OR old.id IS NOT NULL
    ), booked AS (
        SELECT id, unit, max(holder::text) AS holder, count(DISTINCT holder) AS holders,
               coalesce(sum(points) FILTER (
                   WHERE kind = 'EARN' AND external_id NOT LIKE '%%:r%%'), 0) AS first,
               coalesce(sum(points) FILTER (
                   WHERE kind = 'EARN' AND external_id LIKE '%%:r%%'), 0) AS further,
               coalesce(sum(points) FILTER (WHERE kind IN ('RETURN', 'OWE')), 0) AS back
        FROM moved WHERE kind NOT IN ('REDEEM', 'RESTORE') GROUP BY id, unit
    )
    SELECT coalesce(g.id, b.id)::text AS activity, g.points, b.first AS booked
    FROM granted g
    FULL JOIN booked b ON b.id = g.id AND b.unit = g.unit
    LEFT JOIN worth w ON w.id = coalesce(g.id, b.id)
    LEFT JOIN left_over l ON l.id = coalesce(g.id, b.id) AND l.unit = coalesce(g.unit, b.unit)
    WHERE coalesce(g.points, 0) <> coalesce(b.first, 0)
       OR NOT EXISTS (SELECT FROM members_activity a WHERE a.id = coalesce(g.id, b.id))
       OR b.holders > 1 OR b.holder <> g.holder::text
       OR w.id IS NULL AND b.further + b.back > 0
       OR w.id IS NOT NULL AND b.first + b.further - b.back < coalesce(l.points, 0)
    UNION ALL
    SELECT a.id::text, a.points, NULL FROM members_activity a
    LEFT JOIN members_membership m ON m.id = a.membership_id
    WHERE m.id IS NULL OR m.programme_id <> a.programme_id
"""

EXPLAINED = """
    SELECT a.id AS activity, a.points, l.points AS in_lines
    FROM members_activity a
    LEFT JOIN (SELECT activity_id, sum(points) AS points FROM members_activityline
               GROUP BY activity_id) l ON l.activity_id = a.id
    WHERE a.points <> coalesce(l.points, 0) + coalesce((a.award ->> 'loose_points')::bigint, 0)
       OR a.points <> coalesce((a.award ->> 'points')::bigint, 0)
       OR a.original = '' AND EXISTS (
            SELECT FROM (
                SELECT coalesce(reason ->> 'unit', 'points') AS unit,
                       coalesce((reason ->> 'points')::bigint, 0) AS points
                FROM jsonb_array_elements(coalesce(a.award -> 'reasons', '[]')) AS reason
                UNION ALL
                SELECT 'points', -a.points WHERE a.rule_set_id IS NULL
                UNION ALL
                SELECT coalesce(granted ->> 'unit', 'points'), -(granted ->> 'points')::bigint
                FROM jsonb_array_elements(coalesce(a.award -> 'grants', '[]')) AS granted
            ) said GROUP BY unit HAVING sum(points) <> 0)
"""

SAID = """
    SELECT coalesce(a.id::text, e.activity) AS activity, a.points, e.points AS said, e.times
    FROM members_activity a
    FULL JOIN (SELECT payload ->> 'activity' AS activity, count(*) AS times,
                      sum((payload ->> 'points')::bigint) AS points
               FROM loyalty_outboxevent WHERE name = 'members.activity_recorded.v1'
               GROUP BY payload ->> 'activity') e ON e.activity = a.id::text
    WHERE e.times IS DISTINCT FROM 1 OR a.points IS DISTINCT FROM e.points
"""


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    register_check(
        name="activities booked",
        promise="What an activity grants is booked to its member, what went back of it too.",
        over="members_activity",
        sql=BOOKED,
    )
    register_check(
        name="points explained",
        promise="An activity's points are those of its lines, its grants and its reasons.",
        over="members_activity",
        sql=EXPLAINED,
    )
    register_check(
        name="activities said",
        promise="Each activity has exactly one event in the outbox.",
        over="members_activity",
        sql=SAID,
    )
