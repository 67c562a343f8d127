"""What the audit asks of activities: the same points in activity, lines, reasons and ledger."""

from loyalty.services.audit import register_check

BOOKED = """
    SELECT coalesce(a.id::text, t.source || ':' || t.external_id) AS activity,
           a.points, t.points AS booked
    FROM (SELECT a.*, m.holder FROM members_activity a
          LEFT JOIN members_membership m ON m.id = a.membership_id WHERE a.points > 0) a
    FULL JOIN (SELECT t.*, c.holder FROM loyalty_transfer t
               LEFT JOIN loyalty_account c ON c.id = t.credit_account_id
               WHERE t.source LIKE 'activity:%%') t
           ON t.source = 'activity:' || a.source AND t.external_id = a.external_id
          AND t.holder = a.holder
    WHERE a.points IS DISTINCT FROM t.points OR t.kind <> 'EARN'
       OR a.balance_after <> t.credit_before + t.points
"""

EXPLAINED = """
    SELECT a.id AS activity, a.points, l.points AS in_lines
    FROM members_activity a
    LEFT JOIN (SELECT activity_id, sum(points) AS points FROM members_activityline
               GROUP BY activity_id) l ON l.activity_id = a.id
    WHERE a.points <> coalesce(l.points, 0) + (a.award ->> 'loose_points')::bigint
       OR a.points <> (a.award ->> 'points')::bigint
       OR a.points <> (SELECT coalesce(sum((reason ->> 'points')::bigint), 0)
                       FROM jsonb_array_elements(a.award -> 'reasons') AS reason)
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
        promise="Each activity with points has its transfer to its member, and the other way.",
        over="members_activity",
        sql=BOOKED,
    )
    register_check(
        name="points explained",
        promise="An activity's points are those of its lines and of its reasons.",
        over="members_activity",
        sql=EXPLAINED,
    )
    register_check(
        name="activities said",
        promise="Each activity has exactly one event in the outbox.",
        over="members_activity",
        sql=SAID,
    )
