"""What holds of lots: what they granted, what paid, and when."""

from loyalty.ledger.proof.check import Check

LOTS = Check(
    name="I11 lots",
    promise="What a lot granted and what moved of it is what remains; each credit is in lots.",
    over="loyalty_lot",
    sql="""
        SELECT l.lot, l.transfer, l.granted, coalesce(m.points, 0) AS moved, l.remaining
        FROM audit_lot l
        LEFT JOIN (SELECT lot, sum(points) AS points FROM audit_lot_move GROUP BY lot) m
               ON m.lot = l.lot
        WHERE l.granted + coalesce(m.points, 0) <> l.remaining
           OR l.remaining NOT BETWEEN 0 AND l.granted
        UNION ALL
        SELECT NULL, coalesce(e.transfer, g.transfer), g.points, e.points, NULL
        FROM (SELECT * FROM audit_entry WHERE account_kind = 'MEMBER' AND points > 0) e
        FULL JOIN (
            SELECT transfer, account, sum(points) AS points FROM (
                SELECT transfer, account, granted AS points FROM audit_lot
                UNION ALL
                SELECT m.transfer, l.account, m.points
                FROM audit_lot_move m JOIN audit_lot l USING (lot) WHERE m.points > 0
            ) given GROUP BY transfer, account
        ) g ON g.transfer = e.transfer AND g.account = e.account
        WHERE g.points IS DISTINCT FROM e.points
    """,
)

ALLOCATIONS = Check(
    name="I11 allocations",
    promise="Each transfer from a member is paid in full by lots of that member.",
    over="loyalty_lotmove",
    sql="""
        SELECT coalesce(e.transfer, m.transfer) AS transfer, e.points, m.points AS paid
        FROM (SELECT * FROM audit_entry WHERE account_kind = 'MEMBER' AND points < 0) e
        FULL JOIN (SELECT m.transfer, l.account, sum(m.points) AS points
                   FROM audit_lot_move m LEFT JOIN audit_lot l USING (lot)
                   WHERE m.points < 0 GROUP BY m.transfer, l.account) m
               ON m.transfer = e.transfer AND m.account = e.account
        WHERE e.points IS DISTINCT FROM m.points
    """,
)

# A capture is as of the moment of its hold. What is taken back or cancelled may be pending, or have
# lapsed unbooked; a merge takes what waits along; the end of sliding lots is not in the lot.
IN_TIME = Check(
    name="I12 in time",
    promise="Points were spent while they were usable, and lapsed only when their time was up.",
    over="loyalty_lotmove",
    sql="""
        SELECT m.lot, m.transfer, t.kind, t.recorded_at, l.available_from, l.expires_at
        FROM audit_lot_move m
        JOIN loyalty_lot l ON l.id = m.lot
        JOIN loyalty_transfer t ON t.id = m.transfer
        LEFT JOIN loyalty_hold h ON h.transfer = t.id AND t.kind = 'REDEEM'
        WHERE m.points < 0 AND t.kind NOT IN ('RETURN', 'CANCEL')
          AND (t.kind, t.source) <> ('MOVE', 'merge') AND CASE
            WHEN t.kind = 'EXPIRE' THEN coalesce(l.expires_at > t.recorded_at, NOT l.is_sliding)
            ELSE coalesce(l.available_from > t.recorded_at, true)
                 OR l.expires_at <= coalesce(h.authorised_at, t.recorded_at) END
    """,
)

DATES = Check(
    name="I11 dates",
    promise="A lot has the dates that its last change says, and each change follows the one before.",
    over="loyalty_lotchange",
    sql="""
        SELECT c.lot, c.change, c.deed FROM (
            SELECT h.*, row_number() OVER chain AS nth,
                   lag(available_from) OVER chain AS was_from, lag(expires_at) OVER chain AS was_until,
                   lead(change) OVER chain IS NULL AS is_last
            FROM audit_lot_change h WINDOW chain AS (PARTITION BY lot ORDER BY change)
        ) c
        LEFT JOIN audit_lot l ON l.lot = c.lot
        WHERE l.lot IS NULL OR c.actor = ''
           OR c.nth > 1 AND (c.available_before, c.expires_before)
              IS DISTINCT FROM (c.was_from, c.was_until)
           OR c.is_last AND (l.available_from, l.expires_at)
              IS DISTINCT FROM (c.available_from, c.expires_at)
    """,
)

