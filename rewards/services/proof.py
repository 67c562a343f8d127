"""What the audit asks of redemptions, stock and vouchers."""

from loyalty.services.audit import register_check

PAID = """
    SELECT coalesce(r.id::text, t.external_id) AS redemption, r.points, t.points AS paid
    FROM (SELECT r.*, m.holder FROM rewards_redemption r
          LEFT JOIN members_membership m ON m.id = r.membership_id) r
    FULL JOIN (SELECT t.*, a.holder FROM loyalty_transfer t
               LEFT JOIN loyalty_account a ON a.id = t.debit_account_id
               WHERE t.source = 'redemption') t
           ON t.external_id = r.id::text
          AND (t.holder = r.holder
               OR (t.holder, r.holder) IN (SELECT holder, kin FROM audit_kin))
    WHERE r.points IS DISTINCT FROM t.points OR t.kind <> 'REDEEM'
       OR r.balance_after <> t.debit_before - t.points
"""

STOCK = """
    SELECT s.reward_id AS reward, s.total, s.taken, coalesce(r.taken, 0) AS redeemed
    FROM (SELECT s.reward_id, s.total, s.total - coalesce(sum(h."left"), 0) AS taken
          FROM rewards_stock s LEFT JOIN rewards_shelf h ON h.stock_id = s.id GROUP BY s.id) s
    LEFT JOIN (SELECT reward_id, count(*) AS taken FROM rewards_redemption
               WHERE is_from_stock GROUP BY reward_id) r ON r.reward_id = s.reward_id
    WHERE s.taken <> coalesce(r.taken, 0) OR s.taken > s.total
"""

VOUCHERS = """
    SELECT coalesce(v.id::text, r.id::text, e.voucher) AS voucher, v.state, e.times AS uses
    FROM rewards_redemption r
    FULL JOIN rewards_voucher v ON v.redemption_id = r.id
    FULL JOIN (SELECT payload ->> 'voucher' AS voucher, count(*) AS times
               FROM loyalty_outboxevent WHERE name = 'rewards.voucher_used.v1'
               GROUP BY payload ->> 'voucher') e ON e.voucher = v.id::text
    WHERE r.id IS NULL OR v.id IS NULL
       OR coalesce(e.times, 0) <> CASE v.state WHEN 'USED' THEN 1 ELSE 0 END
       OR v.used_at >= v.expires_at OR (v.state = 'USED') <> (v.used_at IS NOT NULL)
"""


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    register_check(
        name="redemptions paid",
        promise="Each redemption was paid by its member, once, with the points it cost.",
        over="rewards_redemption",
        sql=PAID,
    )
    register_check(
        name="stock",
        promise="What was taken from a reward's stock is what was redeemed from it.",
        over="rewards_stock",
        sql=STOCK,
    )
    register_check(
        name="vouchers",
        promise="Each redemption has one voucher, used at most once and never late.",
        over="rewards_voucher",
        sql=VOUCHERS,
    )
