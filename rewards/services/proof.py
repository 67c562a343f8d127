"""What the audit asks of redemptions, stock and vouchers."""

from loyalty.services.audit import register_check

# A transfer under the redemption's key, on the account of its member (or of whom they were merged
# with), of the unit it is paid with; as many points as it cost, and none when it cost none.
PAID = """
    SELECT coalesce(r.id::text, t.external_id) AS redemption, r.points, t.points AS paid
    FROM (SELECT r.*, m.holder FROM rewards_redemption r
          LEFT JOIN members_membership m ON m.id = r.membership_id
          WHERE r.balance_after IS NOT NULL
             OR (r.points > 0 AND r.state IN ('CAPTURED', 'FULFILLED', 'RETURNED'))) r
    FULL JOIN (SELECT t.*, a.holder, u.code AS unit FROM loyalty_transfer t
               LEFT JOIN loyalty_account a ON a.id = t.debit_account_id
               LEFT JOIN loyalty_unit u ON u.id = a.unit_id
               WHERE t.source = 'redemption') t
           ON t.external_id = r.id::text
          AND (t.holder = r.holder
               OR (t.holder, r.holder) IN (SELECT holder, kin FROM audit_kin))
    WHERE r.points IS DISTINCT FROM t.points OR t.kind <> 'REDEEM' OR t.unit <> r.unit
       OR r.balance_after <> t.debit_before - t.points
"""

# What went back is what was paid, once, by a transfer that names the payment.
GIVEN_BACK = """
    SELECT coalesce(r.id::text, b.external_id) AS redemption, r.state, r.points, b.points AS back
    FROM (SELECT * FROM rewards_redemption
          WHERE state IN ('CANCELLED', 'EXPIRED', 'RETURNED') AND balance_after IS NOT NULL) r
    FULL JOIN (SELECT b.*, s.external_id AS spent FROM loyalty_transfer b
               LEFT JOIN loyalty_transfer s ON s.id = b.reverses AND s.source = 'redemption'
               WHERE b.source LIKE 'redemption:%%') b
           ON b.external_id = r.id::text AND b.source = 'redemption:' || lower(r.state)
    WHERE r.points IS DISTINCT FROM b.points OR b.kind <> 'RESTORE'
       OR b.spent IS DISTINCT FROM b.external_id
"""

# The last step that names a state says which it is in; they are numbered without a gap; what an end
# has let go is let go; nobody has to deliver what is not paid, or had.
STATES = """
    SELECT r.id AS redemption, r.state, s.last, s.steps, f.state AS delivery
    FROM rewards_redemption r
    LEFT JOIN LATERAL (
        SELECT count(*) AS steps, max(number) AS newest,
               (array_agg(CASE name WHEN 'ROLLED_BACK' THEN 'CAPTURED' ELSE name END
                          ORDER BY number DESC)
                FILTER (WHERE name IN ('AUTHORISED', 'CAPTURED', 'FULFILLED', 'CANCELLED',
                                       'EXPIRED', 'RETURNED', 'ROLLED_BACK')))[1] AS last
        FROM rewards_redemptionstep WHERE redemption_id = r.id) s ON true
    LEFT JOIN rewards_fulfilment f ON f.redemption_id = r.id
    WHERE s.last IS DISTINCT FROM r.state OR s.newest IS DISTINCT FROM s.steps
       OR (f.state IN ('TO_DO', 'READY')) AND r.state <> 'CAPTURED'
       OR (f.state = 'DONE' AND r.state NOT IN ('FULFILLED', 'RETURNED'))
       OR (r.state IN ('CANCELLED', 'EXPIRED') AND r.is_from_stock)
"""

# The ledger's hold is open only for what is set aside, for as many points, until the same moment.
HOLDS = """
    SELECT coalesce(r.id::text, h.external_id) AS redemption, r.state, r.expires_at,
           h.expires_at AS held_until
    FROM (SELECT * FROM rewards_redemption WHERE state = 'AUTHORISED' AND points > 0) r
    FULL JOIN (SELECT * FROM loyalty_hold WHERE source = 'redemption' AND ended_at IS NULL) h
           ON h.id = r.hold
    WHERE (r.id IS NULL AND NOT EXISTS (
               SELECT FROM rewards_redemption e WHERE e.hold = h.id AND e.state = 'EXPIRED'
                  AND h.expires_at <= e.ended_at))
       OR (r.id IS NOT NULL AND (h.id IS NULL OR h.points <> r.points
                                 OR h.expires_at <> r.expires_at))
"""