# The end of a sliding lot becomes a date when it moves; a lot whose dates were changed since no
# longer shows what it had.
MOVED = Check(
    name="I11 moved",
    promise="Points that move between members keep the dates that they had.",
    over="loyalty_lot",
    sql="""
        WITH moves AS (
            SELECT t.id FROM loyalty_transfer t
            WHERE t.kind = 'MOVE' AND NOT EXISTS (
                SELECT FROM (SELECT m.lot FROM audit_lot_move m WHERE m.transfer = t.id
                             UNION ALL SELECT l.lot FROM audit_lot l WHERE l.transfer = t.id) own
                JOIN audit_lot l ON l.lot = own.lot
                LEFT JOIN audit_lot_change c ON c.lot = own.lot AND c.recorded_at >= t.recorded_at
                WHERE l.is_sliding OR c.lot IS NOT NULL)
        ), given AS (
            SELECT l.transfer, l.available_from, l.expires_at, sum(l.granted) AS points
            FROM audit_lot l WHERE l.transfer IN (SELECT id FROM moves) GROUP BY 1, 2, 3
        ), taken AS (
            SELECT m.transfer, l.available_from, l.expires_at, -sum(m.points) AS points
            FROM audit_lot_move m JOIN audit_lot l ON l.lot = m.lot
            WHERE m.transfer IN (SELECT id FROM moves) GROUP BY 1, 2, 3
        )
        (SELECT 'given' AS side, * FROM (SELECT * FROM given EXCEPT ALL SELECT * FROM taken) more)
        UNION ALL
        (SELECT 'taken', * FROM (SELECT * FROM taken EXCEPT ALL SELECT * FROM given) less)
    """,
)

SLIDES = Check(
    name="I12 slides",
    promise="Points that end by inactivity live as long as the last activity lets them.",
    over="loyalty_slide",
    sql="""
        SELECT a.id AS account, a.lapses_at, s.lapses_at AS slid_to
        FROM loyalty_account a
        FULL JOIN (SELECT account, max(lapses_at) AS lapses_at, bool_or(lapses_at <= effective_at)
                          AS is_backwards
                   FROM audit_slide GROUP BY account) s ON s.account = a.id
        WHERE a.lapses_at IS DISTINCT FROM s.lapses_at OR s.is_backwards
    """,
)

# What is restored to a lot's successor was paid by the lot.
ORIGINS = Check(
    name="I11 origins",
    promise="A lot that was another is of the same person, and no more than was taken from that.",
    over="loyalty_lot WHERE origin_id IS NOT NULL",
    sql="""
        SELECT l.lot, l.origin, l.transfer, l.granted, -m.points AS taken
        FROM audit_lot l
        JOIN loyalty_transfer t ON t.id = l.transfer
        LEFT JOIN audit_lot o ON o.lot = l.origin
        LEFT JOIN audit_lot_move m
               ON m.lot = l.origin AND m.points < 0
              AND m.transfer = CASE WHEN t.kind = 'MOVE' THEN t.id ELSE t.reverses END
        LEFT JOIN loyalty_account a ON a.id = l.account
        LEFT JOIN loyalty_account b ON b.id = o.account
        WHERE l.origin IS NOT NULL AND (
            o.lot IS NULL OR o.lot >= l.lot OR m.points IS NULL OR l.granted > -m.points
            OR t.kind NOT IN ('MOVE', 'RESTORE') OR t.kind = 'MOVE' AND l.granted <> -m.points
            OR a.unit_id <> b.unit_id OR a.holder = b.holder
            OR (a.holder, b.holder) NOT IN (SELECT holder, kin FROM audit_kin))
    """,
)

# The absorbed holder has nothing while the two are one.
MERGED = Check(
    name="I2 merged holders",
    promise="Who was merged holds and owes nothing, and is parted only after that.",
    over="loyalty_holdermerge",
    sql="""
        SELECT g.absorbed AS holder, a.id AS account, a.balance, a.owed
        FROM (SELECT DISTINCT ON (absorbed) absorbed, deed FROM loyalty_holdermerge
              ORDER BY absorbed, id DESC) g
        JOIN loyalty_account a ON a.holder = g.absorbed AND a.kind = 'MEMBER'
        WHERE g.deed = 'MERGE' AND (a.balance > 0 OR a.owed > 0 OR a.closed_at IS NULL)
        UNION ALL
        SELECT p.absorbed, NULL, NULL, NULL FROM loyalty_holdermerge p
        WHERE p.deed = 'PART' AND NOT EXISTS (
            SELECT FROM loyalty_holdermerge m
            WHERE m.deed = 'MERGE' AND m.id < p.id
              AND (m.merge, m.absorbed, m.kept) = (p.merge, p.absorbed, p.kept))
    """,
)

CHECKS = (LOTS, ALLOCATIONS, DATES, MOVED, ORIGINS, MERGED, IN_TIME, SLIDES)
