"""What the audit asks of tills: that every receipt is as the ledger and the log of uses have it."""

from typing import Final

from loyalty.services.audit import register_check

BOOKS: Final = """
    FROM rewards_tillreceipt r
    LEFT JOIN LATERAL (
        SELECT sum(t.points) AS points FROM loyalty_transfer t
        JOIN loyalty_account a ON a.id = t.credit_account_id
        JOIN loyalty_unit w ON w.id = a.unit_id AND w.code = 'points'
        WHERE t.source = 'activity' AND t.kind = 'EARN'
          AND t.external_id = ANY (ARRAY(
              SELECT r.activity::text || ':' || n FROM generate_series(0, 49) n
              UNION ALL SELECT r.activity::text))
    ) earned ON true
    LEFT JOIN LATERAL (
        SELECT sum(t.points) AS points FROM loyalty_transfer t
        WHERE t.kind = 'REDEEM' AND (
            t.source = 'activity' AND t.external_id = r.activity::text || ':p'
            OR t.source = 'redemption' AND t.external_id = ANY (ARRAY(
                SELECT jsonb_array_elements_text(r.redemptions))))
    ) spent ON true
    LEFT JOIN LATERAL (
        SELECT sum(t.points) AS points FROM loyalty_transfer t
        WHERE r.state = 'CANCELLED' AND t.kind = 'RESTORE' AND (
            t.source = 'activity' AND t.external_id = ANY (ARRAY(
                SELECT r.activity::text || ':r' || n || ':p' FROM generate_series(0, 49) n))
            OR t.source IN ('redemption:cancelled', 'redemption:returned')
            AND t.external_id = ANY (ARRAY(SELECT jsonb_array_elements_text(r.redemptions))))
    ) back ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS used, count(v.rolled_back_at) AS rolled_back FROM rewards_voucheruse v
        WHERE v.id = ANY (ARRAY(SELECT jsonb_array_elements_text(r.uses)::bigint))
    ) log ON true
"""
"""Of each receipt what the ledger and the log of uses have of it, found by their keys."""

RECEIPTS: Final = f"""
    SELECT r.id::text AS receipt, r.earned, earned.points AS earned_in_ledger, r.redeemed,
           spent.points AS redeemed_in_ledger, back.points AS given_back
    {BOOKS}
    WHERE r.earned <> coalesce(earned.points, 0) OR r.redeemed <> coalesce(spent.points, 0)
       OR r.state = 'CANCELLED' AND coalesce(back.points, 0) <> r.redeemed
"""

USES: Final = f"""
    SELECT r.id::text AS receipt, r.state, jsonb_array_length(r.uses) AS vouchers,
           log.used, log.rolled_back
    {BOOKS}
    WHERE log.used <> jsonb_array_length(r.uses)
       OR log.rolled_back <> CASE r.state WHEN 'CANCELLED' THEN log.used ELSE 0 END
"""


def register_checks() -> None:
    """Have the audit ask them; done when the app starts."""
    register_check(
        name="till receipts",
        promise="Each receipt earned and spent what the ledger has; what was undone is given back.",
        over="rewards_tillreceipt",
        sql=RECEIPTS,
    )
    register_check(
        name="till vouchers",
        promise="Each receipt's vouchers stand in the log of uses, rolled back when it was undone.",
        over="rewards_tillreceipt",
        sql=USES,
    )
