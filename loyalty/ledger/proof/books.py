"""What holds of accounts and transfers."""

from loyalty.ledger.proof.check import Check

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

# Clocks of processes differ, so five minutes are allowed, as for what members did.
MOMENTS = Check(
    name="I14 moments",
    promise="A member's entries are in the order in which they were recorded; none is of a future.",
    over="loyalty_transfer",
    sql="""
        SELECT account, transfer, recorded_at, effective_at FROM (
            SELECT account, transfer, recorded_at, effective_at,
                   lag(recorded_at) OVER (PARTITION BY account ORDER BY version) AS before
            FROM audit_entry WHERE account_kind = 'MEMBER'
        ) entries
        WHERE recorded_at < before - interval '5 minutes'
        UNION ALL
        SELECT NULL, id, recorded_at, effective_at FROM loyalty_transfer
        WHERE effective_at > recorded_at + interval '5 minutes'
    """,
)

CHECKS = (
    CONSERVATION,
    BALANCES,
    NEVER_NEGATIVE,
    CHAIN,
    KEYS,
    WHOLE_NUMBERS,
    MOMENTS,
    SAID_ONCE,
)
