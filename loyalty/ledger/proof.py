"""What must be true of the books, each as one query that returns the rows where it is not.

A query works on whole tables at once, so that a million
transfers are proved in seconds, and is one statement, so that it sees one moment of a live system.
"""

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One promise. `sql` returns the rows that break it, none when all is well.

    `over` is the relation whose rows it looks at. In the query `%(app_role)s` stands for the role
    that the application acts as, so a plain percent sign is written twice.
    """

    name: str
    promise: str
    over: str
    sql: str


CONSERVATION = Check(
    name="I1 conservation",
    promise="Each transfer is between two accounts of one unit, and each unit sums to zero.",
    over="loyalty_transfer",
    sql="""
        SELECT t.id AS transfer, d.unit_id AS debit_unit, c.unit_id AS credit_unit
        FROM loyalty_transfer t
        LEFT JOIN loyalty_account d ON d.id = t.debit_account_id
        LEFT JOIN loyalty_account c ON c.id = t.credit_account_id
        WHERE d.unit_id IS DISTINCT FROM c.unit_id OR d.id IS NULL OR c.id IS NULL
           OR t.points <= 0
        UNION ALL
        SELECT NULL, unit, NULL FROM audit_entry GROUP BY unit HAVING sum(points) <> 0
    """,
)

BALANCES = Check(
    name="I2 balances",
    promise="A balance is the sum of its entries and of its open lots; a debt that of its own.",
    over="loyalty_account",
    sql="""
        SELECT account, kept, entries, lots FROM audit_balance
        WHERE kept <> entries OR kept <> lots
        UNION ALL
        SELECT a.id, a.owed, -coalesce(d.points, 0), NULL
        FROM loyalty_account a
        LEFT JOIN (SELECT unit, holder, sum(points)::bigint AS points FROM audit_entry
                   WHERE account_kind = 'OWED' GROUP BY unit, holder) d
               ON d.unit = a.unit_id AND d.holder = a.holder
        WHERE a.kind = 'MEMBER' AND a.owed <> -coalesce(d.points, 0)
    """,
)

NEVER_NEGATIVE = Check(
    name="I3 never negative",
    promise="No member's account was below zero at any moment.",
    over="loyalty_transfer",
    sql="""
        SELECT account, transfer, cur FROM audit_entry
        WHERE account_kind = 'MEMBER' AND (cur < 0 OR prev < 0)
    """,
)

CHAIN = Check(
    name="I4 chain",
    promise="A member's entries follow each other without a gap, up to where the account stands.",
    over="loyalty_transfer",
    sql="""
        SELECT account, transfer, version FROM (
            SELECT account, transfer, prev, version,
                   lag(cur, 1, 0::bigint) OVER chain AS should_be_prev,
                   row_number() OVER chain AS should_be_version
            FROM audit_entry WHERE account_kind = 'MEMBER'
            WINDOW chain AS (PARTITION BY account ORDER BY version)
        ) entries
        WHERE version IS DISTINCT FROM should_be_version OR prev IS DISTINCT FROM should_be_prev
        UNION ALL
        SELECT a.id, NULL, a.version FROM loyalty_account a
        LEFT JOIN (SELECT account, max(version) AS version FROM audit_entry GROUP BY account) e
               ON e.account = a.id
        WHERE a.version <> coalesce(e.version, 0)
        UNION ALL
        SELECT account, transfer, version FROM audit_entry
        WHERE account_kind <> 'MEMBER' AND (version IS NOT NULL OR prev IS NOT NULL)
    """,
)

CLOSED_BOOKS = Check(
    name="I5 closed books",
    promise="The application can only read the books, and the triggers that guard them are on.",
    over="(VALUES ('account'), ('transfer'), ('lot'), ('lotmove')) AS books (name)",
    sql="""
        SELECT book, privilege AS found
        FROM unnest(ARRAY['account', 'transfer', 'lot', 'lotmove']) AS book,
             unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
        WHERE has_table_privilege(%(app_role)s, 'loyalty_' || book, privilege)
        UNION ALL
        SELECT book, guard || ' is off'
        FROM (VALUES ('account', 'account_not_deleted'), ('account', 'account_no_truncate'),
                     ('transfer', 'transfer_append_only'), ('transfer', 'transfer_no_truncate'),
                     ('lot', 'lot_guarded'), ('lot', 'lot_not_deleted'), ('lot', 'lot_no_truncate'),
                     ('lotmove', 'lotmove_append_only'), ('lotmove', 'lotmove_no_truncate')
             ) AS guards (book, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = ('loyalty_' || book)::regclass AND tgname = guard
              AND tgenabled IN ('O', 'A'))
    """,
)

KEYS = Check(
    name="I7 business keys",
    promise="What carries a source and an external id counts once, for ever.",
    over="loyalty_transfer",
    sql="""
        SELECT source, external_id, count(*) AS times FROM loyalty_transfer
        GROUP BY source, external_id HAVING count(*) > 1
    """,
)

WHOLE_NUMBERS = Check(
    name="I10 whole numbers",
    promise="No column of ours is a float, and points are whole.",
    over="information_schema.columns WHERE table_schema = 'public'",
    sql="""
        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public'
          AND (data_type IN ('real', 'double precision')
               OR column_name IN ('points', 'balance', 'balance_after', 'granted', 'remaining')
                  AND data_type NOT IN ('bigint', 'integer'))
    """,
)

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
# lapsed unbooked; the end of sliding lots is not in the lot.
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
        WHERE m.points < 0 AND t.kind NOT IN ('RETURN', 'CANCEL') AND CASE
            WHEN t.kind = 'EXPIRE' THEN coalesce(l.expires_at > t.recorded_at, NOT l.is_sliding)
            ELSE coalesce(l.available_from > t.recorded_at, true)
                 OR l.expires_at <= coalesce(h.authorised_at, t.recorded_at) END
    """,
)

SAID_ONCE = Check(
    name="I22 said once",
    promise="Each transfer has exactly one event in the outbox, with the same points.",
    over="loyalty_transfer",
    sql="""
        SELECT coalesce(t.id, e.transfer) AS transfer, t.points, e.points AS said, e.times
        FROM loyalty_transfer t
        FULL JOIN (SELECT transfer, sum(points) AS points, count(*) AS times FROM audit_event
                   WHERE name LIKE 'loyalty.points\\_%%' GROUP BY transfer) e
               ON e.transfer = t.id
        WHERE t.points IS DISTINCT FROM e.points OR e.times IS DISTINCT FROM 1
    """,
)

CHECKS = (
    CONSERVATION,
    BALANCES,
    NEVER_NEGATIVE,
    CHAIN,
    CLOSED_BOOKS,
    KEYS,
    WHOLE_NUMBERS,
    LOTS,
    ALLOCATIONS,
    IN_TIME,
    SAID_ONCE,
)
