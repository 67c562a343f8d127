"""What the audit asks of activities: the same points in activity, lines, reasons and ledger."""

from loyalty.services.audit import Guard, register_check, register_closed

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
        SELECT id, unit, array_agg(DISTINCT holder) AS holders,
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
       OR EXISTS (
            SELECT FROM unnest(b.holders) AS h (holder)
            WHERE h.holder <> g.holder
              AND (h.holder, g.holder) NOT IN (SELECT holder, kin FROM audit_kin))
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


# A return that came before its sale counts only up to what is there; it and those after it are left
# out, as are parts that name no line of a sale with lines.
RETURNED = """
    SELECT s.id::text AS sale, l.number AS line, l.quantity, r.quantity AS returned
    FROM (SELECT coalesce(l.of_line, 0) AS number, a.programme_id, a.original,
                 min(a.id::text) AS first, sum(l.quantity) AS quantity, sum(l.amount) AS amount
          FROM members_activity a JOIN members_activityline l ON l.activity_id = a.id
          WHERE a.original <> '' GROUP BY 1, 2, 3) r
    JOIN members_activity s
      ON s.programme_id = r.programme_id AND s.source || ':' || s.external_id = r.original
    LEFT JOIN members_activityline l ON l.activity_id = s.id AND l.number = r.number
    WHERE NOT EXISTS (
            SELECT FROM members_activity early
            WHERE early.programme_id = s.programme_id AND early.original = r.original
              AND early.id < s.id)
      AND CASE WHEN r.number = 0 THEN r.amount > s.amount
               ELSE l.number IS NULL OR r.quantity > l.quantity OR r.amount > l.amount END
    UNION ALL
    SELECT w.id::text, NULL, w.points_paid, w.restored
    FROM (SELECT DISTINCT ON (a.id) a.id, a.points_paid,
                 coalesce((r.award ->> 'restored')::bigint, 0) AS restored
          FROM members_activity a JOIN members_activityrevision r ON r.activity_id = a.id
          ORDER BY a.id, r.number DESC) w
    LEFT JOIN (SELECT o.external_id AS paid_by, sum(t.points) AS points
               FROM loyalty_transfer t JOIN loyalty_transfer o ON o.id = t.reverses
               WHERE t.kind = 'RESTORE' AND t.source = 'activity' AND o.source = 'activity'
               GROUP BY o.external_id) b ON b.paid_by = w.id || ':p'
    WHERE w.restored > w.points_paid OR w.restored <> coalesce(b.points, 0)
    UNION ALL
    SELECT r.id::text, NULL, NULL, NULL FROM members_activity r
    JOIN members_activity s
      ON s.programme_id = r.programme_id AND s.source || ':' || s.external_id = r.original
    WHERE r.original <> '' AND (s.membership_id <> r.membership_id OR s.original <> '')
"""

# What each activity is worth by now says what it uses; of returns nothing is left to use.
SHARED = """
    WITH worth AS (
        SELECT DISTINCT ON (r.activity_id) r.activity_id AS id, r.award
        FROM members_activityrevision r ORDER BY r.activity_id, r.number DESC
    ), uses AS (
        SELECT a.programme_id AS programme, u.key, sum(u.value::bigint) AS used
        FROM members_activity a
        LEFT JOIN worth w ON w.id = a.id
        CROSS JOIN LATERAL jsonb_each_text(
            coalesce((CASE WHEN w.id IS NULL THEN a.award ELSE w.award END) -> 'uses', '{}')) u
        WHERE u.key LIKE '!%%' GROUP BY 1, 2
    )
    SELECT coalesce(l.programme, u.programme) AS programme, coalesce(l.key, u.key) AS limit,
           l.used AS kept, u.used AS uses
    FROM audit_limit l FULL JOIN uses u ON u.programme = l.programme AND u.key = l.key
    WHERE coalesce(l.used, 0) <> coalesce(u.used, 0)
"""

MOMENTS = """
    SELECT id::text AS activity, occurred_at, recorded_at FROM members_activity
    WHERE occurred_at > recorded_at + interval '5 minutes' OR occurred_at < '2000-01-01Z'
    UNION ALL
    SELECT r.activity_id::text, a.recorded_at, r.recorded_at
    FROM (SELECT v.*, row_number() OVER (PARTITION BY activity_id ORDER BY number) AS nth
          FROM members_activityrevision v) r
    LEFT JOIN members_activity a ON a.id = r.activity_id
    LEFT JOIN members_activity c ON c.id = r.cause
    LEFT JOIN members_merge g ON g.id = r.cause
    WHERE a.id IS NULL OR c.id IS NULL AND g.id IS NULL OR r.number <> r.nth
       OR r.recorded_at < a.recorded_at - interval '5 minutes'
"""

# The shell of somebody who was merged: nothing finds it, and what it did is the kept one's.
MERGED = """
    SELECT g.id::text AS merge, g.absorbed_id::text AS absorbed, m.merged_into_id::text AS into
    FROM members_merge g JOIN members_member m ON m.id = g.absorbed_id
    WHERE g.parted_at IS NULL AND (
        m.merged_into_id IS NULL OR m.user_id IS NOT NULL
        OR EXISTS (SELECT FROM members_identifier i WHERE i.member_id = m.id)
        OR EXISTS (SELECT FROM members_membership j JOIN members_activity a
                   ON a.membership_id = j.id WHERE j.member_id = m.id))
    UNION ALL
    SELECT NULL, m.id::text, m.merged_into_id::text FROM members_member m
    JOIN members_member k ON k.id = m.merged_into_id
    WHERE k.merged_into_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM members_merge g WHERE g.absorbed_id = m.id AND g.parted_at IS NULL)
"""

CLOSED = {
    "members_activity": Guard(["activity_append_only", "activity_no_truncate"]),
    "members_activityline": Guard(["activityline_append_only", "activityline_no_truncate"]),
    "members_activityrevision": Guard(
        ["activityrevision_append_only", "activityrevision_no_truncate"]
    ),
}


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
    register_check(
        name="I9 returns",
        promise="No more comes back than was bought, to whom it was sold; points paid once at most.",
        over="members_activity WHERE original <> ''",
        sql=RETURNED,
    )
    register_check(
        name="I18 shared limits",
        promise="What is used of a limit that members share is the sum of what activities use.",
        over="loyalty_limituse",
        sql=SHARED,
    )
    register_check(
        name="I14 activities",
        promise="Nothing happened after it was heard of; revisions follow each other, each caused.",
        over="members_activity",
        sql=MOMENTS,
    )
    register_check(
        name="merged members",
        promise="Of who was merged only a shell is left, and it leads to who was kept.",
        over="members_merge",
        sql=MERGED,
    )
    register_closed(
        name="I5 closed activities",
        promise="What was received and judged can only be read, and triggers guard it.",
        tables=CLOSED,
    )