STOCK = """
    SELECT s.reward_id AS reward, s.total, s.taken, coalesce(r.taken, 0) AS redeemed
    FROM (SELECT s.reward_id, s.total, s.total - coalesce(sum(h."left"), 0) AS taken
          FROM rewards_stock s LEFT JOIN rewards_shelf h ON h.stock_id = s.id GROUP BY s.id) s
    LEFT JOIN (SELECT reward_id, count(*) AS taken FROM rewards_redemption
               WHERE is_from_stock GROUP BY reward_id) r ON r.reward_id = s.reward_id
    WHERE s.taken <> coalesce(r.taken, 0) OR s.taken > s.total
"""

# Whatever is paid has a voucher, a delivery or a partner's code, or was done at once; a voucher is
# good only while its redemption is, and of a gift card what is left is its value less what was used.
VOUCHERS = """
    SELECT coalesce(v.id::text, r.id::text) AS voucher, v.state, v.uses, u.times AS logged
    FROM (SELECT r.*, w.kind, w.terms FROM rewards_redemption r
          JOIN rewards_reward w ON w.id = r.reward_id) r
    FULL JOIN rewards_voucher v ON v.redemption_id = r.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS times, coalesce(sum(amount), 0) AS amount
        FROM rewards_voucheruse WHERE voucher_id = v.id AND rolled_back_at IS NULL) u ON true
    WHERE (v.id IS NULL AND r.state IN ('CAPTURED', 'FULFILLED', 'RETURNED')
           AND r.kind NOT IN ('DONATION', 'TENDER', 'MULTIPLIER')
           AND NOT EXISTS (SELECT FROM rewards_fulfilment f WHERE f.redemption_id = r.id)
           AND NOT EXISTS (SELECT FROM rewards_poolcode c WHERE c.redemption_id = r.id))
       OR (r.id IS NULL AND v.batch_id IS NULL)
       OR (v.id IS NOT NULL AND (
           v.uses <> u.times OR v.uses > v.max_uses OR (v.used_at IS NULL) <> (u.times = 0)
           OR (v.state = 'USED' AND v.uses = 0)
           OR (v.state = 'ISSUED' AND v.uses >= v.max_uses)
           OR (v.redemption_id IS NOT NULL
               AND v.state = 'ISSUED' AND r.state NOT IN ('CAPTURED', 'FULFILLED'))
           OR v.value_left <> r.worth - u.amount))
"""

# Left off as foreign keys: every redemption of a hot reward would lock its row (docs/adr).
NAMED = """
    SELECT r.id::text AS row, r.reward_id AS reward FROM rewards_redemption r
    LEFT JOIN rewards_reward w ON w.id = r.reward_id
    LEFT JOIN members_membership m ON m.id = r.membership_id
    WHERE w.id IS NULL OR m.id IS NULL OR w.programme_id <> m.programme_id
    UNION ALL
    SELECT v.id::text, v.reward_id FROM rewards_voucher v
    LEFT JOIN rewards_reward w ON w.id = v.reward_id
    LEFT JOIN rewards_redemption r ON r.id = v.redemption_id
    WHERE w.id IS NULL OR r.reward_id <> v.reward_id
"""

CHECKS = (
    (
        "redemptions paid",
        "Each redemption was paid by its member, once, with what it cost.",
        "rewards_redemption",
        PAID,
    ),
    (
        "redemptions given back",
        "What was cancelled or returned was given back once, exactly as it was paid.",
        "rewards_redemption",
        GIVEN_BACK,
    ),
    (
        "redemption states",
        "Each redemption is where its last step left it, and is delivered only while it is paid.",
        "rewards_redemption",
        STATES,
    ),
    (
        "redemption holds",
        "Points are held for what is set aside, until its term, and for nothing else.",
        "rewards_redemption",
        HOLDS,
    ),
    (
        "stock",
        "What was taken from a reward's stock is what was redeemed from it.",
        "rewards_stock",
        STOCK,
    ),
    (
        "vouchers",
        "Each voucher was used as its log says, never too often, and only while it was good.",
        "rewards_voucher",
        VOUCHERS,
    ),
    (
        "rewards named",
        "Redemptions and vouchers name a reward of their member's programme.",
        "rewards_redemption",
        NAMED,
    ),
)


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    for name, promise, over, sql in CHECKS:
        register_check(name=name, promise=promise, over=over, sql=sql)
