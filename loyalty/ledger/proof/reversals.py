"""What holds of points that go back, come back, or are set aside."""

from loyalty.ledger.proof.check import Check

# A further grant of an activity names the first one, and so adds to what can go back of it.
REVERSALS = Check(
    name="I8 reversals",
    promise="What is reversed is one earlier transfer of the same member, and no more than all of it.",
    over="loyalty_transfer WHERE reverses IS NOT NULL",
    sql="""
        SELECT t.id AS transfer, t.reverses, t.points, o.points AS original
        FROM loyalty_transfer t
        JOIN loyalty_account d ON d.id = t.debit_account_id
        JOIN loyalty_account c ON c.id = t.credit_account_id
        LEFT JOIN loyalty_transfer o ON o.id = t.reverses
        LEFT JOIN loyalty_account od ON od.id = o.debit_account_id
        LEFT JOIN loyalty_account oc ON oc.id = o.credit_account_id
        WHERE t.reverses IS NOT NULL AND (
            o.id IS NULL OR o.id >= t.id OR od.unit_id <> d.unit_id
            OR coalesce(d.holder, c.holder) IS DISTINCT FROM coalesce(od.holder, oc.holder)
               AND NOT (t.kind = 'RETURN' AND d.kind = 'EXPIRED')
               AND (coalesce(d.holder, c.holder), coalesce(od.holder, oc.holder))
                   NOT IN (SELECT holder, kin FROM audit_kin)
            OR CASE WHEN t.kind = 'RESTORE' THEN o.kind NOT IN ('REDEEM', 'DONATE', 'EXPIRE')
                    WHEN t.kind IN ('RETURN', 'OWE', 'CANCEL') THEN oc.kind <> 'MEMBER' END)
        UNION ALL
        SELECT NULL, o.id, greatest(b.returned, b.restored), o.points
        FROM (SELECT reverses,
                     coalesce(sum(points) FILTER (WHERE kind = 'EARN'), 0) AS further,
                     coalesce(sum(points) FILTER (WHERE kind IN ('RETURN', 'OWE', 'CANCEL')), 0)
                     AS returned,
                     coalesce(sum(points) FILTER (WHERE kind = 'RESTORE'), 0) AS restored
              FROM loyalty_transfer WHERE reverses IS NOT NULL GROUP BY reverses) b
        JOIN loyalty_transfer o ON o.id = b.reverses
        WHERE b.returned > o.points + b.further OR b.restored > o.points
    """,
)

# Of sliding lots the end has moved on since, so that it does not show any more what had lapsed.
RESTORED = Check(
    name="I9 restored",
    promise="Spent points come back to the lots that paid; only what had lapsed gets a new, nearer end.",
    over="loyalty_transfer WHERE kind = 'RESTORE'",
    sql="""
        SELECT b.original, b.lot, b.back, coalesce(p.paid, 0) AS paid
        FROM (SELECT t.reverses AS original, m.lot, sum(m.points) AS back,
                     bool_or(t.kind <> 'RESTORE') AS is_other
              FROM (SELECT lot, transfer, points FROM audit_lot_move WHERE points > 0
                    UNION ALL
                    SELECT l.origin, l.transfer, l.granted FROM audit_lot l
                    JOIN loyalty_transfer r ON r.id = l.transfer AND r.kind = 'RESTORE'
                    WHERE l.origin IS NOT NULL) m
              JOIN loyalty_transfer t ON t.id = m.transfer
              GROUP BY t.reverses, m.lot) b
        LEFT JOIN (SELECT transfer, lot, -sum(points) AS paid FROM audit_lot_move
                   WHERE points < 0 GROUP BY transfer, lot) p
               ON p.transfer = b.original AND p.lot = b.lot
        WHERE b.is_other OR b.back > coalesce(p.paid, 0)
        UNION ALL
        SELECT t.reverses, l.lot, l.granted, lapsed.points
        FROM loyalty_transfer t
        JOIN loyalty_transfer o ON o.id = t.reverses AND o.kind IN ('REDEEM', 'DONATE')
        JOIN audit_lot l ON l.transfer = t.id AND l.origin IS NULL
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(m.points), 0) AS points
            FROM audit_lot_move m JOIN audit_lot paid ON paid.lot = m.lot
            WHERE m.transfer = o.id AND m.points < 0
              AND (paid.is_sliding OR paid.expires_at <= t.recorded_at)) lapsed
        WHERE t.kind = 'RESTORE'
          AND (l.granted > lapsed.points OR l.expires_at IS NULL
               OR l.available_from <> t.recorded_at)
    """,
)

# A hold is live until it is ended or its time is up. The moment is the last that the books know
# of, so that the answer does not depend on when it is asked.
HOLDS = Check(
    name="I2 holds",
    promise="What is set aside is in the account; what was captured is exactly one spending.",
    over="loyalty_hold",
    sql="""
        SELECT NULL AS hold, a.id AS account, sum(h.points) AS held, a.balance
        FROM audit_hold h JOIN loyalty_account a ON a.id = h.account
        WHERE h.ended_at IS NULL AND h.expires_at > greatest(
            (SELECT max(recorded_at) FROM loyalty_transfer),
            (SELECT max(authorised_at) FROM audit_hold))
        GROUP BY a.id, a.balance HAVING sum(h.points) > a.balance
        UNION ALL
        SELECT h.hold, h.account, h.captured, t.points
        FROM audit_hold h LEFT JOIN loyalty_transfer t ON t.id = h.transfer
        WHERE h."end" = 'CAPTURED' AND (
                t.points IS DISTINCT FROM h.captured OR t.kind <> 'REDEEM'
                OR t.debit_account_id <> h.account
                OR (t.source, t.external_id) <> (h.source, h.external_id)
                OR h.ended_at >= h.expires_at)
           OR h.expires_at <= h.authorised_at OR h.ended_at < h.authorised_at
        UNION ALL
        SELECT min(h.hold), min(h.account), sum(h.captured), NULL
        FROM audit_hold h WHERE h.transfer IS NOT NULL GROUP BY h.transfer HAVING count(*) > 1
    """,
)

CHECKS = (HOLDS, REVERSALS, RESTORED)
